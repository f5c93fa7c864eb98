import { LoaderCircle } from 'lucide-react'
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode } from 'react'
import { Link } from 'wouter'
import css from './ui.module.css'

type Look = 'primary' | 'normal' | 'plain' | 'danger'

interface Common {
  look?: Look
  small?: boolean
  wide?: boolean
  /** Shows nothing but the icon; then `label` is what a screen reader says and a pointer sees. */
  icon?: ReactNode
  label?: string
}

function classes({ look = 'normal', small, wide, iconOnly, extra }: { look?: Look; small?: boolean; wide?: boolean; iconOnly: boolean; extra?: string }): string {
  return [css.button, css[look], small && css.small, wide && css.wide, iconOnly && css.icon, extra].filter(Boolean).join(' ')
}

export type ButtonProps = Common & { busy?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>

export function Button({ look, small, wide, icon, label, busy, children, className, disabled, onClick, type = 'button', ...rest }: ButtonProps) {
  const iconOnly = children === undefined
  return (
    <button
      type={type}
      className={classes({ look, small, wide, iconOnly, extra: className })}
      disabled={disabled}
      aria-busy={busy || undefined}
      aria-label={label}
      title={iconOnly ? label : undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick} // nor does Enter in a form submit it once more
      {...rest}
    >
      {busy ? <LoaderCircle size={small ? 15 : 17} className={css.spin} aria-hidden /> : icon}
      {children}
    </button>
  )
}

export type LinkButtonProps = Common & { to: string } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'>

/** A link that looks like a button: it goes somewhere, so it can be opened in a new tab. */
export function LinkButton({ look, small, wide, icon, label, to, children, className, ...rest }: LinkButtonProps) {
  const iconOnly = children === undefined
  return (
    <Link to={to} className={classes({ look, small, wide, iconOnly, extra: className })} aria-label={label} title={iconOnly ? label : undefined} {...rest}>
      {icon}
      {children}
    </Link>
  )
}
