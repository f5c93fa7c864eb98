import { LoaderCircle } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { reachable } from '../api/connection'
import { useStore } from '../api/store'
import ui from '../ui/ui.module.css'
import { asking, askAgain, signed } from '../auth/session'
import { Button, toast } from '../ui'
import css from './shell.module.css'

/** Says that the server is away, and that it is back. A blink of a connection is not worth a word. */
export function Banner() {
  const there = useStore(reachable)
  const [shown, setShown] = useState(false)
  const { state } = useStore(signed)
  const open = useStore(asking)
  const said = useRef(false)
  useEffect(() => {
    if (there) {
      setShown(false)
      if (said.current) toast('The server is back.', { tone: 'good' })
      said.current = false
      return
    }
    const timer = setTimeout(() => {
      setShown(true)
      said.current = true
    }, 600)
    return () => clearTimeout(timer)
  }, [there])
  return (
    <div role="status">
      {shown && (
        <div className={css.banner}>
          <LoaderCircle size={16} className={ui.spin} aria-hidden />
          The server cannot be reached. What you wrote is kept; this page goes on by itself when it is back.
        </div>
      )}
      {!shown && state === 'expired' && !open && (
        <div className={css.banner}>
          Your session has ended.
          <Button small onClick={() => void askAgain()}>
            Sign in
          </Button>
        </div>
      )}
    </div>
  )
}
