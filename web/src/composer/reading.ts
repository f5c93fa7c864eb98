import { useEffect, useState } from 'react'
import { api, call } from '../api/client'
import { reachable } from '../api/connection'
import { useStore } from '../api/store'
import type { Reading } from '../api/contract'
import type { DraftReference } from './draft'

export interface Read {
  /** The text this is about. */
  text: string
  duration: number
  reading: Reading
}

const PAUSE = 180

/** The prompt as the service reads it, a moment after the last key. The reading before stays until the next is there; `text` says which it is. */
export function useReading(prompt: string, duration: number, engine: string | null, references: DraftReference[], seed: number): Read | null {
  const [read, setRead] = useState<Read | null>(null)
  const there = useStore(reachable)
  const names = JSON.stringify(references.map(({ kind, role, name }) => ({ kind, role, name })))
  useEffect(() => {
    if (!there) return
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const body = { prompt, duration, seed, model: engine, units: 'utf16' as const, references: JSON.parse(names) as never }
        const reading = await call(api.POST('/v1/lint', { body, signal: abort.signal }))
        setRead({ text: prompt, duration, reading })
      } catch {
        // the next key asks again; submitting says whatever is wrong
      }
    }, PAUSE)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [prompt, duration, engine, names, seed, there])
  return read
}

/** True once nothing has changed for so long: what would only disturb in the middle of a word waits for it. */
export function useSettled(value: unknown, pause: number): boolean {
  const [settled, setSettled] = useState<unknown>(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause)
    return () => clearTimeout(timer)
  }, [value, pause])
  return Object.is(settled, value)
}
