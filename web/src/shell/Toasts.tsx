import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import { useStore } from '../api/store'
import { Button } from '../ui'
import { closeToast, toasts } from '../ui/toasts'
import css from './shell.module.css'

const SIGNS = {
  good: <CircleCheck size={17} color="var(--good)" aria-hidden />,
  bad: <CircleAlert size={17} color="var(--bad)" aria-hidden />,
  note: <Info size={17} color="var(--note)" aria-hidden />,
}

export function Toasts() {
  const all = useStore(toasts)
  return (
    <div className={css.toasts} role="region" aria-label="Messages" aria-live="polite">
      {all.map((one) => (
        <div key={one.id} className={css.toast}>
          {SIGNS[one.tone]}
          <span>{one.text}</span>
          {one.action && (
            <Button
              small
              look="plain"
              onClick={() => {
                one.action?.run()
                closeToast(one.id)
              }}
            >
              {one.action.label}
            </Button>
          )}
          <Button small look="plain" icon={<X size={15} aria-hidden />} label="Close this message" onClick={() => closeToast(one.id)} />
        </div>
      ))}
    </div>
  )
}
