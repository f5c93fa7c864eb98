import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { Actions, Badge, Button, Dialog, EmptyState, Fault, Notice, Progress, Select, Skeleton, TextField } from '../ui'
import { day } from './time'
import css from './console.module.css'

type Rollout = components['schemas']['Rollout']
type Act = components['schemas']['RolloutAct']['action']
const STATE = { walking: { tone: 'note', word: 'on its way' }, held: { tone: 'warn', word: 'held' }, done: { tone: 'good', word: 'everybody has it' }, rolled_back: { tone: 'bad', word: 'rolled back' } } as const
const ACTS: Record<Act, string> = { hold: 'Hold', go: 'Go on', back: 'Roll back' }
const HOURS = [72, 48]

/** New engine versions by canary: where each stands, what it waits for, and what a person may decide. */
export default function Rollouts() {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [acting, setActing] = useState<{ rollout: Rollout; action: Act } | null>(null)
  const again = () => void client.invalidateQueries({ queryKey: ['console', 'rollouts'] })
  const list = useQuery({ queryKey: ['console', 'rollouts'], refetchInterval: 5000, queryFn: () => call(api.GET('/v1/admin/rollouts')) })
  return (
    <section className={css.wide}>
      <header className={css.partHead}>
        <div>
          <h1>Rollouts</h1>
          <p className="quiet small">A new version gets 5 % of the tenants for 72 hours, 25 % for 48, then everybody; it goes back by itself where it fails.</p>
        </div>
        <Button look="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setAdding(true)}>
          Begin a rollout
        </Button>
      </header>
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.data?.trouble && <Notice tone="warn">{list.data.trouble}</Notice>}
      {list.isPending && <Skeleton height={160} style={{ borderRadius: 12 }} />}
      {list.isSuccess && list.data.data.length === 0 && <EmptyState title="Nothing is rolled out">Every model's name means the one engine it is mapped to.</EmptyState>}
      <div className={css.tenants}>
        {(list.data?.data ?? []).map((one) => (
          <article key={one.id} className={css.tenant} aria-label={`${one.model}: ${one.candidate.engine}`}>
            <h3>
              {one.model} <Badge tone={STATE[one.state].tone}>{STATE[one.state].word}</Badge>
            </h3>
            <p>
              <strong className="numbers">{one.percent} %</strong> of the tenants get <strong>{one.candidate.engine}</strong> in place of {one.control.engine}
            </p>
            {(one.state === 'walking' || one.state === 'held') && one.stage < 2 && <Progress value={Math.min(1, one.hours / HOURS[one.stage]!)} label={`${one.hours.toFixed(1)} of ${HOURS[one.stage]} hours in this stage`} />}
            <table className={css.table}>
              <thead>
                <tr>
                  <th scope="col">Arm</th>
                  <th scope="col">Clips</th>
                  <th scope="col">Errors</th>
                  <th scope="col">Above 5 s</th>
                  <th scope="col">MOS</th>
                </tr>
              </thead>
              <tbody>
                {([one.candidate, one.control] as const).map((arm) => (
                  <tr key={arm.engine}>
                    <th scope="row">{arm.engine}</th>
                    <td className="numbers">{arm.ended}</td>
                    <td className="numbers">{share(arm.errors, arm.ended)}</td>
                    <td className="numbers">{share(arm.above_5s, arm.ended - arm.errors)}</td>
                    <td className="numbers">{arm.mos === null ? '–' : `${arm.mos.toFixed(2)} (${arm.ratings})`}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {one.waits.length > 0 ? (
              <p className="small">Waits for: {one.waits.join('; ')}.</p>
            ) : (
              <p className="small">
                {one.reason}, {day(one.updated)}
              </p>
            )}
            {one.state !== 'rolled_back' && (
              <div className={css.inline}>
                {(['hold', 'go', 'back'] as const)
                  .filter((action) => action === 'back' || (one.state !== 'done' && !(action === 'hold' && one.state === 'held')))
                  .map((action) => (
                    <Button key={action} small look={action === 'back' ? 'danger' : 'normal'} onClick={() => setActing({ rollout: one, action })}>
                      {ACTS[action]}
                    </Button>
                  ))}
              </div>
            )}
          </article>
        ))}
      </div>
      <Dialog open={acting !== null} title={acting ? `${ACTS[acting.action]}: ${acting.rollout.model}` : ''} onClose={() => setActing(null)}>
        {acting && (
          <Acting
            rollout={acting.rollout}
            action={acting.action}
            onDone={() => {
              setActing(null)
              again()
            }}
          />
        )}
      </Dialog>
      <Dialog open={adding} title="Begin a rollout" onClose={() => setAdding(false)}>
        {adding && (
          <Beginning
            onDone={() => {
              setAdding(false)
              again()
            }}
          />
        )}
      </Dialog>
    </section>
  )
}

const share = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–')

function Acting({ rollout, action, onDone }: { rollout: Rollout; action: Act; onDone: () => void }) {
  const [note, setNote] = useState('')
  const act = useMutation({ mutationFn: () => call(api.POST('/v1/admin/rollouts/{ident}/act', { params: { path: { ident: rollout.id } }, body: { action, note } })), onSuccess: onDone })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        act.mutate()
      }}
    >
      <TextField label="Why? It goes into the log of decisions." value={note} maxLength={400} required onChange={(event) => setNote(event.target.value)} />
      {act.error && <Fault error={act.error} />}
      <Actions>
        <Button type="submit" look={action === 'back' ? 'danger' : 'primary'} disabled={!note.trim()} busy={act.isPending}>
          {ACTS[action]} now
        </Button>
      </Actions>
    </form>
  )
}

function Beginning({ onDone }: { onDone: () => void }) {
  const engines = useQuery({ queryKey: ['console', 'engines'], queryFn: () => call(api.GET('/v1/admin/engines')) })
  const names = (engines.data?.data ?? []).map((one) => one.name)
  const [model, setModel] = useState('seedance_v2')
  const [chosen, setChosen] = useState({ control: '', candidate: '' })
  const begin = useMutation({ mutationFn: () => call(api.POST('/v1/admin/rollouts', { body: { model, control: chosen.control, candidate: chosen.candidate, passed: [] } })), onSuccess: onDone })
  const options = [{ value: '', label: 'Choose' }, ...names.map((name) => ({ value: name, label: name }))]
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        begin.mutate()
      }}
    >
      <TextField label="The name that callers ask for" value={model} required onChange={(event) => setModel(event.target.value)} />
      <Select label="The engine it means now" value={chosen.control} onPick={(control) => setChosen({ ...chosen, control })} options={options} />
      <Select label="The candidate" value={chosen.candidate} onPick={(candidate) => setChosen({ ...chosen, candidate })} options={options} />
      <p className="quiet small">Suites that the candidate has passed are put on record by “phonofilm rollout passed”; it does not leave 5 % without them.</p>
      {(begin.error ?? engines.error) && <Fault error={begin.error ?? engines.error} />}
      <Actions>
        <Button type="submit" look="primary" disabled={!chosen.control || !chosen.candidate} busy={begin.isPending}>
          Begin at 5 %
        </Button>
      </Actions>
    </form>
  )
}
