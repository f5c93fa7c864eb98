import type { components } from '../api/schema'

export type Played = components['schemas']['Played']

/** Seconds of a clip that were really played, seeking left out. */
export function playedOf(video: HTMLVideoElement): number {
  let seconds = 0
  for (let index = 0; index < video.played.length; index++) seconds += video.played.end(index) - video.played.start(index)
  return seconds
}

const AGAIN = 250

/** Play. Where the browser breaks off (it was loading, or its page was out of sight) it is asked again for a while; where it forbids playing unasked or
 * cannot, `refused` is told, and the buttons are there. */
export function start(video: HTMLVideoElement, refused: () => void = () => undefined, tries = 20): void {
  video.play().catch((error: DOMException) => {
    if (!video.isConnected) return
    if (error.name !== 'AbortError' || tries === 0) return refused()
    setTimeout(() => video.isConnected && video.paused && start(video, refused, tries - 1), AGAIN)
  })
}

/** How the clips on the page were watched, as a vote tells it; of two the less watched one. */
export function reportOf(videos: HTMLVideoElement[], muted: boolean, since: number): Played {
  const quality = videos.map((one) => one.getVideoPlaybackQuality())
  return {
    seconds: Math.round(Math.min(...videos.map(playedOf)) * 100) / 100,
    muted,
    volume: Math.max(0, Math.min(...videos.map((one) => one.volume))),
    frames: quality.reduce((sum, one) => sum + one.totalVideoFrames, 0),
    dropped: quality.reduce((sum, one) => sum + one.droppedVideoFrames, 0),
    took: Math.max(0, Math.round(performance.now() - since)),
  }
}
