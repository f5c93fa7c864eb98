import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { asApiError } from '../api/errors'
import { Button } from './Button'
import css from './ui.module.css'

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'note' | 'amber'

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={[css.badge, tone !== 'plain' && css[tone]].filter(Boolean).join(' ')}>{children}</span>
}

/** `value` from 0 to 1; left out: on its way, nobody knows how far. */
export function Progress({ value, label }: { value?: number; label: string }) {
  const known = value !== undefined
  return (
    <div className={known ? css.progress : `${css.progress} ${css.waiting}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={known ? Math.round(value * 100) : undefined}>
      <span style={known ? { width: `${Math.min(1, Math.max(0, value)) * 100}%` } : undefined} />
    </div>
  )
}

export function EmptyState({ icon, title, children, action }: { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.empty}>
      {icon}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

export function Skeleton({ width = '100%', height = '1em', style }: { width?: CSSProperties['width']; height?: CSSProperties['height']; style?: CSSProperties }) {
  return <div className={css.skeleton} style={{ width, height, ...style }} aria-hidden />
}

const SIGNS = { good: CircleCheck, bad: CircleAlert, warn: TriangleAlert, note: Info }

/** A message in the page: what happened, what to do. */
export function Notice({ tone = 'note', children, action, live }: { tone?: keyof typeof SIGNS; children: ReactNode; action?: ReactNode; live?: boolean }) {
  const Sign = SIGNS[tone]
  return (
    <div className={`${css.notice} ${css[tone]}`} role={live ? (tone === 'bad' ? 'alert' : 'status') : undefined}>
      <Sign size={18} aria-hidden />
      <div>{children}</div>
      {action}
    </div>
  )
}

/** An error of the API in the page, with its id to quote and, where it helps, a button to try again. */
export function Fault({ error, again }: { error: unknown; again?: () => void }) {
  const known = asApiError(error)
  return (
    <Notice
      tone={known.offline ? 'warn' : 'bad'}
      live
      action={
        again && (
          <Button small onClick={again}>
            Try again
          </Button>
        )
      }
    >
      {known.message}
      {known.requestId && <small>Request {known.requestId}</small>}
    </Notice>
  )
}
