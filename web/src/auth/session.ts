import { ApiError, asApiError, errorOf, offline } from '../api/errors'
import { lost } from '../api/connection'
import { queries } from '../api/queries'
import { Store } from '../api/store'
import type { Session } from '../api/contract'
import { toast } from '../ui/toasts'
import { root } from '../api/root'

/** `unknown` until the server has said; `expired` keeps the page and asks over it. */
export type Signed = { state: 'unknown' } | { state: 'out' } | { state: 'in' | 'expired'; session: Session }

export const signed = new Store<Signed>({ state: 'unknown' })

/** Is the dialog open that asks for a key over the page? */
export const asking = new Store(false)

/** Those who wait for the person to sign in again. */
let waiting: ((done: boolean) => void)[] = []

/** Tabs of this browser share the cookie: one that signs in tells the others, so that none asks for what it has by now. */
const tabs = new BroadcastChannel('phonofilm.session')
tabs.onmessage = () => {
  if (signed.get().state === 'expired') void renew().then((done) => done && settle(true))
}

/** Whose page it is: who is signed in, or was until the session expired. */
export function sessionOf(now: Signed): Session | null {
  return now.state === 'in' || now.state === 'expired' ? now.session : null
}

export function csrf(): string | null {
  return sessionOf(signed.get())?.csrf ?? null
}

/** At the start: the key of a sign-in link, else the cookie's session. The fragment never reaches a server and leaves the address once it is answered. */
export async function begin(): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key) {
    const done = () => history.replaceState(history.state, '', location.pathname + location.search)
    try {
      await signIn(key)
      return done()
    } catch (thrown) {
      const { status } = asApiError(thrown)
      if (status !== 401 && status !== 400) throw thrown // a server that is busy or away is asked again
      done()
      return signed.set({ state: 'out' })
    }
  }
  const answer = await who()
  if (answer.ok) signed.set({ state: 'in', session: (await answer.json()) as Session })
  else if (answer.status === 401) signed.set({ state: 'out' })
  else throw errorOf(answer.status, await answer.json().catch(() => null), answer.headers)
}

function who(): Promise<Response> {
  return fetch(`${root}/v1/session`, { headers: { Accept: 'application/json' } }).catch(() => {
    lost()
    throw offline()
  })
}

/** Somebody signed in in another tab: the cookie is a new one and has its own token. False where nobody is signed in; somebody else's page begins anew. */
export async function renew(): Promise<boolean> {
  const answer = await who().catch(() => null)
  if (!answer?.ok) return false
  const session = (await answer.json()) as Session
  const before = signed.get()
  if ('session' in before && (before.session.tenant !== session.tenant || before.session.user !== session.user)) {
    location.reload() // what this tab was about to do is not to be done in their name
    return false
  }
  signed.set({ state: 'in', session })
  return true
}

/** Raises ApiError: 401 where the key is not known, revoked or expired. */
export async function signIn(key: string): Promise<void> {
  const answer = await fetch(`${root}/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key: key.trim() }),
  }).catch(() => {
    lost()
    throw offline()
  })
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw errorOf(answer.status, body, answer.headers)
  signed.set({ state: 'in', session: body as Session })
  tabs.postMessage('in')
  settle(true)
}

export async function signOut(): Promise<void> {
  const leave = () => fetch(`${root}/v1/session`, { method: 'DELETE', headers: { 'X-CSRF-Token': csrf() ?? '' } })
  try {
    let answer = await leave()
    if (answer.status === 403 && (await renew())) answer = await leave()
    if (answer.status !== 204 && answer.status !== 401) throw errorOf(answer.status, await answer.json().catch(() => null), answer.headers)
  } catch {
    return toast('You are still signed in: the server did not take it. Sign out again in a moment.', { tone: 'bad' })
  }
  signed.set({ state: 'out' })
  queries.clear()
}

/** Has the person closed the dialog? Then what the page asks for by itself (lists, refreshes) does not open it again. */
export function declined(): boolean {
  return signed.get().state === 'expired' && !asking.get()
}

/**
 * A request was answered 401. It may have left with a cookie that a sign-in in another tab has replaced since; else ask over the page, which stays as it is.
 * True once signed in again, false where the person declined.
 */
export async function askAgain(): Promise<boolean> {
  if (!asking.get() && (await renew())) return true
  const now = signed.get()
  if (now.state === 'out' || now.state === 'unknown') return false
  signed.set({ state: 'expired', session: now.session })
  asking.set(true)
  return new Promise((resolve) => waiting.push(resolve))
}

export function decline(): void {
  settle(false)
}

function settle(done: boolean): void {
  const all = waiting
  waiting = []
  asking.set(false)
  for (const tell of all) tell(done)
}

/** What to say for a refused key. */
export function refusal(thrown: unknown): string {
  const error = asApiError(thrown)
  if (error instanceof ApiError && error.status === 401) return 'This key is not known here, was revoked or has expired. Ask the operator for a new one, or check that all of it was pasted.'
  return error.message
}
