import { useState } from 'react'
import type { Generation } from '../api/contract'
import { ago, Button, count } from '../ui'
import { Card } from './Card'
import { place } from './LibraryPage'
import css from './library.module.css'

const SHOWN = 6

/** One prompt and its takes. */
export function Group({ takes, picked, onPick }: { takes: Generation[]; picked: Generation[]; onPick: (one: Generation) => void }) {
  const [open, setOpen] = useState(false)
  const newest = takes[0]!
  const shown = open ? takes : takes.slice(0, SHOWN)
  return (
    <section className={css.group} aria-label={newest.prompt.slice(0, 80)} data-alone={takes.length === 1 || undefined} style={{ '--cards': shown.length } as React.CSSProperties}>
      <header>
        <h2 title={newest.prompt}>{newest.prompt.replace(/\s+/g, ' ')}</h2>
        <p className="quiet small">
          {count(takes.length, 'take')} · {ago(newest.created)}
        </p>
      </header>
      <ul className={css.takes}>
        {shown.map((one) => (
          <li key={one.id}>
            <Card one={one} picked={place(picked, one)} onPick={onPick} />
          </li>
        ))}
      </ul>
      {takes.length > SHOWN && (
        <Button small look="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show fewer' : `Show all ${takes.length} takes`}
        </Button>
      )}
    </section>
  )
}
