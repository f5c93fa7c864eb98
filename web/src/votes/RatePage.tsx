import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ListChecks, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { useStore } from '../api/store'
import { sessionOf, signed } from '../auth/session'
import { titleOf } from '../clip/media'
import { Actions, Badge, Button, count, Dialog, EmptyState, Fault, LinkButton, Select, Skeleton, TextField } from '../ui'
import { Rating } from './Rating'
import css from './votes.module.css'

type Study = components['schemas']['Study']
type Role = components['schemas']['StudyClip']['role']

/** Studies: clips rated one at a time from 1 (bad) to 5 (excellent). */
export default function RatePage() {
  const client = useQueryClient()
  const makes = sessionOf(useStore(signed))?.roles.includes('creator')
  const [sitting, setSitting] = useState<components['schemas']['Sitting'] | null>(null)
  const [adding, setAdding] = useState(false)
  const [open, setOpen] = useState<string | null>(null)
  const list = useQuery({ queryKey: ['studies'], queryFn: () => call(api.GET('/v1/votes/studies')) })
  const begin = useMutation({ mutationFn: (study: string) => call(api.POST('/v1/votes/sittings', { body: { kind: 'rating', study, pairs: 1 } })), onSuccess: setSitting })
  const again = () => void client.invalidateQueries({ queryKey: ['studies'] })
  const close = useMutation({ mutationFn: (ident: string) => call(api.POST('/v1/votes/studies/{ident}/close', { params: { path: { ident } } })), onSuccess: again })
  if (sitting)
    return (
      <div className={css.page}>
        <h1>Rate clips</h1>
        <Rating
          begun={sitting}
          onEnd={() => {
            setSitting(null)
            again()
          }}
        />
      </div>
    )
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div>
          <h1>Rate clips</h1>
          <p className="quiet">One clip at a time, on the five-level scale of ITU-T P.910. What a study says is told with each rater's bias taken out.</p>
        </div>
        <div className={css.keys}>
          <LinkButton to="/arena">Vote on pairs</LinkButton>
          {makes && (
            <Button look="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setAdding(true)}>
              New study
            </Button>
          )}
        </div>
      </header>
      {(begin.error ?? close.error) && <Fault error={begin.error ?? close.error} />}
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={160} style={{ borderRadius: 12 }} />}
      {list.isSuccess && list.data.data.length === 0 && (
        <EmptyState icon={<ListChecks size={40} aria-hidden />} title="No studies yet">
          A study is a handful of finished clips that people rate. {makes ? 'Lay one out.' : 'Somebody who may make clips lays one out.'}
        </EmptyState>
      )}
      {(list.data?.data ?? []).map((study) => (
        <article key={study.id} className={css.study} aria-label={study.name}>
          <div className={css.head}>
            <div>
              <h2>
                {study.name} {study.closed !== null && <Badge>closed</Badge>}
              </h2>
              <p className="quiet small">
                {count(study.clips.length, 'clip')}, {count(study.votes, 'rating')}
              </p>
            </div>
            <div className={css.keys}>
              {makes && (
                <Button look="plain" aria-expanded={open === study.id} onClick={() => setOpen(open === study.id ? null : study.id)}>
                  {open === study.id ? 'Hide what it says' : 'What it says'}
                </Button>
              )}
              {makes && study.closed === null && (
                <Button look="plain" busy={close.isPending} onClick={() => close.mutate(study.id)}>
                  Close
                </Button>
              )}
              {study.closed === null && (
                <Button look="primary" busy={begin.isPending} onClick={() => begin.mutate(study.id)}>
                  Begin to rate
                </Button>
              )}
            </div>
          </div>
          {open === study.id && <Said study={study} />}
        </article>
      ))}
      <Dialog open={adding} title="New study" onClose={() => setAdding(false)}>
        {adding && (
          <Adding
            onDone={() => {
              setAdding(false)
              again()
            }}
          />
        )}
      </Dialog>
    </div>
  )
}

const shown = (value: number | null) => (value === null ? '–' : value.toFixed(2))

function Said({ study }: { study: Study }) {
  const results = useQuery({ queryKey: ['studies', study.id, study.votes], queryFn: () => call(api.GET('/v1/votes/studies/{ident}', { params: { path: { ident: study.id } } })), staleTime: 0 })
  if (results.error) return <Fault error={results.error} again={() => void results.refetch()} />
  if (!results.data) return <Skeleton height={120} style={{ borderRadius: 12 }} />
  const said = results.data
  return (
    <>
      <p className="small">
        {said.good === null ? 'Nothing was rated yet that counts.' : `${Math.round(said.good * 100)} % of the tested clips are good (4 and above).`} {said.alpha !== null && `Raters agree to ${said.alpha.toFixed(2)} (Krippendorff's alpha).`} {said.left_out > 0 && `${count(said.left_out, 'rating')} left out.`}
      </p>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Clips by rating">
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">Clip</th>
              <th scope="col">Engine</th>
              <th scope="col">Role</th>
              <th scope="col">MOS</th>
              <th scope="col">95 %</th>
              <th scope="col">Mean</th>
              <th scope="col">Against the reference</th>
              <th scope="col">Ratings</th>
            </tr>
          </thead>
          <tbody>
            {said.clips.map((one) => (
              <tr key={one.generation}>
                <th scope="row">
                  <Link to={`/clip/${one.generation}`}>{one.generation.slice(-6)}</Link>
                </th>
                <td>{one.engine}</td>
                <td>{one.role}</td>
                <td className="numbers">{shown(one.mos)}</td>
                <td className="numbers">{one.low === null ? '–' : `${shown(one.low)} to ${shown(one.high)}`}</td>
                <td className="numbers">{shown(one.mean)}</td>
                <td className="numbers">{shown(one.difference)}</td>
                <td className="numbers">{one.votes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {said.raters.length > 0 && (
        <details>
          <summary>{count(said.raters.length, 'rater')}</summary>
          <ul className={css.takes}>
            {said.raters.map((one) => (
              <li key={one.number}>
                Rater {one.number}: {count(one.votes, 'rating')}
                {one.left_out ? <Badge tone="warn">{one.left_out}</Badge> : <span className="quiet small">bias {shown(one.bias)}, inconsistency {shown(one.inconsistency)}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

const ROLES: { value: Role | 'none'; label: string }[] = [
  { value: 'none', label: 'Leave out' },
  { value: 'test', label: 'Test it' },
  { value: 'reference', label: 'Hidden reference' },
  { value: 'training', label: 'For practice' },
]

function Adding({ onDone }: { onDone: () => void }) {
  const [name, setName] = useState('')
  const [traps, setTraps] = useState('1')
  const [roles, setRoles] = useState<Record<string, Role | 'none'>>({})
  const clips = useQuery({ queryKey: ['studies', 'clips'], queryFn: () => call(api.GET('/v1/generations', { params: { query: { limit: 50, state: ['succeeded'] } } })) })
  const make = useMutation({
    mutationFn: () => {
      const chosen = Object.entries(roles).filter(([, role]) => role !== 'none')
      return call(api.POST('/v1/votes/studies', { body: { name, traps: Number(traps), clips: chosen.map(([generation, role]) => ({ generation, role: role as Role, low: 1, high: 5 })) } }))
    },
    onSuccess: onDone,
  })
  const tested = Object.values(roles).some((role) => role === 'test')
  return (
    <form
      className={css.adding}
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <TextField label="Name" value={name} maxLength={120} required onChange={(event) => setName(event.target.value)} />
      <Select label="Checks of attention in each sitting" value={traps} onPick={setTraps} options={['0', '1', '2', '3'].map((value) => ({ value, label: value }))} />
      {clips.error && <Fault error={clips.error} />}
      <ul className={css.pick} aria-label="Your latest clips">
        {(clips.data?.data ?? []).map((one) => (
          <li key={one.id}>
            <span>
              {titleOf(one.prompt)}{' '}
              <span className="quiet small">
                {one.engine}, seed {one.seed}
              </span>
            </span>
            <Select bare label={`What ${titleOf(one.prompt)} by ${one.engine} is there for`} value={roles[one.id] ?? 'none'} onPick={(role) => setRoles({ ...roles, [one.id]: role })} options={ROLES} />
          </li>
        ))}
      </ul>
      {make.error && <Fault error={make.error} />}
      <Actions>
        <Button type="submit" look="primary" disabled={!tested || !name.trim()} busy={make.isPending}>
          Lay it out
        </Button>
      </Actions>
    </form>
  )
}
