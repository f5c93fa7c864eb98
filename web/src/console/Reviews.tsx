import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Inbox, Keyboard } from 'lucide-react'
import { useState } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { asApiError } from '../api/errors'
import { KeyTable } from '../clip/ClipView'
import { useKeys } from '../clip/keys'
import { Badge, Button, Dialog, EmptyState, Fault, Segments, Skeleton, toast, toastError } from '../ui'
import { Case } from './Case'
import { due, useNow } from './time'
import css from './console.module.css'

export type Review = components['schemas']['Review']
type Which = 'all' | 'clips' | 'appeal' | 'outcome'
const STAGES: Record<Which, Review['stage'][]> = { all: [], clips: ['admit', 'release', 'asset'], appeal: ['appeal'], outcome: ['outcome'] }
export const STAGE_WORDS: Record<Review['stage'], string> = { admit: 'Before making', release: 'Before release', asset: 'Upload', appeal: 'Appeal', outcome: 'Outcome' }

/** The queue, most urgent first, and the one case that is taken. */
export default function Reviews() {
  const client = useQueryClient()
  const [which, setWhich] = useState<Which>('all')
  const [taken, setTaken] = useState<Review | null>(null)
  const [help, setHelp] = useState(false)
  const now = useNow(15_000)
  const stages = STAGES[which]
  const list = useQuery({
    queryKey: ['console', 'reviews', which],
    refetchInterval: 5000,
    queryFn: () => call(api.GET('/v1/admin/reviews', { params: { query: { limit: 100, ...(stages.length && { stage: stages }) } } })),
  })
  const refresh = () => void client.invalidateQueries({ queryKey: ['console'] })
  const take = useMutation({
    mutationFn: async (review: string | null) => {
      const { data, error, response } = await api.POST('/v1/admin/reviews/lease', { body: { review, stages } })
      if (response.status === 204) return null
      return call(Promise.resolve({ data, error, response }))
    },
    onSuccess: (review) => {
      setTaken(review)
      if (!review) toast('Nothing that you may decide is waiting.', { tone: 'note' })
      refresh()
    },
    onError: (error) => {
      refresh()
      toastError(error)
    },
  })
  const close = (next: boolean) => {
    setTaken(null)
    refresh()
    if (next) take.mutate(null)
  }
  useKeys({ n: () => !taken && !take.isPending && take.mutate(null), '?': () => setHelp(true) })
  const rows = list.data?.data ?? []

  return (
    <div className={css.desk} data-taken={taken !== null || undefined}>
      <section className={css.queue} aria-label="Waiting cases">
        <header className={css.partHead}>
          <h1>Reviews</h1>
          <Button look="primary" onClick={() => take.mutate(null)} busy={take.isPending && take.variables === null} disabled={taken !== null || rows.length === 0}>
            Take the next <kbd>N</kbd>
          </Button>
        </header>
        <Segments
          bare
          label="Which cases"
          value={which}
          onPick={setWhich}
          options={[
            { value: 'all', label: 'All' },
            { value: 'clips', label: 'Clips' },
            { value: 'appeal', label: 'Appeals' },
            { value: 'outcome', label: 'Outcomes' },
          ]}
        />
        {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
        {list.isPending && <Skeleton height={180} style={{ borderRadius: 12 }} />}
        {list.isSuccess && rows.length === 0 && (
          <EmptyState icon={<Inbox size={36} aria-hidden />} title="Nothing waits">
            Cases come in by themselves.
          </EmptyState>
        )}
        <ul className={css.cases}>
          {rows.map((one) => {
            const time = due(one.due, now)
            const away = one.state === 'leased' && (one.lease_until ?? 0) > now && one.id !== taken?.id
            return (
              <li key={one.id}>
                <button type="button" className={css.caseRow} aria-current={one.id === taken?.id || undefined} disabled={take.isPending || (taken !== null && taken.id !== one.id)} onClick={() => take.mutate(one.id)}>
                  <span className={css.risk} data-level={one.risk >= 80 ? 'high' : one.risk >= 40 ? 'medium' : 'low'} title={`Risk ${one.risk} of 100`}>
                    {one.risk}
                    <span className="unseen"> of 100 risk</span>
                  </span>
                  <span className={css.caseText}>
                    <strong>{reasonsOf(one)}</strong>
                    <span className="quiet small">
                      {STAGE_WORDS[one.stage]} · {one.tenant}
                      {one.needed > 1 && ` · ${one.votes.length} of ${one.needed} votes`}
                    </span>
                  </span>
                  {away ? <Badge tone="note">with {one.reviewer}</Badge> : <Badge tone={time.late ? 'bad' : time.soon ? 'warn' : 'plain'}>{time.text}</Badge>}
                </button>
              </li>
            )
          })}
        </ul>
        <Button small look="plain" icon={<Keyboard size={16} aria-hidden />} onClick={() => setHelp(true)} style={{ justifySelf: 'start' }}>
          Keys
        </Button>
      </section>
      {taken ? (
        <Case key={taken.id} review={taken} onChange={setTaken} onClose={close} />
      ) : (
        <div className={css.noCase}>
          {take.error && asApiError(take.error).status === 403 ? <Fault error={take.error} /> : <p className="quiet">Take a case: it is yours for a quarter of an hour, and nobody else decides it meanwhile.</p>}
        </div>
      )}
      <Dialog open={help} title="Keys" onClose={() => setHelp(false)}>
        <KeyTable
          keys={[
            ['N', 'Take the next case'],
            ['B', 'Show or blur what is to be judged'],
            ['S', 'Sound on or off'],
            ['P', 'Publish; then Enter'],
            ['X', 'Block; then a reason, then Ctrl and Enter'],
            ['1 2 3', 'A reason that is often given, while none is written'],
            ['E', 'Another quarter of an hour'],
            ['U', 'Put it back undecided'],
          ]}
        />
      </Dialog>
    </div>
  )
}

export function reasonsOf(one: Review): string {
  const words = one.reasons.map((reason) => String(reason.category ?? '').replaceAll('_', ' ')).filter(Boolean)
  return [...new Set(words)].join(', ') || 'To be looked at'
}
