import { X } from 'lucide-react'
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { Button } from './Button'
import { Fault } from './Show'
import css from './ui.module.css'

/** A modal dialog on the browser's own: it keeps the focus, closes with Escape, and gives the focus back. */
export function Dialog({ open, title, onClose, wide, children }: { open: boolean; title: string; onClose: () => void; wide?: boolean; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    if (!element) return
    if (open && !element.open) {
      element.showModal()
      // what the dialog is for, rather than Close, which comes first
      element.querySelector<HTMLElement>(`.${css.dialogBody} :is(input, select, textarea, button, a[href]):not(:disabled, [hidden])`)?.focus()
    }
    if (!open && element.open) element.close()
  }, [open])
  return (
    <dialog ref={dialog} className={wide ? `${css.dialog} ${css.dialogWide}` : css.dialog} aria-labelledby={id} onClose={() => open && onClose()}>
      {open && (
        <>
          <div className={css.dialogHead}>
            <h2 id={id}>{title}</h2>
            <Button look="plain" small icon={<X size={18} aria-hidden />} label="Close" onClick={onClose} />
          </div>
          <div className={css.dialogBody}>{children}</div>
        </>
      )}
    </dialog>
  )
}

/** Asks before something ends for good. */
export function Confirm({ open, title, does, busy, error, onNo, onYes, children }: { open: boolean; title: string; does: string; busy: boolean; error?: unknown; onNo: () => void; onYes: () => void; children: ReactNode }) {
  return (
    <Dialog open={open} title={title} onClose={onNo}>
      {children}
      {error ? <Fault error={error} /> : null}
      <Actions>
        <Button onClick={onNo}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={onYes}>
          {does}
        </Button>
      </Actions>
    </Dialog>
  )
}

/** The row of buttons at the end of a dialog or form. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={css.actions}>{children}</div>
}
