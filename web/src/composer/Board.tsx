import { ArrowDown, ArrowUp, Copy, Download, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { api, call, send } from '../api/client'
import type { ReadShot } from '../api/contract'
import { asApiError, errorOf } from '../api/errors'
import { root } from '../api/root'
import { Button, Fault, seconds as inSeconds } from '../ui'
import { edit, type Draft } from './draft'
import type { Preview } from './preview'
import css from './board.module.css'

const FORMATS = [
  { format: 'storyboard.pdf', label: 'Storyboard PDF' },
  { format: 'timeline.otio', label: 'OTIO' },
  { format: 'timeline.edl', label: 'EDL' },
  { format: 'cues.csv', label: 'Cues CSV' },
  { format: 'cues.mid', label: 'Cues MIDI' },
] as const

interface Props {
  draft: Draft
  shots: ReadShot[]
  /** Are the shots those of the draft's text? */
  current: boolean
  preview: Preview
  selected: number | null
  onSelect: (shot: number) => void
}

/** A row for each shot: its picture, moved up and down, said twice, left out. The prompt is written anew by the service's own printer; Undo brings it back. */
export function Board({ draft, shots, current, preview, selected, onSelect }: Props) {
  const [trouble, setTrouble] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const stills = useStills(preview, shots, draft.ratio)
  const { prompt, duration } = draft

  const order = async (next: number[], select: number) => {
    setBusy(true)
    setTrouble(null)
    try {
      edit(await call(api.POST('/v1/arrange', { body: { prompt, duration, order: next } })))
      onSelect(select)
    } catch (thrown) {
      setTrouble(asApiError(thrown))
    } finally {
      setBusy(false)
    }
  }
  const all = shots.map((_, at) => at)
  const move = (at: number, by: number) => order(all.map((one) => (one === at ? at + by : one === at + by ? at : one)), at + by)
  const twice = (at: number) => order(all.flatMap((one) => (one === at ? [one, one] : [one])), at + 1)
  const without = (at: number) => order(all.filter((one) => one !== at), Math.max(0, at - 1))

  const take = async (format: (typeof FORMATS)[number]['format']) => {
    setTrouble(null)
    try {
      const body = JSON.stringify({ prompt, duration, seed: draft.seed, ratio: draft.ratio, format })
      const answer = await send(new Request(`${root}/v1/export`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }))
      if (!answer.ok) throw errorOf(answer.status, await answer.json().catch(() => null), answer.headers)
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await answer.blob())
      link.download = format
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
    } catch (thrown) {
      setTrouble(asApiError(thrown))
    }
  }

  const locked = !current || busy
  return (
    <section className={css.board} aria-label="Board" data-stale={!current || undefined}>
      <ol>
        {shots.map((shot, at) => (
          <li key={`${at} ${shot.position}`} className={at === selected ? css.selected : undefined}>
            <button type="button" className={css.show} onClick={() => onSelect(at)} aria-label={`Show shot ${shot.number}`} aria-current={at === selected || undefined}>
              {stills[at] ? <img src={stills[at]} alt="" className={preview.stale ? css.stale : undefined} /> : <span className={css.empty} />}
            </button>
            <div className={css.words}>
              <span className="quiet small numbers">
                {shot.number} · {Number(shot.start.toFixed(2))}–{inSeconds(shot.end)}
              </span>
              <p>{shot.text || '…'}</p>
            </div>
            <div className={css.actions}>
              <Button small look="plain" icon={<ArrowUp size={15} aria-hidden />} label={`Move shot ${shot.number} up`} disabled={locked || at === 0} onClick={() => void move(at, -1)} />
              <Button small look="plain" icon={<ArrowDown size={15} aria-hidden />} label={`Move shot ${shot.number} down`} disabled={locked || at === shots.length - 1} onClick={() => void move(at, 1)} />
              <Button small look="plain" icon={<Copy size={15} aria-hidden />} label={`Duplicate shot ${shot.number}`} disabled={locked} onClick={() => void twice(at)} />
              <Button small look="plain" icon={<Trash2 size={15} aria-hidden />} label={`Delete shot ${shot.number}`} disabled={locked || shots.length < 2} onClick={() => void without(at)} />
            </div>
          </li>
        ))}
      </ol>
      {trouble ? <Fault error={trouble} /> : null}
      <div className={css.exports}>
        <Download size={15} aria-hidden />
        {FORMATS.map(({ format, label }) => (
          <Button key={format} small look="plain" disabled={locked} onClick={() => void take(format)}>
            {label}
          </Button>
        ))}
      </div>
    </section>
  )
}

const MOST_STILLS = 24

/** A picture from the middle of each shot, taken from the preview once it is there; those before stay until then. */
function useStills({ url, stale }: Preview, shots: ReadShot[], ratio: string): (string | undefined)[] {
  const [stills, setStills] = useState<string[]>([])
  const times = shots.slice(0, MOST_STILLS).map((shot) => (shot.start + shot.end) / 2)
  const asked = stale ? '' : times.map((time) => time.toFixed(2)).join(' ')
  useEffect(() => {
    if (!url || !asked) return
    let gone = false
    const [across, down] = ratio.split(':').map(Number) as [number, number]
    const video = document.createElement('video')
    video.muted = true
    video.preload = 'auto'
    video.src = url
    const canvas = document.createElement('canvas')
    const at = async (time: number) => {
      await new Promise<void>((done, fail) => {
        video.onseeked = () => done()
        video.onerror = () => fail(new Error('no picture'))
        video.currentTime = Math.min(time, Math.max(0, video.duration - 0.05))
      })
      // the label stands on a strip under the picture
      const height = Math.min(video.videoHeight, (video.videoWidth * down) / across)
      canvas.width = 192
      canvas.height = Math.round((192 * height) / video.videoWidth)
      canvas.getContext('2d')?.drawImage(video, 0, 0, video.videoWidth, height, 0, 0, canvas.width, canvas.height)
      return canvas.toDataURL('image/jpeg', 0.8)
    }
    video.onloadeddata = async () => {
      try {
        const made: string[] = []
        for (const time of asked.split(' ').map(Number)) {
          if (gone) return
          made.push(await at(time))
        }
        if (!gone) setStills(made)
      } catch {
        // the rows go without
      }
    }
    return () => {
      gone = true
      video.removeAttribute('src')
      video.load()
    }
  }, [url, asked, ratio])
  return stills
}
