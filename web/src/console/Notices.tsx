import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Inbox } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { Badge, Button, EmptyState, Fault, Notice as Message, Segments, Skeleton, TextArea, TextField, toast } from '../ui'
import { Blurred } from './Blurred'
import { day, due, useNow } from './time'
import css from './console.module.css'

type Notice = components['schemas']['Notice']

/** What people outside reported: a clip that must go, or need not. */
export default function Notices() {
  const [open, setOpen] = useState<string | null>(null)
  const now = useNow(15_000)
  const list = useQuery({
    queryKey: ['console', 'notices'],
    refetchInterval: 10_000,
    queryFn: () => call(api.GET('/v1/admin/notices', { params: { query: { limit: 100 } } })),
  })
  const rows = list.data?.data ?? []
  const chosen = rows.find((one) => one.id === open)
  return (
    <div className={css.desk} data-taken={chosen !== undefined || undefined}>
      <section className={css.queue} aria-label="Open notices">
        <header className={css.partHead}>
          <h1>Notices</h1>
        </header>
        <p className="quiet small">Anybody can report a clip on the Verify page. The one due first stands on top.</p>
        {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
        {list.isPending && <Skeleton height={160} style={{ borderRadius: 12 }} />}
        {list.isSuccess && rows.length === 0 && <EmptyState icon={<Inbox size={36} aria-hidden />} title="No open notices" />}
        <ul className={css.cases}>
          {rows.map((one) => {
            const time = due(one.due, now)
            return (
              <li key={one.id}>
                <button type="button" className={css.caseRow} aria-current={one.id === open || undefined} onClick={() => setOpen(one.id)}>
                  <span className={css.caseText}>
                    <strong>{one.category}</strong>
                    <span className="quiet small">{one.reporter}</span>
                  </span>
                  <Badge tone={time.late ? 'bad' : time.soon ? 'warn' : 'plain'}>{time.text}</Badge>
                </button>
              </li>
            )
          })}
        </ul>
      </section>
      {chosen ? <Decide key={chosen.id} notice={chosen} onDone={() => setOpen(null)} /> : <div className={css.noCase}><p className="quiet">Choose a notice to decide it.</p></div>}
    </div>
  )
}

function Decide({ notice, onDone }: { notice: Notice; onDone: () => void }) {
  const client = useQueryClient()
  const [decision, setDecision] = useState<'upheld' | 'rejected' | ''>('') // nothing is chosen for the one who decides
  const [facts, setFacts] = useState('')
  const [ground, setGround] = useState('')
  const decide = useMutation({
    mutationFn: () => call(api.POST('/v1/admin/notices/{notice_id}/decide', { params: { path: { notice_id: notice.id } }, body: { decision: decision || 'rejected', facts: facts.trim(), ground: ground.trim() } })),
    onSuccess: () => {
      toast(decision === 'upheld' ? 'The clip and what was made of it are taken down.' : 'The notice is rejected; the clip stays.', { tone: 'good' })
      void client.invalidateQueries({ queryKey: ['console'] })
      onDone()
    },
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    decide.mutate()
  }
  return (
    <section className={css.case} aria-label="The notice">
      <header className={css.caseHead}>
        <h2>{notice.category}</h2>
        <span className="quiet small">reported {day(notice.created)}</span>
      </header>
      <blockquote className={css.quote}>
        <strong>{notice.reporter}:</strong> {notice.reason}
      </blockquote>
      {notice.prompt !== null && (
        <blockquote className={css.quote}>
          <strong>Its prompt:</strong> {notice.prompt}
        </blockquote>
      )}
      <Blurred files={notice.files} of={notice.id} />
      <form className={css.decide} onSubmit={onSubmit}>
        <Segments label="Decision" value={decision as 'upheld' | 'rejected'} onPick={setDecision} options={[{ value: 'upheld', label: 'Take it down' }, { value: 'rejected', label: 'Leave it' }]} />
        <TextArea label="The facts this rests on" hint="Kept in the statement of reasons" required maxLength={4000} rows={3} value={facts} onChange={(event) => setFacts(event.target.value)} />
        <TextField label="The law or rule (not needed)" placeholder={`terms of use: ${notice.category}`} maxLength={1000} value={ground} onChange={(event) => setGround(event.target.value)} />
        {decision === 'upheld' && <Message tone="warn">The clip, what was made of it and every link go for good, and its pictures cannot come back.</Message>}
        {decide.error && <Fault error={decide.error} />}
        <Button type="submit" look={decision === 'upheld' ? 'danger' : 'primary'} busy={decide.isPending} disabled={!decision || !facts.trim()}>
          {decision === 'upheld' ? 'Take it down' : decision ? 'Reject the notice' : 'Decide'}
        </Button>
      </form>
    </section>
  )
}
