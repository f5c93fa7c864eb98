import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleAlert, Clock, Eye, Film, RotateCw, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { api, call } from '../api/client'
import type { Generation, NewGeneration } from '../api/contract'
import { ago, Badge, Button, Fault, Progress, Skeleton, toast, toastError, type Tone } from '../ui'
import { RenderWith } from '../clip/RenderWith'
import { Hold } from './Hold'
import { isOpen, joined, stepWords, useQueue } from './queue'
import css from './queue.module.css'
import { here } from '../api/root'

/** The newest takes: those on their way with their step and time left, those that ended with what can be done next. */
export function QueueStrip() {
  const { data, error, isPending, refetch } = useQueue()
  useAnnouncements(data)
  const list = useRef<HTMLUListElement>(null)
  const newest = data?.[0]?.id
  // a new take comes first, and is seen
  useEffect(() => {
    if (list.current) list.current.scrollLeft = 0
  }, [newest])
  if (isPending && !error)
    return (
      <section className={css.section} aria-label="Your takes">
        <Skeleton height={150} />
      </section>
    )
  if (!data?.length) return error ? <Fault error={error} again={() => void refetch()} /> : null
  const open = data.filter(isOpen).length
  return (
    <section className={css.section} aria-labelledby="queue-title">
      <header className={css.head}>
        <h2 id="queue-title">
          Your takes {open > 0 && <Badge tone="amber">{open} on the way</Badge>}
        </h2>
        <Link to="/library">All of them</Link>
      </header>
      <ul ref={list} className={css.list}>
        {data.map((one) => (
          <li key={one.id}>
            <Take one={one} />
          </li>
        ))}
      </ul>
    </section>
  )
}

const ENDS: Record<string, { tone: Tone; label: string }> = {
  review: { tone: 'warn', label: 'With a reviewer' },
  failed: { tone: 'bad', label: 'Failed' },
  cancelled: { tone: 'plain', label: 'Cancelled' },
  expired: { tone: 'plain', label: 'Expired' },
  unknown_outcome: { tone: 'warn', label: 'Outcome unknown' },
  crashed: { tone: 'bad', label: 'Gave up' },
  removed: { tone: 'plain', label: 'Removed' },
}

function Take({ one }: { one: Generation }) {
  const queries = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => call(api.POST('/v1/generations/{generation}/cancel', { params: { path: { generation: one.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['queue'] }),
    onError: toastError,
  })
  const again = useMutation({
    mutationFn: () => call(api.POST('/v1/generations', { body: sameAgain(one) })),
    onSuccess: (made) => {
      joined(queries, made)
      toast('On its way again.', { tone: 'good' })
    },
    onError: toastError,
  })
  const poster = one.outputs.find((file) => file.name === 'poster.webp')?.url
  const moving = one.state === 'running' || one.state === 'queued'
  const end = ENDS[one.state]
  const words = (
    <p className={css.prompt} title={one.prompt}>
      {one.prompt.replace(/\[[^\]]*\]/g, '').replace(/\s+/g, ' ').trim()}
    </p>
  )
  return (
    <article className={css.take} aria-label={`Take: ${one.prompt.slice(0, 60)}`}>
      {one.state === 'succeeded' ? (
        <Link to={`/clip/${one.id}`} className={css.picture} aria-label={`Play: ${one.prompt.slice(0, 60)}`}>
          {poster ? <img src={here(poster)} alt="" loading="lazy" /> : <Film size={24} aria-hidden />}
          <span className={css.play} aria-hidden>
            ▶
          </span>
        </Link>
      ) : (
        <div className={css.picture} data-moving={moving || undefined}>
          {moving ? (
            <span className={css.percent}>{one.state === 'running' ? `${Math.round(one.progress * 100)} %` : <Clock size={22} aria-hidden />}</span>
          ) : one.state === 'review' ? (
            <Eye size={22} aria-hidden />
          ) : (
            <CircleAlert size={22} aria-hidden />
          )}
        </div>
      )}
      <div className={css.body}>
        {words}
        {moving ? (
          <>
            <Progress value={one.state === 'running' ? one.progress : undefined} label={one.state === 'running' ? stepWords(one.step) : 'Waiting for its turn'} />
            <div className={css.row}>
              <span>{one.state === 'queued' ? place(one.queue_position) : stepWords(one.step)}</span>
              <span className="numbers">
                <Left generation={one} />
              </span>
            </div>
            <Button small look="plain" icon={<X size={14} aria-hidden />} busy={cancel.isPending} onClick={() => cancel.mutate()}>
              Cancel
            </Button>
          </>
        ) : (
          <>
            <div className={css.row}>
              {end ? <Badge tone={end.tone}>{end.label}</Badge> : <span>{ago(one.finished ?? one.created)}</span>}
              <span className="numbers">
                {one.duration} s · {one.resolution}
              </span>
            </div>
            {one.error && <p className={css.error}>{one.error.message}</p>}
            {one.state === 'review' && <Hold one={one} />}
            {one.state === 'succeeded' && <RenderWith one={one} small />}
            {['failed', 'cancelled', 'expired'].includes(one.state) && (
              <Button small look="plain" icon={<RotateCw size={14} aria-hidden />} busy={again.isPending} onClick={() => again.mutate()}>
                Try again
              </Button>
            )}
          </>
        )}
      </div>
    </article>
  )
}

function place(position: number | null): string {
  if (position === null) return 'Waiting for its turn'
  return position === 1 ? 'Next in line' : `${position - 1} before it`
}

/** The service's estimate, counted down between two answers. */
function Left({ generation: { remaining, state } }: { generation: Generation }) {
  const [now, setNow] = useState(() => Date.now())
  const [since, setSince] = useState({ remaining, at: Date.now() })
  if (since.remaining !== remaining) setSince({ remaining, at: Date.now() })
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  if (remaining === null) return null
  const left = remaining - Math.max(0, state === 'running' ? (now - since.at) / 1000 : 0)
  return left < 1 ? 'a moment' : left < 90 ? `${Math.round(left)} s left` : `${Math.round(left / 60)} min left`
}

/** A body that asks for the same clip once more. */
export function sameAgain(one: Generation): NewGeneration {
  const { prompt, model, task, duration, resolution, ratio, seed, sound, steps, guidance, edit_strength, parent, metadata, label } = one
  const references = one.references.map((given) => {
    const { kind, role, name, asset, url, strength, person } = given as Record<string, unknown>
    return { kind, role, name: name ?? '', strength: strength ?? 1, person: person ?? null, ...(asset ? { asset } : { url }) }
  })
  return { prompt, model, task, duration, resolution, ratio, seed, sound, steps, guidance, edit_strength, parent, metadata, label, references } as NewGeneration
}

/** A take that ends is said once, wherever the eyes are. */
function useAnnouncements(data: Generation[] | undefined): void {
  const [open, setOpen] = useState<Set<string>>(new Set())
  const [, go] = useLocation()
  useEffect(() => {
    if (!data) return
    for (const one of data) {
      if (!open.has(one.id) || isOpen(one)) continue
      if (one.state === 'succeeded') toast('Your clip is ready.', { tone: 'good', action: { label: 'Play', run: () => go(`/clip/${one.id}`) } })
      else if (one.state === 'failed') toast(`A take failed: ${one.error?.message ?? 'no reason was given'}`, { tone: 'bad' })
    }
    const next = new Set(data.filter(isOpen).map((one) => one.id))
    if (next.size !== open.size || [...next].some((id) => !open.has(id))) setOpen(next)
  }, [data, open, go])
}
