import { Store } from '../api/store'
import { FPS, frameAt, timeOf } from './media'

export type Loop = 'off' | 'all' | 'range'

/** A playing clip, seen from outside React: the picture, the strip, the keys and the transport all hold on to this one. */
export class Playback {
  readonly time = new Store(0)
  readonly playing = new Store(false)
  readonly ready = new Store(false)
  readonly muted = new Store(false)
  readonly rate = new Store(1)
  /** Has it been played or moved at all? Until then the picture invites to. */
  readonly begun = new Store(false)
  /** null: the clip has no subtitles. */
  readonly subtitles = new Store<boolean | null>(null)
  readonly loop = new Store<Loop>('off')
  /** In and out in seconds; null: the whole clip. */
  readonly range = new Store<[number, number] | null>(null)
  video: HTMLVideoElement | null = null
  private wish: number | null = null

  constructor(
    readonly seconds: number,
    readonly frames: number,
  ) {}

  /** Follow an element; the answer lets it go again. */
  attach(video: HTMLVideoElement): () => void {
    this.video = video
    const control = new AbortController()
    const on = (name: string, act: () => void) => video.addEventListener(name, act, { signal: control.signal })
    let asked = 0
    const follow = (_now: number, frame: VideoFrameCallbackMetadata) => {
      this.seen(frame.mediaTime + 0.5 / FPS)
      asked = video.requestVideoFrameCallback(follow)
    }
    if ('requestVideoFrameCallback' in video) asked = video.requestVideoFrameCallback(follow)
    on('timeupdate', () => (video.paused || !asked) && this.seen(video.currentTime))
    on('seeked', () => {
      this.seen(video.currentTime)
      const wish = this.wish
      this.wish = null
      if (wish !== null && Math.abs(wish - video.currentTime) > 0.5 / FPS) this.seek(wish)
    })
    on('play', () => {
      this.playing.set(true)
      this.begun.set(true)
    })
    on('volumechange', () => this.muted.set(video.muted || video.volume === 0))
    on('ratechange', () => this.rate.set(video.playbackRate))
    const words = () => this.subtitles.set(this.track ? this.track.mode === 'showing' : null)
    for (const name of ['addtrack', 'removetrack', 'change']) video.textTracks.addEventListener(name, words, { signal: control.signal })
    words()
    on('pause', () => this.playing.set(false))
    on('loadeddata', () => this.ready.set(true))
    on('ended', () => {
      if (this.loop.get() === 'off') return
      video.currentTime = this.loop.get() === 'range' ? (this.range.get()?.[0] ?? 0) : 0
      void video.play().catch(() => undefined)
    })
    return () => {
      control.abort()
      if (asked) video.cancelVideoFrameCallback(asked)
      this.ready.set(false)
      this.playing.set(false)
      if (this.video === video) this.video = null
    }
  }

  private seen(time: number): void {
    this.time.set(Math.min(time, this.seconds))
    const range = this.range.get()
    const video = this.video
    if (this.loop.get() === 'range' && range && video && !video.paused && time >= range[1]) video.currentTime = range[0]
  }

  get frame(): number {
    return frameAt(this.time.get(), this.frames)
  }

  toggle(): void {
    const video = this.video
    if (!video) return
    if (!video.paused) return video.pause()
    const range = this.range.get()
    if (this.loop.get() === 'range' && range && (video.currentTime < range[0] || video.currentTime >= range[1])) video.currentTime = range[0]
    else if (video.ended || video.currentTime >= this.seconds) video.currentTime = 0
    void video.play().catch(() => undefined)
  }

  /** While a seek is under way only the newest wish is kept: dragging stays fluid. */
  seek(time: number): void {
    const video = this.video
    const to = Math.max(0, Math.min(this.seconds, time))
    this.time.set(to)
    this.begun.set(true)
    if (!video) return
    if (video.seeking) this.wish = to
    else video.currentTime = to
  }

  step(frames: number): void {
    this.video?.pause()
    this.seek(timeOf(Math.max(0, Math.min(this.frames - 1, this.frame + frames))))
  }

  mark(which: 'in' | 'out'): void {
    const now = timeOf(this.frame) - 0.5 / FPS
    const [from, to] = this.range.get() ?? [0, this.seconds]
    const least = 2 / FPS
    this.range.set(which === 'in' ? [Math.min(now, this.seconds - least), to > now + least ? to : this.seconds] : [from < now - least ? from : 0, Math.max(now, least)])
    this.loop.set('range')
  }

  clearRange(): void {
    this.range.set(null)
    if (this.loop.get() === 'range') this.loop.set('all')
  }

  turnLoop(): void {
    const next: Record<Loop, Loop> = { off: 'all', all: this.range.get() ? 'range' : 'off', range: 'off' }
    this.loop.set(next[this.loop.get()])
  }

  mute(): void {
    if (this.video) this.video.muted = !this.video.muted
  }

  private get track(): TextTrack | undefined {
    return [...(this.video?.textTracks ?? [])].find((one) => one.kind === 'subtitles' || one.kind === 'captions')
  }

  captions(): void {
    const track = this.track
    if (track) track.mode = track.mode === 'showing' ? 'disabled' : 'showing'
  }

  turnRate(): void {
    const rates = [1, 0.5, 0.25, 2]
    if (this.video) this.video.playbackRate = rates[(rates.indexOf(this.video.playbackRate) + 1) % rates.length]!
  }

  fullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen()
    else void this.video?.closest('media-controller')?.requestFullscreen()
  }

  /** The frame that is shown as a PNG. Raises where the picture cannot be read. */
  async still(): Promise<Blob> {
    const video = this.video
    if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) throw new Error('The picture is not there yet; wait until it shows.')
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    canvas.getContext('2d')!.drawImage(video, 0, 0)
    return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('The frame could not be read.'))), 'image/png'))
  }
}
