import { Scissors } from 'lucide-react'
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import type { ReadShot } from '../api/contract'
import { Button, Select, seconds as inSeconds } from '../ui'
import { boundsOf, cutShot, joinShots, moveCut, retime, setLanguage, SHORTEST, type Edit } from './text'
import css from './strip.module.css'

interface Props {
  text: string
  shots: ReadShot[]
  /** Are the shots those of this text? Otherwise they are shown and left alone until they are. */
  current: boolean
  duration: number
  languages: { code: string; name: string }[]
  onEdit: (edit: Edit) => void
  onVisit: (from: number, to: number) => void
  /** A shot, from 0, is to be looked at. */
  onShot: (at: number) => void
}

const STEP = 0.1

/** The script as a strip of time. A cut is a slider: drag it or use the arrow keys, and the markers in the text follow; Delete joins two shots. */
export function ShotStrip({ text, shots, current, duration, languages, onEdit, onVisit, onShot }: Props) {
  const strip = useRef<HTMLDivElement>(null)
  const dragged = useRef<number | null>(null)
  // what moves here is shown at once, and the next step goes on from it: the reading of the new text comes a moment later
  const [base, setBase] = useState<{ text: string; shots: ReadShot[]; bounds: number[]; made: string } | null>(null)
  const ahead = !current && base?.made === text ? base : null
  const bounds = ahead?.bounds ?? boundsOf(shots)
  if (!shots.length) return null
  const total = bounds.at(-1)!
  const widest = shots.reduce((best, _, at) => (bounds[at + 1]! - bounds[at]! > bounds[best + 1]! - bounds[best]! ? at : best), 0)

  const move = (at: number, to: number) => {
    const from = current ? { text, shots, bounds } : ahead
    if (!from) return
    const next = moveCut(from.bounds, at, to)
    const made = retime(from.text, from.shots, next)
    setBase({ text: from.text, shots: from.shots, bounds: next, made })
    onEdit({ text: made })
  }

  const onDown = (event: PointerEvent, at: number) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    dragged.current = at
  }
  const onMove = (event: PointerEvent) => {
    if (dragged.current === null || !strip.current) return
    const { left, width } = strip.current.getBoundingClientRect()
    move(dragged.current, Math.round((((event.clientX - left) / width) * total) / STEP) * STEP)
  }
  const onUp = () => {
    dragged.current = null
  }
  const onKey = (event: KeyboardEvent, at: number) => {
    const by = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -1, PageUp: 1 }[event.key]
    if (by !== undefined) {
      event.preventDefault()
      move(at, bounds[at]! + by * (event.shiftKey ? 5 : 1))
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && current) {
      event.preventDefault()
      onEdit({ text: joinShots(text, shots, at) })
    }
  }

  const cut = () => {
    const middle = (bounds[widest]! + bounds[widest + 1]!) / 2
    onEdit(cutShot(text, shots, widest, Math.round(middle * 2) / 2 || SHORTEST))
  }

  return (
    <section className={css.section} aria-label="Shots" data-stale={(!current && !ahead) || undefined}>
      <div ref={strip} className={css.strip} onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={onUp}>
        {shots.map((shot, at) => {
          const start = bounds[at]!
          const end = bounds[at + 1]!
          return (
            <button
              key={shot.number}
              type="button"
              className={`${css.shot} ${css[`tone${((shot.number - 1) % 5) + 1}`]}`}
              style={{ width: `${((end - start) / total) * 100}%` }}
              onClick={() => onShot(at)}
              title={shot.text}
            >
              <span className={css.time}>
                <strong>{shot.number}</strong> {Number(start.toFixed(2))}–{inSeconds(end)}
              </span>
              <span className={css.words}>{shot.text || '…'}</span>
            </button>
          )
        })}
        {shots.slice(1).map((shot, index) => {
          const at = index + 1
          return (
            <div
              key={shot.number}
              role="slider"
              tabIndex={0}
              className={css.cut}
              style={{ left: `${(bounds[at]! / total) * 100}%` }}
              aria-label={`Cut between shots ${at} and ${at + 1}`}
              aria-valuemin={Number((bounds[at - 1]! + SHORTEST).toFixed(2))}
              aria-valuemax={Number((bounds[at + 1]! - SHORTEST).toFixed(2))}
              aria-valuenow={bounds[at]!}
              aria-valuetext={inSeconds(bounds[at]!)}
              title="Drag to move the cut; Delete joins the shots"
              onPointerDown={(event) => onDown(event, at)}
              onKeyDown={(event) => onKey(event, at)}
            />
          )
        })}
      </div>
      <div className={css.ruler} aria-hidden>
        {Array.from({ length: Math.floor(duration) + 1 }, (_, second) => (
          <span key={second} style={{ left: `${(second / duration) * 100}%` }}>
            {second}
          </span>
        ))}
      </div>
      <div className={css.below}>
        <Button small look="plain" icon={<Scissors size={15} aria-hidden />} disabled={!current || bounds[widest + 1]! - bounds[widest]! < 2 * SHORTEST} onClick={cut}>
          Add a cut
        </Button>
        {shots.flatMap((shot) =>
          shot.lines.map((line) => (
            <div key={line.position} className={css.line}>
              <button type="button" onClick={() => onVisit(line.position, line.position + line.length)} title="Show it in the text">
                <strong>{line.speaker}</strong> “{line.text}”
              </button>
              <Select
                bare
                label={`Language of ${line.speaker}'s line`}
                options={languages.map(({ code, name }) => ({ value: code, label: name }))}
                value={line.language}
                disabled={!current}
                onPick={(code) => onEdit({ text: setLanguage(text, line, code) })}
              />
            </div>
          )),
        )}
      </div>
    </section>
  )
}

