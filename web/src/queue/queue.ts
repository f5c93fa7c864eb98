/** The newest generations, kept up to date by their event streams. */
import { skipToken, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api, call } from '../api/client'
import { lost, reachable } from '../api/connection'
import { useStore } from '../api/store'
import type { Generation } from '../api/contract'
import { root } from '../api/root'

const KEY = ['queue']
const SHOWN = 12
/** A browser keeps six connections to a server, for all its tabs together; most of them must stay free for everything else. */
const FOLLOWED = 1
export const OPEN = ['queued', 'running', 'review']
const KINDS = ['queued', 'running', 'progress', 'review', 'succeeded', 'failed', 'cancelled', 'expired', 'unknown_outcome', 'crashed', 'removed']

const WORDS: Record<string, string> = {
  fetch_references: 'Fetching the references',
  admit: 'Checking the request',
  reserve_cost: 'Setting the price aside',
  route: 'Choosing the engine',
  generate: 'Making picture and sound',
  release: 'Looking at the result',
  package: 'Packing for the screen',
  sign: 'Signing where it comes from',
  store: 'Putting it away',
  settle_cost: 'Settling the price',
  notify: 'Telling everybody',
}

export function stepWords(step: string): string {
  return WORDS[step] ?? (step ? step.replaceAll('_', ' ') : 'Starting')
}

export function isOpen(one: Generation): boolean {
  return OPEN.includes(one.state)
}

/** A clip that was just asked for stands in the list at once. */
export function joined(queries: QueryClient, made: Generation): void {
  queries.setQueryData<Generation[]>(KEY, (all) => [made, ...(all ?? []).filter((one) => one.id !== made.id)].slice(0, SHOWN))
  void queries.invalidateQueries({ queryKey: KEY })
}

export function useQueue() {
  const queries = useQueryClient()
  const list = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await call(api.GET('/v1/generations', { params: { query: { limit: SHOWN } }, signal }))).data,
    refetchInterval: (query) => (query.state.data?.some((one) => one.state === 'queued' || one.state === 'running') ? 1500 : 20_000),
  })
  const there = useStore(reachable)
  const moving = (list.data ?? []).filter((one) => one.state === 'running' || one.state === 'queued')
  // those that run come before those that wait; the oldest is next
  const followed = [...moving].sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running') || a.created - b.created).slice(0, FOLLOWED).map((one) => one.id).join(' ')

  useEffect(() => {
    if (!there || !followed) return
    const stops = followed.split(' ').map((id) => follow(id, (kind, data) => heard(queries, id, kind, data)))
    return () => {
      for (const stop of stops) stop()
    }
  }, [followed, there, queries])

  return list
}

/** The same list, as whoever follows it keeps it: nothing is asked for here. */
export function useTakes(): Generation[] {
  return useQuery<Generation[]>({ queryKey: KEY, queryFn: skipToken }).data ?? []
}

/** Progress goes into the list at once, everything else is fetched. A stream begins with what is long past: only what is further on than the list counts. */
function heard(queries: QueryClient, id: string, kind: string, data: { step?: string; progress?: number }): void {
  if (kind !== 'progress') return void queries.invalidateQueries({ queryKey: KEY })
  queries.setQueryData<Generation[]>(KEY, (all) =>
    all?.map((one) => {
      const progress = data.progress ?? 0
      return one.id === id && isOpen(one) && progress > one.progress ? { ...one, state: 'running', step: data.step ?? one.step, progress } : one
    }),
  )
}

/** Follow one generation. The browser comes back by itself after a break and says what it saw last; after an answer that ends the stream, we do. */
function follow(id: string, tell: (kind: string, data: { step?: string; progress?: number }) => void): () => void {
  let stopped = false
  let source: EventSource
  let timer: ReturnType<typeof setTimeout>
  const open = () => {
    source = new EventSource(`${root}/v1/generations/${id}/events`)
    for (const kind of KINDS)
      source.addEventListener(`generation.${kind}`, (event) => {
        const { data } = JSON.parse((event as MessageEvent<string>).data) as { data: { step?: string; progress?: number } }
        tell(kind, data)
        if (!['queued', 'running', 'progress', 'review'].includes(kind)) close()
      })
    source.onerror = () => {
      if (stopped) return
      // is it this stream or the server?
      fetch(`${root}/livez`, { cache: 'no-store' }).then((answer) => !answer.ok && lost(), lost)
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => !stopped && open(), 3000)
    }
  }
  const close = () => {
    stopped = true
    clearTimeout(timer)
    source.close()
  }
  open()
  return close
}
