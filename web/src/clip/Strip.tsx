import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type KeyboardEvent, type PointerEvent } from 'react'
import { clock } from '../ui'
import { fileOf, FPS, frameAt, tileStyle, timeOf, type Clip, type Cue, type SoundEvent } from './media'
import css from './player.module.css'

/** What the strip moves and follows: one playing clip, or two in step. */
export interface Head {
  time: { get: () => number; subscribe: (tell: () => void) => () => void }
  seek: (time: number) => void
  step: (frames: number) => void
}

/** A place that somebody wrote about. */
export interface Pin {
  id: string
  at: number
  text: string
  done: boolean
}

/** A clip laid out in time: its pictures, its words, its sound with the moments that made it. Drag to move through it, arrow keys go frame by frame. */
export function Strip({ clip, head, cues = [], shots = [], pins = [], range = null, label = 'Place in the clip' }: { clip: Clip; head: Head; cues?: Cue[]; shots?: number[]; pins?: Pin[]; range?: [number, number] | null; label?: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [slots, setSlots] = useState(8)
  const [hover, setHover] = useState<number | null>(null)
  const sheet = fileOf(clip, 'spritesheet.jpg')
  const wave = fileOf(clip, 'waveform.png')
  const kinds = useMemo(() => kindsOf(clip.events), [clip.events])

  useEffect(() => {
    const element = box.current
    if (!element) return
    const watch = new ResizeObserver(([entry]) => {
      const width = entry!.contentRect.width
      setSlots(Math.max(3, Math.min(25, Math.round(width / (52 * (clip.width / clip.height))))))
    })
    watch.observe(element)
    return () => watch.disconnect()
  }, [clip.width, clip.height])

  const at = (event: { clientX: number }) => {
    const rect = box.current!.getBoundingClientRect()
    return Math.max(0, Math.min(1, (event.clientX - rect.left) / rect.width)) * clip.seconds
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    head.seek(at(event))
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    setHover(event.pointerType === 'mouse' ? at(event) : null)
    if (event.currentTarget.hasPointerCapture(event.pointerId)) head.seek(at(event))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const frames = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -FPS, PageUp: FPS }[event.key]
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (frames !== undefined) head.step(frames)
    else if (event.key === 'Home') head.seek(0)
    else if (event.key === 'End') head.seek(timeOf(clip.frames - 1))
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const share = (time: number) => `${(time / clip.seconds) * 100}%`

  return (
    <div className={css.strip}>
      <div className={css.ruler} aria-hidden>
        {ticks(clip.seconds).map((second) => (
          <span key={second} style={{ left: share(second) }}>
            {second}s
          </span>
        ))}
      </div>
      <Slider box={box} head={head} clip={clip} label={label} onKeyDown={onKeyDown} onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerLeave={() => setHover(null)}>
        <div className={css.pictures}>
          {sheet && Array.from({ length: slots }, (_, index) => <i key={index} style={tileStyle(sheet, ((index + 0.5) / slots) * clip.seconds, clip.frames)} />)}
          {shots.map((cut) => (
            <b key={cut} className={css.cut} style={{ left: share(cut) }} />
          ))}
        </div>
        {cues.length > 0 && (
          <div className={css.words}>
            {cues.map((cue) => (
              <span key={`${cue.start}${cue.text}`} style={{ left: share(cue.start), width: share(Math.min(cue.end, clip.seconds) - cue.start) }} title={cue.text}>
                {cue.text}
              </span>
            ))}
          </div>
        )}
        <div className={css.sound}>
          {wave && <div className={css.wave} style={{ maskImage: `url("${wave}")` }} />}
          {wave && <div className={css.wavePlayed} style={{ maskImage: `url("${wave}")` }} />}
          {clip.events.map((one, index) => (
            <b key={index} className={css.event} data-kind={kinds.indexOf(one.kind) % 4} style={{ left: share(one.at) }} />
          ))}
        </div>
        {pins.map((pin) => (
          <b key={pin.id} className={css.pin} data-done={pin.done || undefined} style={{ left: share(pin.at) }} title={pin.text} />
        ))}
        {range && (
          <>
            <div className={css.outside} style={{ left: 0, width: share(range[0]) }} />
            <div className={css.outside} style={{ left: share(range[1]), right: 0 }} />
          </>
        )}
        {hover !== null && (
          <div className={css.ghost} style={{ left: share(hover) }}>
            <span>{clock(hover, 2)}</span>
          </div>
        )}
        <div className={css.playhead} />
      </Slider>
    </div>
  )
}

/** Only this follows the time; the lanes are drawn once. */
function Slider({
  box,
  head,
  clip,
  label,
  children,
  ...on
}: {
  box: React.RefObject<HTMLDivElement | null>
  head: Head
  clip: Clip
  label: string
  children: React.ReactNode
  onKeyDown: (event: KeyboardEvent) => void
  onPointerDown: (event: PointerEvent<HTMLDivElement>) => void
  onPointerMove: (event: PointerEvent<HTMLDivElement>) => void
  onPointerLeave: () => void
}) {
  useEffect(() => {
    const follow = () => {
      const element = box.current
      if (!element) return
      const time = Math.min(head.time.get(), clip.seconds)
      element.style.setProperty('--played', `${(time / clip.seconds) * 100}%`)
      element.setAttribute('aria-valuenow', time.toFixed(2))
      element.setAttribute('aria-valuetext', `${time.toFixed(2)} seconds, frame ${frameAt(time, clip.frames) + 1} of ${clip.frames}`)
    }
    follow()
    return head.time.subscribe(follow)
  }, [box, head, clip.seconds, clip.frames])
  return (
    <div ref={box} className={css.lanes} role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={Number(clip.seconds.toFixed(2))} aria-valuenow={0} {...on}>
      {children}
    </div>
  )
}

function ticks(seconds: number): number[] {
  return Array.from({ length: Math.floor(seconds) + 1 }, (_, second) => second)
}

export function kindsOf(events: SoundEvent[]): string[] {
  return [...new Set(events.map((one) => one.kind))]
}

/** The kinds of moments that sound, with their colours on the strip; each jumps to the next one of its kind. */
export function EventLegend({ clip, head }: { clip: Clip; head: Head }) {
  const kinds = kindsOf(clip.events)
  if (!kinds.length) return null
  const next = (kind: string) => {
    const now = head.time.get() + 1.5 / FPS
    const all = clip.events.filter((one) => one.kind === kind)
    const found = all.find((one) => one.at > now) ?? all[0]
    if (found) head.seek(timeOf(frameAt(found.at, clip.frames)))
  }
  return (
    <ul className={css.legend} aria-label="Moments that sound">
      {kinds.map((kind, index) => {
        const many = clip.events.filter((one) => one.kind === kind).length
        return (
          <li key={kind}>
            <button type="button" className={css.kind} onClick={() => next(kind)} title={`To the next ${kind}`}>
              <i data-kind={index % 4} aria-hidden />
              {kind} <span className="numbers">×{many}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** The time and the frame in figures. */
export function Timecode({ head, clip }: { head: Head; clip: Clip }) {
  const time = useSyncExternalStore(head.time.subscribe, head.time.get)
  const frame = frameAt(time, clip.frames)
  return (
    <span className={`${css.timecode} numbers`}>
      <strong>{clock(Math.min(time, clip.seconds), 2)}</strong>
      <span>
        frame {frame + 1} / {clip.frames}
      </span>
    </span>
  )
}
