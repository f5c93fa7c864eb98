import { useMutation, useQuery } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { api, call } from '../api/client'
import { CopyText } from '../clip/Settings'
import { Badge, Button, count, Fault, Notice, Skeleton, TextField } from '../ui'
import css from './console.module.css'

const BREAKER = { closed: { tone: 'good', word: 'well' }, half_open: { tone: 'warn', word: 'tried again' }, open: { tone: 'bad', word: 'shut off' } } as const
const KEPT = 'phonofilm.checkpoint'

/** How the engines and workers are, and whether the audit log is whole. */
export default function Engines() {
  const list = useQuery({ queryKey: ['console', 'engines'], refetchInterval: 5000, queryFn: () => call(api.GET('/v1/admin/engines')) })
  const workers = Object.entries(list.data?.workers ?? {})
  return (
    <div className={css.wide}>
      <header className={css.partHead}>
        <h1>Engines</h1>
      </header>
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={160} style={{ borderRadius: 12 }} />}
      <div className={css.tenants}>
        {(list.data?.data ?? []).map((engine) => {
          const states = Object.values(engine.breakers) as (keyof typeof BREAKER)[]
          const worst = states.includes('open') ? 'open' : states.includes('half_open') ? 'half_open' : 'closed'
          return (
            <article key={engine.name} className={css.tenant}>
              <h3>
                {engine.name} <Badge tone={BREAKER[worst].tone}>{BREAKER[worst].word}</Badge>
              </h3>
              <p className="quiet small">{engine.remote ? 'At a vendor' : 'On this machine'}</p>
              <p className="numbers">
                <strong>{engine.running}</strong> <span className="quiet small">in the making</span> &nbsp; <strong>{engine.waiting}</strong> <span className="quiet small">waiting</span>
              </p>
              {worst !== 'closed' && <p className="small">It failed several times in a row and is left alone for a while; it is tried again by itself.</p>}
            </article>
          )
        })}
      </div>
      {list.data && (
        <section className={css.section}>
          <h2>Workers</h2>
          {workers.length === 0 ? (
            <Notice tone="warn">No worker is alive: jobs are taken and wait. Start one with “phonofilm worker”.</Notice>
          ) : (
            <ul className={css.workers}>
              {workers.map(([name, age]) => (
                <li key={name}>
                  <i data-late={age > 30 || undefined} aria-hidden />
                  <span className="mono">{name}</span>
                  <span className="quiet small">heard of {age < 2 ? 'just now' : `${Math.round(age)} s ago`}</span>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      <Audit />
    </div>
  )
}

function Audit() {
  const [kept, setKept] = useState(() => localStorage.getItem(KEPT) ?? '')
  const check = useMutation({
    mutationFn: () => call(api.GET('/v1/admin/audit', { params: { query: kept.trim() ? { checkpoint: kept.trim() } : {} } })),
    onSuccess: (state) => {
      if (state.whole) localStorage.setItem(KEPT, state.checkpoint)
    },
  })
  const state = check.data
  return (
    <section className={css.section}>
      <h2>The log of decisions</h2>
      <p className="quiet small">Every decision, key, budget and takedown is written down, each line sealed with the one before. Checking reads the whole chain and holds it against a line kept from before.</p>
      <form
        className={css.inline}
        onSubmit={(event) => {
          event.preventDefault()
          check.mutate()
        }}
      >
        <TextField label="A line kept from before (not needed)" className="mono" placeholder="118:4f0a…" value={kept} onChange={(event) => setKept(event.target.value)} spellCheck={false} />
        <Button type="submit" icon={<ShieldCheck size={17} aria-hidden />} busy={check.isPending}>
          Check the log
        </Button>
      </form>
      {check.error && <Fault error={check.error} />}
      {state && state.whole && (
        <Notice tone="good" live>
          The log is whole: {count(Number(state.checkpoint.split(':')[0]), 'line')}. Keep this line elsewhere: <code className={css.breakAll}>{state.checkpoint}</code> <CopyText text={state.checkpoint} label="Copy the line" />
        </Notice>
      )}
      {state && !state.whole && (
        <Notice tone="bad" live>
          The log was changed{state.broken_at !== null ? ` at line ${state.broken_at}` : ''}. Do not delete anything; compare the database with a backup.
        </Notice>
      )}
    </section>
  )
}
