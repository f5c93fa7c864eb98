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
      <Adding />
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

const ENTRY = `[engines.ark]
kind = "ark"
model = "dreamina-seedance-2-0-260128"
key_env = "ARK_API_KEY"`

/** Engines are set where the keys to them are: in a file of this installation, never over the web. */
function Adding() {
  return (
    <details className={css.section}>
      <summary>Add an engine, or change one</summary>
      <ol className={css.steps}>
        <li>
          <p>
            Write an entry into <code>phonofilm.toml</code> in the folder that “phonofilm serve --home” names. Seedance at BytePlus or Volcengine, for one: <CopyText text={ENTRY} label="Copy the entry" />
          </p>
          <pre className={css.recipe} tabIndex={0} aria-label="An entry for Seedance">
            {ENTRY}
          </pre>
        </li>
        <li>
          <p>
            Give the service the vendor's key under that name before it starts: <code>export ARK_API_KEY=…</code>. The kind “videos_api” reaches servers that speak the OpenAI dialect (<code>base_url</code>), “diffusers” runs a model of your own (<code>family</code>, <code>model</code>, <code>licence</code>).
          </p>
        </li>
        <li>
          <p>
            Called <code>ark</code>, <code>videos_api</code> or <code>diffusers</code>, or <code>ark-pro</code> and <code>diffusers-ltx</code>, it has the prices of the shipped book. Any other name needs an entry in a price book of your own, which the setting <code>prices</code> names.
          </p>
        </li>
        <li>
          <p>
            Start the service and its workers again. “phonofilm doctor” says what is still amiss; the engine then stands above.
          </p>
        </li>
      </ol>
      <p className="quiet small">To take an engine away, take its entry out. As soon as the file has one entry, it alone says which engines there are: write [engines.animatic] too where you want to keep it.</p>
    </details>
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
