/** What the service offers: engines, words, prices. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, call } from '../api/client'
import type { Engine, NewGeneration } from '../api/contract'
import { DURATIONS } from './draft'

export function useEngines() {
  return useQuery({ queryKey: ['engines'], queryFn: () => call(api.GET('/v1/engines')), staleTime: 60_000, select: (list) => list.data })
}

export function useVocabulary() {
  return useQuery({ queryKey: ['vocabulary'], queryFn: () => call(api.GET('/v1/vocabulary')), staleTime: Infinity })
}

/** Price and time of a body; asked anew only where something changes that they depend on. */
export function useEstimate(body: NewGeneration) {
  const { prompt: _, seed: __, metadata: ___, ...counts } = body
  return useQuery({
    queryKey: ['estimate', counts],
    enabled: body.prompt.trim() !== '',
    queryFn: ({ signal }) => call(api.POST('/v1/estimate', { body: { ...counts, prompt: '-' } as NewGeneration, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 20_000, // the queue moves
    retry: false,
  })
}

/** The nearest length, from this one up where there is one, that an engine makes. */
export function lengthFor(engine: Engine | null, seconds: number): number {
  const step = engine?.step_seconds || 0.5
  const least = Math.max(DURATIONS.least, engine?.min_seconds ?? 0)
  const most = Math.min(DURATIONS.most, engine?.max_seconds ?? DURATIONS.most)
  return Math.min(most, Math.max(least, Math.ceil(seconds / step - 1e-6) * step))
}

/** Test engines are for testing. */
export function forPeople(engines: Engine[]): Engine[] {
  const real = engines.filter((one) => one.name !== 'fake')
  return real.length ? real : engines
}

/** The engine of a draft: the chosen one where it exists, else the animatic, which is finished work, else the first. */
export function engineOf(chosen: string | null, engines: Engine[] | undefined): Engine | null {
  if (!engines?.length) return null
  const offered = forPeople(engines)
  return engines.find((one) => one.name === chosen) ?? offered.find((one) => one.name === 'animatic') ?? offered[0] ?? null
}

const NAMES: Record<string, { label: string; about: string }> = {
  animatic: { label: 'Animatic', about: 'the paper theatre: drawn and sounded in seconds' },
  native: { label: 'Native', about: 'our own network, an early checkpoint' },
  'native-cascaded': { label: 'Native, cascaded', about: 'picture and sound one after the other' },
}

export function engineWords(name: string): { label: string; about: string } {
  return NAMES[name] ?? { label: name, about: '' }
}
