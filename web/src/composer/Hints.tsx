import { Check, CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { Hint } from '../api/contract'
import { Button } from '../ui'
import css from './composer.module.css'

const SIGNS = { error: CircleAlert, warning: TriangleAlert, info: Info }
const ORDER = { error: 0, warning: 1, info: 2 }
const AT_FIRST = 3

/** The linter's word, the gravest first; a click shows the place. Advice is folded once it grows long. */
export function Hints({ id, hints, fine, away, onVisit }: { id: string; hints: Hint[]; fine: boolean; away: boolean; onVisit: (from: number, to: number) => void }) {
  const [all, setAll] = useState(false)
  const sorted = [...hints].sort((a, b) => ORDER[a.severity] - ORDER[b.severity] || a.position - b.position)
  const shown = all ? sorted : sorted.slice(0, AT_FIRST)
  return (
    <div id={id} className={css.hints} role="status" aria-label="Advice on the prompt">
      {away && <p className={css.unread}>Not read yet: the server cannot be reached. What is shown is of the words before.</p>}
      {fine && !hints.length && (
        <p className={css.praise}>
          <Check size={15} aria-hidden />
          Reads well
        </p>
      )}
      {shown.map((hint) => {
        const Sign = SIGNS[hint.severity]
        return (
          <button key={hint.message + hint.position} type="button" className={`${css.hint} ${css[hint.severity]}`} onClick={() => onVisit(hint.position, hint.position + Math.max(hint.length, 0))}>
            <Sign size={15} aria-hidden />
            <span>
              <span className="unseen">{hint.severity}: </span>
              {hint.message.charAt(0).toUpperCase() + hint.message.slice(1)}
            </span>
          </button>
        )
      })}
      {sorted.length > AT_FIRST && (
        <Button small look="plain" onClick={() => setAll(!all)}>
          {all ? 'Show less' : `${sorted.length - AT_FIRST} more`}
        </Button>
      )}
    </div>
  )
}
