import { Clapperboard, Pause, Play, Volume2, VolumeX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Badge, Button, Notice, Progress } from '../ui'
import type { Preview } from './preview'
import css from './preview.module.css'

/** Where the preview is to go: a new object each time, so that the same place can be asked for twice. */
export interface Seek {
  seconds: number
}

interface Props {
  preview: Preview
  seek: Seek | null
  plays: boolean
  onPlays: (plays: boolean) => void
  /** Where it is, while it plays or is scrubbed. */
  onTime: (seconds: number) => void
}

/** The animatic, playing in a loop without sound until somebody wants it; scrubbed by its bar. The new clip takes over the moment it can play, and until
 * then the one of the words before looks like it. */
export function PreviewPane({ preview, seek, plays, onPlays, onTime }: Props) {
  const { url, ratio, notes, drawing, stale, error } = preview
  const [ready, setReady] = useState<string | null>(null)
  const [muted, setMuted] = useState(true)
  const paused = !plays
  const [time, setTime] = useState(0)
  const [length, setLength] = useState(0)
  const front = useRef<HTMLVideoElement | null>(null)
  const [shape, setShape] = useState<string | null>(null)
  const layers = [...new Set([ready, url])].filter((one): one is string => one !== null)
  // what the linter says already need not be said twice
  const refusal = error && !error.offline && error.status !== 429 && error.status !== 503 && !(error.code === 'invalid_parameter' && error.field === 'prompt') ? error : null
  const outdated = url !== null && (stale || ready !== url)

  const go = (seconds: number) => {
    if (front.current) front.current.currentTime = seconds
    setTime(seconds)
    onTime(seconds)
  }
  useEffect(() => {
    if (seek) go(seek.seconds)
    // only what is asked for moves it
  }, [seek])

  return (
    <section className={css.pane} aria-label="Animatic preview">
      <div className={css.screen} style={{ aspectRatio: shape ?? ratio.replace(':', ' / ') }}>
        <div className={outdated ? css.stale : undefined}>
          {layers.map((one) => (
            <Layer
              key={one}
              url={one}
              front={one === ready}
              muted={muted || one !== ready}
              paused={paused}
              onReady={() => setReady(one)}
              onFront={(video) => {
                front.current = video
                setLength(video.duration || 0)
                // the picture, and under it the strip with the label
                if (video.videoWidth) setShape(`${video.videoWidth} / ${video.videoHeight}`)
              }}
              onTime={(seconds) => {
                setTime(seconds)
                onTime(seconds)
              }}
            />
          ))}
        </div>
        {!url && (
          <div className={css.blank}>
            <Clapperboard size={26} aria-hidden />
            {drawing ? 'Staging your prompt…' : 'What you write is staged here.'}
          </div>
        )}
        {drawing && (
          <div className={css.drawing}>
            <Progress label="Drawing the preview" />
          </div>
        )}
      </div>
      <div className={css.bar}>
        {url && (
          <>
            <Button small look="plain" icon={paused ? <Play size={16} aria-hidden /> : <Pause size={16} aria-hidden />} label={paused ? 'Play the preview' : 'Pause the preview'} onClick={() => onPlays(paused)} />
            <input
              type="range"
              aria-label="Place in the preview"
              aria-valuetext={`${time.toFixed(1)} of ${length.toFixed(1)} seconds`}
              min={0}
              max={length || 1}
              step={1 / 24}
              value={Math.min(time, length || 1)}
              onChange={(event) => {
                onPlays(false)
                go(Number(event.target.value))
              }}
            />
            <span className="quiet small numbers">{time.toFixed(1)} s</span>
            <Button small look="plain" icon={muted ? <VolumeX size={16} aria-hidden /> : <Volume2 size={16} aria-hidden />} label={muted ? 'Sound on' : 'Sound off'} aria-pressed={!muted} onClick={() => setMuted(!muted)} />
          </>
        )}
        <Badge>{outdated ? 'Of the words before' : 'Animatic preview'}</Badge>
      </div>
      {refusal && (
        <Notice tone="warn" live>
          {refusal.message}
        </Notice>
      )}
      {!refusal && !outdated && notes.length > 0 && (
        <ul className={css.notes}>
          {notes.map((note) => (
            <li key={note}>{note.charAt(0).toUpperCase() + note.slice(1)}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

interface LayerProps {
  url: string
  front: boolean
  muted: boolean
  paused: boolean
  onReady: () => void
  onFront: (video: HTMLVideoElement) => void
  onTime: (seconds: number) => void
}

function Layer({ url, front, muted, paused, onReady, onFront, onTime }: LayerProps) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const element = video.current
    if (!element) return
    element.muted = muted
    if (paused) element.pause()
    else
      element.play().catch(() => {
        // a browser that wants a gesture first: the button is there
      })
  }, [muted, paused, front])
  useEffect(() => {
    if (front && video.current) onFront(video.current)
    // once it comes to the front
  }, [front])
  return (
    <video
      ref={video}
      src={url}
      className={front ? css.front : css.behind}
      loop
      muted
      playsInline
      autoPlay={!paused}
      onCanPlay={front ? undefined : onReady}
      onTimeUpdate={front && !paused ? (event) => onTime(event.currentTarget.currentTime) : undefined}
      aria-label="The prompt as the paper theatre stages it"
      aria-hidden={front ? undefined : true}
    />
  )
}
