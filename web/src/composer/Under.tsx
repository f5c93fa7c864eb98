import { ListVideo } from 'lucide-react'
import { isOpen, useTakes } from '../queue/queue'
import { Button } from '../ui'
import { Keys } from './Keys'
import css from './composer.module.css'

/** Under the button: what is on its way, one click from being seen, and the keys. */
export function Under() {
  const takes = useTakes()
  const open = takes.filter(isOpen).length
  return (
    <div className={css.under}>
      {takes.length > 0 ? (
        <Button small look="plain" icon={<ListVideo size={15} aria-hidden />} onClick={() => document.getElementById('takes')?.scrollIntoView({ block: 'center' })}>
          {open ? `${open} on the way` : 'Your takes'}
        </Button>
      ) : (
        <span />
      )}
      <Keys />
    </div>
  )
}
