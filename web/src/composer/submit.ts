import { useQueryClient } from '@tanstack/react-query'
import { api, call } from '../api/client'
import { reachable } from '../api/connection'
import { Store, useStore } from '../api/store'
import { asApiError, type ApiError } from '../api/errors'
import type { Generation, NewGeneration } from '../api/contract'
import { ident } from '../api/ident'
import { joined } from '../queue/queue'

export type Submitting = { state: 'idle' } | { state: 'sending' } | { state: 'waiting' } | { state: 'refused'; error: ApiError; prompt: string }

// outside the page: who leaves it and comes back finds what is on its way, and cannot send it twice
const submitting = new Store<Submitting>({ state: 'idle' })
let abort: AbortController | null = null

/**
 * Send a draft. Where the connection is lost, it waits for the server and sends the same again under the same key, so that one press makes one clip.
 */
export function useSubmit() {
  const queries = useQueryClient()
  const now = useStore(submitting)
  const setNow = submitting.set

  const submit = async (body: NewGeneration): Promise<Generation | null> => {
    if (abort) return null
    const control = new AbortController()
    abort = control
    const key = ident()
    setNow({ state: 'sending' })
    try {
      for (;;) {
        try {
          const made = await call(api.POST('/v1/generations', { body, params: { header: { 'idempotency-key': key } }, signal: control.signal }))
          joined(queries, made)
          setNow({ state: 'idle' })
          return made
        } catch (thrown) {
          if (control.signal.aborted) break
          const error = asApiError(thrown)
          if (!error.offline) {
            setNow({ state: 'refused', error, prompt: body.prompt })
            return null
          }
          setNow({ state: 'waiting' })
          await back(control.signal)
          if (control.signal.aborted) break
          setNow({ state: 'sending' })
        }
      }
      setNow({ state: 'idle' })
      return null
    } finally {
      abort = null
    }
  }

  return { now, submit, stop: () => abort?.abort(), settle: () => setNow({ state: 'idle' }) }
}

function back(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      if (!reachable.get() && !signal.aborted) return
      off()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const off = reachable.subscribe(done)
    signal.addEventListener('abort', done)
    done()
  })
}
