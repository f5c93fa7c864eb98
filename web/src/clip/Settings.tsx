import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import type { Generation } from '../api/contract'
import { settingsOf } from './describe'
import css from './clip.module.css'

/** The words and every setting, with the seed one click from the clipboard. */
export function Settings({ one }: { one: Generation }) {
  const notes = ((one.result as { notes?: string[] } | null)?.notes ?? []).filter(Boolean)
  return (
    <section className={css.card}>
      <div className={css.cardHead}>
        <h2>Prompt</h2>
        <CopyText text={one.prompt} label="Copy the prompt" />
      </div>
      <p className={css.prompt}>{one.prompt}</p>
      {notes.length > 0 && (
        <ul className={css.notes} aria-label="Notes of the engine">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <h2>Settings</h2>
      <SettingList one={one} />
    </section>
  )
}

export function SettingList({ one }: { one: Generation }) {
  return (
    <dl className={css.settings}>
      {settingsOf(one).map((setting) => (
        <div key={setting.key}>
          <dt>{setting.label}</dt>
          <dd className="numbers">
            {setting.value}
            {setting.key === 'seed' && <CopyText text={String(one.seed)} label="Copy the seed" />}
          </dd>
        </div>
      ))}
      <div>
        <dt>Number</dt>
        <dd className={`mono ${css.id}`}>
          <span title={one.id}>
            {one.id.slice(0, 10)}…{one.id.slice(-4)}
          </span>
          <CopyText text={one.id} label="Copy the number" />
        </dd>
      </div>
    </dl>
  )
}

export function CopyText({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false)
  return (
    <button
      type="button"
      className={css.copy}
      aria-label={done ? 'Copied' : label}
      title={done ? 'Copied' : label}
      onClick={() => {
        navigator.clipboard
          ?.writeText(text)
          .then(() => {
            setDone(true)
            setTimeout(() => setDone(false), 1500)
          })
          .catch(() => undefined)
      }}
    >
      {done ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </button>
  )
}
