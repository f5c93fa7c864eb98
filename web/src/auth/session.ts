import { ApiError, asApiError, errorOf, offline } from '../api/errors'
import { lost } from '../api/connection'
import { Store } from '../api/store'
import type { Session } from '../api/contract'

/** `unknown` until the server has said; `expired` keeps the page and asks over it. */
export type Signed = { state: 'unknown' } | { state: 'out' } | { state: 'in' | 'expired'; session: Session }

export const signed = new Store<Signed>({ state: 'unknown' })

/** Is the dialog open that asks for a key over the page? */
export const asking = new Store(false)

/** Those who wait for the person to sign in again. */
let waiting: ((done: boolean) => void)[] = []

export function csrf(): string | null {
  const now = signed.get()
  return now.state === 'in' || now.state === 'expired' ? now.session.csrf : null
}

/** At the start: the key of a sign-in link, else the cookie's session. The fragment never reaches a server and leaves the address at once. */
export async function begin(): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key) {
    history.replaceState(history.state, '', location.pathname + location.search)
    try {
      await signIn(key)
      return
    } catch (thrown) {
      if (asApiError(thrown).status === 401) return signed.set({ state: 'out' })
      throw thrown
    }
  }
  const answer = await fetch('/v1/session', { headers: { Accept: 'application/json' } }).catch(() => null)
  if (!answer) {
    lost()
    throw offline()
  }
  if (answer.ok) signed.set({ state: 'in', session: (await answer.json()) as Session })
  else signed.set({ state: 'out' })
}

/** Raises ApiError: 401 where the key is not known, revoked or expired. */
export async function signIn(key: string): Promise<void> {
  const answer = await fetch('/v1/session', {
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
  settle(true)
}

export async function signOut(): Promise<void> {
  const token = csrf()
  await fetch('/v1/session', { method: 'DELETE', headers: token ? { 'X-CSRF-Token': token } : {} }).catch(() => null)
  signed.set({ state: 'out' })
}

/** Has the person closed the dialog? Then what the page asks for by itself (lists, refreshes) does not open it again. */
export function declined(): boolean {
  return signed.get().state === 'expired' && !asking.get()
}

/** A request was answered 401: ask over the page, which stays as it is. True once signed in again, false where the person declined. */
export function askAgain(): Promise<boolean> {
  const now = signed.get()
  if (now.state === 'out' || now.state === 'unknown') return Promise.resolve(false)
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
