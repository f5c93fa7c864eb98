import { CircleAlert } from 'lucide-react'
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react'
import css from './ui.module.css'

interface About {
  label: ReactNode
  hint?: ReactNode
  /** What is wrong with it, in a sentence. */
  fault?: string | null
  /** The label is there for screen readers only. */
  bare?: boolean
}

/** A label, a control and what is said about it, tied together. */
export function Field({ label, hint, fault, bare, children }: About & { children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode }) {
  const id = useId()
  const about = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ')
  return (
    <div className={css.field}>
      <label htmlFor={id} className={bare ? 'unseen' : css.label}>
        {label}
      </label>
      {children({ id, 'aria-describedby': about || undefined, 'aria-invalid': fault ? true : undefined })}
      {hint && (
        <span id={`${id}-hint`} className={css.hint}>
          {hint}
        </span>
      )}
      {fault && (
        <span id={`${id}-fault`} className={css.fault} role="alert">
          <CircleAlert size={15} aria-hidden />
          {fault}
        </span>
      )}
    </div>
  )
}

export function TextField({ label, hint, fault, bare, className, ...rest }: About & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} fault={fault} bare={bare}>
      {(ids) => <input className={[css.input, className].filter(Boolean).join(' ')} {...ids} {...rest} />}
    </Field>
  )
}

export function TextArea({ label, hint, fault, bare, ...rest }: About & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} fault={fault} bare={bare}>
      {(ids) => <textarea className={css.input} rows={4} {...ids} {...rest} />}
    </Field>
  )
}

export type Option<V extends string = string> = { value: V; label: string; disabled?: boolean }

export function Select<V extends string>({
  label,
  hint,
  fault,
  bare,
  options,
  value,
  onPick,
  ...rest
}: About & { options: Option<V>[]; value: V; onPick: (value: V) => void } & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'onChange'>) {
  return (
    <Field label={label} hint={hint} fault={fault} bare={bare}>
      {(ids) => (
        <select className={`${css.input} ${css.select}`} value={value} onChange={(event) => onPick(event.target.value as V)} {...ids} {...rest}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** A few choices side by side; one of them holds. Arrow keys move, as in every radio group. */
export function Segments<V extends string>({ label, bare, options, value, onPick }: { label: string; bare?: boolean; options: (Option<V> & { icon?: ReactNode })[]; value: V; onPick: (value: V) => void }) {
  const name = useId()
  return (
    <fieldset className={css.field} style={{ border: 0, padding: 0, margin: 0 }}>
      <legend className={bare ? 'unseen' : css.label} style={{ padding: 0, marginBottom: bare ? 0 : 5 }}>
        {label}
      </legend>
      <div className={css.segments}>
        {options.map((option) => (
          <label key={option.value} className={css.segment}>
            <input type="radio" name={name} value={option.value} checked={option.value === value} disabled={option.disabled} onChange={() => onPick(option.value)} />
            <span>
              {option.icon}
              {option.label}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
