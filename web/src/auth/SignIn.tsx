import { KeyRound } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { useStore } from '../api/store'
import { Actions, Button, Dialog, TextField } from '../ui'
import { asking, decline, refusal, signIn } from './session'
import css from './auth.module.css'

/** The whole page where nobody is signed in. */
export function SignInPage() {
  return (
    <div className={css.page}>
      <div className={css.card}>
        <KeyRound size={28} aria-hidden />
        <h1>Sign in to the studio</h1>
        <p className="quiet">
          Open the link that <code>phonofilm serve</code> printed at its first start, or paste an API key.
        </p>
        <KeyForm />
      </div>
    </div>
  )
}

/** Over a page whose session has ended: the page stays, nothing typed is lost, and what was asked goes on after signing in. */
export function SignInDialog() {
  const open = useStore(asking)
  return (
    <Dialog open={open} title="Your session has ended" onClose={decline}>
      <p className="quiet">Everything on the page is kept. Sign in with an API key and it goes on where it stopped.</p>
      <KeyForm />
    </Dialog>
  )
}

function KeyForm() {
  const [key, setKey] = useState('')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setFault(null)
    if (!key.trim()) return setFault('Paste a key first; it begins with pf_.')
    setBusy(true)
    try {
      await signIn(key)
    } catch (thrown) {
      setFault(refusal(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={submit} className={css.form}>
      <TextField label="API key" type="password" autoComplete="current-password" spellCheck={false} placeholder="pf_…" value={key} onChange={(event) => setKey(event.target.value)} fault={fault} autoFocus />
      <Actions>
        <Button look="primary" type="submit" busy={busy} wide>
          Sign in
        </Button>
      </Actions>
    </form>
  )
}
