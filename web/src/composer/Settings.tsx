import { Dices, Lock, LockOpen } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import type { Engine } from '../api/contract'
import { Button, Segments, Select, TextField } from '../ui'
import { DURATIONS, edit, throwSeed, type Draft } from './draft'
import { engineWords, forPeople, lengthFor } from './offers'
import css from './composer.module.css'

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'] as const
const RESOLUTIONS = [
  { value: '480p', label: '480p' },
  { value: '720p', label: '720p' },
  { value: '1080p', label: '1080p' },
  { value: '2k', label: '2K' },
] as const

interface Props {
  draft: Draft
  engine: Engine | null
  engines: Engine[]
  /** The length also moves the last cut, so the page sets it. */
  onDuration: (seconds: number) => void
}

export function Settings({ draft, engine, engines, onDuration }: Props) {
  const slider = useId()
  const least = Math.max(DURATIONS.least, engine?.min_seconds ?? 0)
  const most = Math.min(DURATIONS.most, engine?.max_seconds ?? DURATIONS.most)
  // while it is dragged only the number moves; where it is let go, the script follows
  const length = useRef<HTMLInputElement>(null)
  const [dragged, setDragged] = useState<number | null>(null)
  const settle = useRef(onDuration)
  settle.current = onDuration
  useEffect(() => {
    const input = length.current
    const done = () => {
      setDragged(null)
      settle.current(Number(input!.value))
    }
    input?.addEventListener('change', done)
    return () => input?.removeEventListener('change', done)
  }, [])
  const shown = dragged ?? draft.duration
  const pick = (name: string) => {
    const next = engines.find((one) => one.name === name)
    edit({ engine: name })
    if (!next) return
    // what the engine does not make is brought to what it does
    if (!next.resolutions.includes(draft.resolution)) edit({ resolution: next.resolutions[0] as Draft['resolution'] })
    if (!next.ratios.includes(draft.ratio)) edit({ ratio: next.ratios[0] as Draft['ratio'] })
    const fitting = lengthFor(next, draft.duration)
    if (fitting !== draft.duration) onDuration(fitting)
  }
  return (
    <section className={css.settings} aria-label="Settings">
      <div>
        <div className={css.labelRow}>
          <label htmlFor={slider}>Length</label>
          <output htmlFor={slider} className="numbers">
            {shown} s
          </output>
        </div>
        <input
          ref={length}
          id={slider}
          type="range"
          min={least}
          max={most}
          step={engine?.step_seconds || 0.5}
          value={shown}
          aria-valuetext={`${shown} seconds`}
          onChange={(event) => setDragged(Number(event.target.value))}
        />
      </div>
      <Segments
        label="Shape"
        options={RATIOS.map((ratio) => ({ value: ratio, label: ratio, icon: <Shape ratio={ratio} />, disabled: engine ? !engine.ratios.includes(ratio) : false }))}
        value={draft.ratio}
        onPick={(ratio) => edit({ ratio })}
      />
      <Segments
        label="Resolution"
        options={RESOLUTIONS.map((one) => ({ ...one, disabled: engine ? !engine.resolutions.includes(one.value) : false }))}
        value={draft.resolution}
        onPick={(resolution) => edit({ resolution })}
      />
      <div className={css.pair}>
        <Select
          label="Engine"
          hint={engine ? engineWords(engine.name).about : undefined}
          options={forPeople(engines).map((one) => ({ value: one.name, label: engineWords(one.name).label }))}
          value={engine?.name ?? ''}
          onPick={pick}
        />
        <div className={css.seed}>
          <TextField
            label="Seed"
            hint={draft.seedLocked ? 'the same for every take' : 'the one you see; each further take gets another'}
            inputMode="numeric"
            value={String(draft.seed)}
            onChange={(event) => {
              const digits = event.target.value.replace(/\D/g, '').slice(0, 10)
              edit({ seed: Math.min(Number(digits || '0'), 2_147_483_647), seedLocked: true })
            }}
          />
          <div className={css.seedButtons}>
            <Button icon={<Dices size={17} aria-hidden />} label="Throw a new seed" onClick={() => edit({ seed: throwSeed() })} />
            <Button
              icon={draft.seedLocked ? <Lock size={16} aria-hidden /> : <LockOpen size={16} aria-hidden />}
              label={draft.seedLocked ? 'Let the seed change' : 'Keep this seed'}
              aria-pressed={draft.seedLocked}
              onClick={() => edit({ seedLocked: !draft.seedLocked })}
            />
          </div>
        </div>
      </div>
    </section>
  )
}

function Shape({ ratio }: { ratio: string }) {
  const [width, height] = ratio.split(':').map(Number) as [number, number]
  const scale = 12 / Math.max(width, height)
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden className={css.shape}>
      <rect x={7 - (width * scale) / 2} y={7 - (height * scale) / 2} width={width * scale} height={height * scale} rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
    </svg>
  )
}
