import { useEffect, useRef, useState } from 'react'
import { errorOf, isAbort, offline, type ApiError } from '../api/errors'
import { send } from '../api/client'
import { lost, reachable } from '../api/connection'
import { useStore } from '../api/store'
import { bodyOf, type Draft } from './draft'
import { root } from '../api/root'

export interface Preview {
  /** Of the clip that is shown; the one before stays until the next is there. */
  url: string | null
  /** What it was drawn for. */
  ratio: string
  notes: string[]
  drawing: boolean
  /** Is it of other words than those that stand there now? */
  stale: boolean
  error: ApiError | null
}

const PAUSE = 200

/** The draft, staged a moment after the last change. A request that is no longer wanted is broken off. */
export function usePreview(draft: Draft): Preview {
  const [shown, setShown] = useState<Omit<Preview, 'stale'> & { of: string }>({ url: null, of: '', ratio: draft.ratio, notes: [], drawing: false, error: null })
  const [tries, setTries] = useState(0)
  const there = useStore(reachable)
  const url = useRef<string | null>(null)
  const { prompt, task, duration, ratio, seed, references } = bodyOf(draft, null)
  // a file that nobody has declared yet would go to a reviewer first: the preview does without it until then
  const body = JSON.stringify({ prompt, task, duration, ratio, seed, references: references?.filter((one) => one.person !== null), label: 'beside' })

  useEffect(() => {
    if (!there || !draft.prompt.trim()) return
    const abort = new AbortController()
    let again: ReturnType<typeof setTimeout> | undefined
    const timer = setTimeout(async () => {
      setShown((now) => ({ ...now, drawing: true }))
      try {
        const answer = await send(new Request(`${root}/v1/preview`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' }, signal: abort.signal }))
        if (!answer.ok) {
          const error = errorOf(answer.status, await answer.json().catch(() => null), answer.headers)
          // too many in a row, or nobody free to draw: wait as long as the service says and try again by itself
          if (error.status === 429 || error.status === 503) again = setTimeout(() => setTries((count) => count + 1), (error.retryAfter ?? 3) * 1000)
          return setShown((now) => ({ ...now, drawing: false, error }))
        }
        const clip = await answer.blob()
        const made = URL.createObjectURL(clip)
        if (abort.signal.aborted) return URL.revokeObjectURL(made)
        const before = url.current
        url.current = made
        setShown({ url: made, of: body, ratio: draft.ratio, notes: notesOf(answer.headers), drawing: false, error: null })
        if (before) setTimeout(() => URL.revokeObjectURL(before), 2000)
      } catch (thrown) {
        if (isAbort(thrown) || abort.signal.aborted) return
        lost()
        setShown((now) => ({ ...now, drawing: false, error: offline() }))
      }
    }, PAUSE)
    return () => {
      clearTimeout(timer)
      clearTimeout(again)
      abort.abort()
      setShown((now) => (now.drawing ? { ...now, drawing: false } : now))
    }
    // the body says all that is drawn
  }, [body, there, tries])

  useEffect(
    () => () => {
      if (url.current) URL.revokeObjectURL(url.current)
    },
    [],
  )

  const { of, ...rest } = shown
  return { ...rest, stale: rest.url !== null && of !== body }
}

function notesOf(headers: Headers): string[] {
  try {
    const notes: unknown = JSON.parse(decodeURIComponent(headers.get('X-Notes') ?? '[]'))
    return Array.isArray(notes) ? notes.map(String) : []
  } catch {
    return []
  }
}
