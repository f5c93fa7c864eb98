import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import type { PlannedWord } from '../api/contract'
import { Button } from '../ui'
import css from './composer.module.css'

export interface Asked {
  word: PlannedWord
  /** Where it stands on the screen. */
  at: { left: number; top: number; bottom: number }
}

const STATES: Record<PlannedWord['state'], string> = {
  staged: 'is staged',
  'stand-in': 'has a stand-in',
  ignored: 'stages nothing by itself',
  'kept out': 'is kept out',
  unknown: 'is not understood',
}

/** How a word is staged, and a field to say what it means. */
export function WordCard({ asked: { word, at }, meaning, onSay, onClose }: { asked: Asked; meaning: string; onSay: (meaning: string) => void; onClose: () => void }) {
  const box = useRef<HTMLFormElement>(null)
  const [said, setSaid] = useState(meaning)
  const [place, setPlace] = useState({ left: at.left, top: at.bottom + 6 })
  useLayoutEffect(() => {
    const { offsetWidth, offsetHeight } = box.current!
    const below = at.bottom + 6
    setPlace({ left: Math.max(8, Math.min(at.left - 10, innerWidth - offsetWidth - 8)), top: below + offsetHeight > innerHeight - 8 ? Math.max(8, at.top - offsetHeight - 6) : below })
  }, [at])
  useEffect(() => {
    const away = (event: PointerEvent) => event.target instanceof Node && !box.current?.contains(event.target) && onClose()
    const key = (event: KeyboardEvent) => event.key === 'Escape' && onClose()
    addEventListener('pointerdown', away)
    addEventListener('keydown', key)
    return () => {
      removeEventListener('pointerdown', away)
      removeEventListener('keydown', key)
    }
  }, [onClose])
  return createPortal(
    <form
      ref={box}
      className={css.word}
      style={place}
      role="dialog"
      aria-label={`The word ${word.word}`}
      onSubmit={(event) => {
        event.preventDefault()
        onSay(said)
      }}
    >
      <p>
        <b>{word.word}</b> {STATES[word.state]}
        {word.means && <span>: {word.means}</span>}
      </p>
      <label>
        It means
        <input value={said} maxLength={60} placeholder="cat, beach, red, walks…" onChange={(event) => setSaid(event.target.value)} />
      </label>
      <Button small look="plain" type="submit">
        Say so
      </Button>
    </form>,
    document.body,
  )
}
