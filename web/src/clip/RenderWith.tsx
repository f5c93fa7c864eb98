import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query'
import { Clapperboard } from 'lucide-react'
import { useLocation } from 'wouter'
import { api, call } from '../api/client'
import type { Engine, Generation, NewGeneration } from '../api/contract'
import { ApiError } from '../api/errors'
import { engineWords, forPeople, lengthFor, useEngines } from '../composer/offers'
import { joined } from '../queue/queue'
import { Button, money, toast, toastError } from '../ui'
import css from './clip.module.css'
import { sameAs } from './versions'

/** The clip's words with another engine: same seed and shape, and the nearest length and size that it makes. References that it does not take stay here. */
export function bodyFor(one: Generation, engine: Engine): { body: NewGeneration; left: number } {
  const same = sameAs(one)
  const kept = (same.references ?? []).filter((each) => engine.references.includes(`${each.kind}/${each.role ?? 'reference'}`))
  const resolution = engine.resolutions.includes(one.resolution) ? one.resolution : engine.resolutions[0]
  const body = {
    ...same, model: engine.name, seed: one.seed, parent: one.id, references: kept, duration: lengthFor(engine, one.duration), resolution, steps: null, guidance: null, edit_strength: null,
  } as NewGeneration // prettier-ignore
  return { body, left: (same.references ?? []).length - kept.length }
}

/** What of a body its price depends on. */
function counting(body: NewGeneration): NewGeneration {
  return { ...body, prompt: '-', seed: 0, parent: null, metadata: {} } as NewGeneration
}

/** A button for each other engine that is configured, with what it costs there. */
export function RenderWith({ one, small }: { one: Generation; small?: boolean }) {
  const engines = forPeople(useEngines().data ?? []).filter((each) => each.name !== one.engine && each.tasks.includes(one.task) && each.ratios.includes(one.ratio))
  // on a card of the takes: from the animatic on to what makes the final clip
  const offered = small ? (one.engine === 'animatic' ? engines.filter((each) => each.remote || each.usd_per_second > 0) : []) : engines
  const wishes = offered.map((engine) => ({ engine, ...bodyFor(one, engine) }))
  const prices = useQueries({
    queries: wishes.map(({ engine, body }) => ({
      // takes of one length and shape cost the same
      queryKey: ['estimate', 'render', engine.name, counting(body)],
      queryFn: () => call(api.POST('/v1/estimate', { body: counting(body) })),
      staleTime: 300_000,
      retry: false,
    })),
  })
  const client = useQueryClient()
  const [, go] = useLocation()
  const render = useMutation({
    mutationFn: (body: NewGeneration) => call(api.POST('/v1/generations', { body })),
    onSuccess: (made) => {
      joined(client, made)
      void client.invalidateQueries({ queryKey: ['library'] })
      void client.invalidateQueries({ queryKey: ['family'] })
      toast(`On its way with ${engineWords(made.engine).label}.`, { tone: 'good', action: { label: 'Watch it', run: () => go(`/clip/${made.id}`) } })
    },
    onError: toastError,
  })
  if (!wishes.length) return null
  const buttons = wishes.map(({ engine, body, left }, at) => {
    const { data, error } = prices[at]!
    const refused = error instanceof ApiError && !error.offline ? error.message : null
    const about = [`${body.duration} s at ${body.resolution}`, left ? `without ${left} reference${left > 1 ? 's' : ''} that it does not take` : ''].filter(Boolean).join(', ')
    return (
      <Button
        key={engine.name}
        small={small}
        icon={<Clapperboard size={small ? 14 : 17} aria-hidden />}
        disabled={!data || render.isPending}
        busy={render.isPending && render.variables?.model === engine.name}
        title={refused ?? about}
        onClick={() => render.mutate(body)}
      >
        Render with {engineWords(engine.name).label}
        {data ? ` · ${money(data.cost)}` : refused ? ': not possible' : ''}
      </Button>
    )
  })
  if (small) return <>{buttons}</>
  return (
    <section className={css.make} aria-label="Render this with">
      <h2>Render this with</h2>
      <div className={css.engines}>{buttons}</div>
      {wishes.map(({ engine, left }, at) => {
        const error = prices[at]!.error
        const said = error instanceof ApiError && !error.offline ? error.message : left ? `It takes ${left === 1 ? 'one reference' : `${left} references`} of this clip not along.` : null
        return said ? (
          <p key={engine.name} className="quiet small">
            {engineWords(engine.name).label}: {said}
          </p>
        ) : null
      })}
    </section>
  )
}
