import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import type { components } from '../api/schema'
import { useStore } from '../api/store'
import { sessionOf, signed } from '../auth/session'
import { Badge, Button, count, Fault } from '../ui'
import css from './clip.module.css'

type Check = components['schemas']['TakeCheck']
type Take = components['schemas']['JudgedTake']

const GROUPS = [
  { verdict: 'kept', title: 'Holds' },
  { verdict: 'missed', title: 'Does not hold' },
  { verdict: 'not judged', title: 'Not judged' },
] as const

/** What the judges find of the prompt in the finished take, and how the take stands among those of the same words. */
export function Judgement({ one }: { one: Generation }) {
  const client = useQueryClient()
  const makes = sessionOf(useStore(signed))?.roles.includes('creator')
  const path = { params: { path: { generation: one.id } } }
  const told = useQuery({ queryKey: ['judgement', one.id], queryFn: () => call(api.GET('/v1/generations/{generation}/judgement', path)) })
  const ask = useMutation({
    mutationFn: () => call(api.POST('/v1/generations/{generation}/judgement', path)),
    onSuccess: (said) => {
      void client.invalidateQueries({ queryKey: ['judgement'] }) // the other takes' ranks
      client.setQueryData(['judgement', one.id], said)
    },
  })
  const report = told.data?.report
  const takes = told.data?.takes ?? []
  return (
    <section className={css.card} aria-label="Against the prompt">
      <div className={css.cardHead}>
        <h2>Against the prompt</h2>
        {report && <Badge tone={report.missed ? 'warn' : report.kept ? 'good' : 'plain'}>{shareOf(report)}</Badge>}
      </div>
      {told.error && <Fault error={told.error} again={() => void told.refetch()} />}
      {ask.error && <Fault error={ask.error} />}
      {told.data && !report && (
        <>
          <p className="quiet small">Does the clip show, say and sound what its words ask? Judges look at the file alone, and say where they cannot tell.</p>
          {makes && (
            <Button small busy={ask.isPending} onClick={() => ask.mutate()}>
              Judge this take
            </Button>
          )}
        </>
      )}
      {report &&
        GROUPS.map(({ verdict, title }) => {
          const found = report.checks.filter((check) => check.verdict === verdict)
          return (
            found.length > 0 && (
              <div key={verdict}>
                <h3 className="small">
                  {title} ({found.length})
                </h3>
                <ul className={css.notes} aria-label={title}>
                  {found.map((check, index) => (
                    <li key={index}>{wordsOf(check)}</li>
                  ))}
                </ul>
              </div>
            )
          )
        })}
      {(takes.length > 1 || (takes.length === 1 && !report)) && (
        <div>
          <h3 className="small">Takes of these words, the best first</h3>
          <ol className={css.notes} aria-label="Takes by what they keep">
            {takes.map((take) => (
              <li key={take.id}>
                {take.id === one.id ? <strong>This take</strong> : <Link to={`/clip/${take.id}`}>…{take.id.slice(-4)}</Link>}: {shareOf(take)}
              </li>
            ))}
          </ol>
        </div>
      )}
      {report && told.data!.waiting > 0 && <p className="quiet small">{count(told.data!.waiting, 'take')} of these words not judged yet.</p>}
    </section>
  )
}

function shareOf(one: Pick<Take, 'kept' | 'missed'>): string {
  return one.kept + one.missed ? `${one.kept} of ${one.kept + one.missed} hold` : 'nothing could be judged'
}

function wordsOf(check: Check): string {
  const where = check.shot ? `shot ${check.shot}, ` : ''
  return check.found === check.what ? `${where}${check.what}` : `${where}${check.what}: ${check.found}`
}
