/** What the stage heard of the prompt, word by word; and what somebody says that a word means, kept in the prompt as a line "MEANS: word = meaning". */
import { useEffect, useState } from 'react'
import { api, call } from '../api/client'
import { reachable } from '../api/connection'
import { useStore } from '../api/store'
import type { Plan } from '../api/contract'

export interface Heard {
  /** The text this is about. */
  text: string
  plan: Plan
}

const PAUSE = 400

/** The plan of a prompt, a moment after the last key; null where the service could not read it. */
export function usePlan(prompt: string, duration: number, seed: number): Heard | null {
  const [heard, setHeard] = useState<Heard | null>(null)
  const there = useStore(reachable)
  useEffect(() => {
    if (!there || !prompt.trim()) return setHeard(null)
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const plan = await call(api.POST('/v1/plan', { body: { prompt, duration, seed, units: 'utf16' as const }, signal: abort.signal }))
        setHeard({ text: prompt, plan })
      } catch {
        // a prompt that cannot be read has its hint already
      }
    }, PAUSE)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [prompt, duration, seed, there])
  return heard
}

const LINE = /^[ \t]*MEANS:[ \t]*(.*)$/im

/** What the prompt says that its words mean. */
export function meaningsOf(text: string): [string, string][] {
  return (LINE.exec(text)?.[1] ?? '').split(/[,;]/).flatMap((part) => {
    const [word, meaning] = part.split('=').map((side) => side.trim())
    return word && meaning ? [[word, meaning] as [string, string]] : []
  })
}

/** The prompt with one word's meaning said, or taken back where it is empty. */
export function withMeaning(text: string, word: string, meaning: string): string {
  const plain = (said: string) => said.replace(/[^\p{L}\p{N}' -]/gu, ' ').replace(/\s+/g, ' ').trim()
  const said = meaningsOf(text).filter(([known]) => known.toLowerCase() !== plain(word).toLowerCase())
  if (plain(meaning) && plain(word)) said.push([plain(word), plain(meaning)])
  const bare = text.replace(LINE, '').trimEnd()
  return said.length ? `${bare}\nMEANS: ${said.map((pair) => pair.join(' = ')).join(', ')}` : bare
}
