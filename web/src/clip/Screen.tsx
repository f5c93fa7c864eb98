import {
  MediaCaptionsButton,
  MediaControlBar,
  MediaController,
  MediaFullscreenButton,
  MediaLoadingIndicator,
  MediaMuteButton,
  MediaPlaybackRateButton,
  MediaPlayButton,
  MediaTimeDisplay,
  MediaTimeRange,
  MediaVolumeRange,
} from 'media-chrome/react'
import { useEffect, useRef, useState } from 'react'
import { reachable } from '../api/connection'
import { useStore } from '../api/store'
import { fileOf, type Clip } from './media'
import type { Playback } from './playback'
import css from './player.module.css'

/** The picture: HLS where the clip has it, else its MP4. Comes lazily, with media-chrome and hls.js in its own parts. */
export default function Screen({ clip, playback, title, autoPlay, onStale }: { clip: Clip; playback: Playback; title: string; autoPlay?: boolean; onStale?: () => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const [broken, setBroken] = useState(false)
  const stream = fileOf(clip, 'hls/master.m3u8')
  const plain = fileOf(clip, 'video.mp4')
  const words = fileOf(clip, 'subtitles.vtt')
  // signed links change with the hour while the file stays: a clip that plays is not loaded anew for that
  const file = (stream ?? plain ?? '').split('?')[0]
  const stale = useRef(onStale)
  stale.current = onStale
  const there = useStore(reachable)
  const [attempt, setAttempt] = useState(0)
  const isBroken = useRef(broken)
  isBroken.current = broken

  useEffect(() => {
    // the server is back, or has given new links
    if (isBroken.current && there) setAttempt((count) => count + 1)
  }, [there, stream, plain])

  useEffect(() => {
    const element = video.current
    if (!element) return
    const detach = playback.attach(element)
    let over = false
    let fallen = false
    let end = () => {}
    setBroken(false)
    const usePlain = () => {
      if (!plain) return setBroken(true)
      const at = element.currentTime
      const playing = !element.paused
      element.src = plain
      // goes on where the stream stopped
      if (at > 0) element.addEventListener('loadedmetadata', () => (element.currentTime = at), { once: true })
      if (playing) void element.play().catch(() => undefined)
    }
    const start = async () => {
      if (stream) {
        const { default: Hls } = await import('hls.js/light')
        if (over) return
        if (Hls.isSupported()) {
          // clips are short: the best picture from the first frame on
          const hls = new Hls({ abrEwmaDefaultEstimate: 8_000_000, maxBufferLength: 60, enableWorker: false })
          hls.on(Hls.Events.ERROR, (_event, data) => {
            // a file that is refused or gone will not come by asking again: the MP4 at the first such answer
            const status = data.response?.code ?? 0
            const gone = status >= 400 && status < 500
            if (fallen || !(data.fatal || gone)) return
            fallen = true
            hls.destroy()
            if (status === 403) stale.current?.()
            usePlain()
          })
          hls.loadSource(stream)
          hls.attachMedia(element)
          end = () => hls.destroy()
          return
        }
        if (element.canPlayType('application/vnd.apple.mpegurl')) {
          element.src = stream
          return
        }
      }
      usePlain()
    }
    const onError = () => {
      if (!element.error || over) return
      stale.current?.()
      setBroken(true)
    }
    element.addEventListener('error', onError)
    void start().then(() => {
      if (autoPlay && !over) void element.play().catch(() => undefined)
    }, usePlain)
    return () => {
      over = true
      element.removeEventListener('error', onError)
      detach()
      end()
      element.removeAttribute('src')
      element.load()
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [file, playback, attempt])

  return (
    <MediaController className={css.controller} noHotkeys gesturesDisabled aria-label={title} role="region">
      <video ref={video} slot="media" onClick={() => playback.toggle()} playsInline preload="auto" poster={fileOf(clip, 'poster.webp')} aria-label={title} crossOrigin="anonymous">
        {words && <track kind="subtitles" src={words} srcLang="und" label="Subtitles" default />}
      </video>
      <MediaLoadingIndicator slot="centered-chrome" noAutohide />
      {/* the page has its own transport and strip; these are for the full screen */}
      <div className={css.range}>
        <MediaTimeRange />
      </div>
      <MediaControlBar className={css.bar}>
        <MediaPlayButton />
        <MediaTimeDisplay showDuration />
        <span className={css.gap} />
        <MediaMuteButton />
        <MediaVolumeRange className={css.volume} />
        {words && <MediaCaptionsButton />}
        <MediaPlaybackRateButton rates={[0.25, 0.5, 1, 1.5, 2]} />
        <MediaFullscreenButton />
      </MediaControlBar>
      {broken && (
        <p slot="centered-chrome" className={css.broken} role="alert">
          The clip cannot be played: its file did not arrive. It is tried again when the server is back; downloading it may still work.
        </p>
      )}
    </MediaController>
  )
}
