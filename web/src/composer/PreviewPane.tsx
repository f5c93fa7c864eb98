import { Clapperboard, Pause, Play, Volume2, VolumeX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Badge, Button, Notice, Progress } from '../ui'
import type { Preview } from './preview'
import css from './preview.module.css'

/** The animatic, playing in a loop without sound until somebody wants it. The new clip takes over the moment it can play. */
export function PreviewPane({ preview }: { preview: Preview }) {
  const { url, ratio, notes, drawing, error } = preview
  const [ready, setReady] = useState<string | null>(null)
  const [muted, setMuted] = useState(true)
  const [paused, setPaused] = useState(() => matchMedia('(prefers-reduced-motion: reduce)').matches)
  const [width, height] = ratio.split(':').map(Number) as [number, number]
  const layers = [...new Set([ready, url])].filter((one): one is string => one !== null)
  // what the linter says already need not be said twice
  const refusal = error && !error.offline && error.status !== 429 && error.status !== 503 && !(error.code === 'invalid_parameter' && error.field === 'prompt') ? error : null
  return (
    <section className={css.pane} aria-label="Animatic preview">
      <div className={css.screen} style={{ aspectRatio: `${width} / ${height}` }}>
        {layers.map((one) => (
          <Layer key={one} url={one} front={one === ready} muted={muted || one !== ready} paused={paused} onReady={() => setReady(one)} />
        ))}
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
        <div className={css.label}>
          <Badge>Animatic preview</Badge>
        </div>
        {url && (
          <div className={css.buttons}>
            <Button small className={css.over} icon={paused ? <Play size={16} aria-hidden /> : <Pause size={16} aria-hidden />} label={paused ? 'Play the preview' : 'Pause the preview'} onClick={() => setPaused(!paused)} />
            <Button small className={css.over} icon={muted ? <VolumeX size={16} aria-hidden /> : <Volume2 size={16} aria-hidden />} label={muted ? 'Sound on' : 'Sound off'} aria-pressed={!muted} onClick={() => setMuted(!muted)} />
          </div>
        )}
      </div>
      {refusal && (
        <Notice tone="warn" live>
          {refusal.message}
        </Notice>
      )}
      {!refusal && notes.length > 0 && (
        <ul className={css.notes}>
          {notes.map((note) => (
            <li key={note}>{note.charAt(0).toUpperCase() + note.slice(1)}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Layer({ url, front, muted, paused, onReady }: { url: string; front: boolean; muted: boolean; paused: boolean; onReady: () => void }) {
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
  return <video ref={video} src={url} className={front ? css.front : css.behind} loop muted playsInline autoPlay={!paused} onCanPlay={front ? undefined : onReady} aria-label="The prompt as the paper theatre stages it" aria-hidden={front ? undefined : true} />
}
