import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { HandHeart, Plus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import { ApiError } from '../api/errors'
import type { components } from '../api/schema'
import { Actions, Badge, Button, Confirm, count, Dialog, EmptyState, Fault, Skeleton, TextField, toast } from '../ui'
import { day } from './time'
import css from './console.module.css'

type Consent = components['schemas']['Consent']
const SCOPES = ['face', 'voice', 'body'] as const

/** Leave to show or use real persons, on record; withdrawn, everything made with it goes. */
export default function Consents() {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Consent | null>(null)
  const list = useQuery({ queryKey: ['console', 'consents'], queryFn: () => call(api.GET('/v1/consents')) })
  const revoke = useMutation({
    mutationFn: (consent: string) => call(api.DELETE('/v1/consents/{consent_id}', { params: { path: { consent_id: consent } } })),
    onSuccess: (done) => {
      toast(`Withdrawn. ${count(done.removed.length, 'clip')} taken down, ${count(done.stopped.length, 'job')} stopped, ${count(done.assets.length, 'file')} deleted.`, { tone: 'good' })
      setEnding(null)
      void client.invalidateQueries({ queryKey: ['console', 'consents'] })
    },
  })
  const rows = list.data?.data ?? []
  const now = Date.now() / 1000
  return (
    <section className={css.wide}>
      <header className={css.partHead}>
        <div>
          <h1>Consents</h1>
          <p className="quiet small">References that show or sound like a real person name one of these; without one they are held.</p>
        </div>
        <Button look="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setAdding(true)}>
          Record a consent
        </Button>
      </header>
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={160} style={{ borderRadius: 12 }} />}
      {list.isSuccess && rows.length === 0 && (
        <EmptyState icon={<HandHeart size={36} aria-hidden />} title="No consents on record">
          Put a person’s leave on record before their face, voice or body is used.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Consents">
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">Person</th>
                <th scope="col">For</th>
                <th scope="col">Kept at</th>
                <th scope="col">Since</th>
                <th scope="col">Until</th>
                <th scope="col">
                  <span className="unseen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => {
                const ended = one.revoked !== null || (one.expires !== null && one.expires < now)
                return (
                  <tr key={one.id} data-over={ended || undefined}>
                    <th scope="row">
                      {one.subject}
                      <span className="mono small quiet">{one.id}</span>
                    </th>
                    <td>{one.scope.join(', ')}</td>
                    <td>{one.evidence || '–'}</td>
                    <td>{day(one.created)}</td>
                    <td>{one.revoked !== null ? <Badge tone="bad">withdrawn {day(one.revoked)}</Badge> : one.expires === null ? 'open end' : ended ? <Badge>ended {day(one.expires)}</Badge> : day(one.expires)}</td>
                    <td>
                      {one.revoked === null && (
                        <Button small look="danger" onClick={() => setEnding(one)} label={`Withdraw the consent of ${one.subject}`}>
                          Withdraw
                        </Button>
                      )}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
      <Dialog open={adding} title="Record a consent" onClose={() => setAdding(false)}>
        <Add
          onDone={() => {
            setAdding(false)
            void client.invalidateQueries({ queryKey: ['console', 'consents'] })
          }}
        />
      </Dialog>
      <Confirm open={ending !== null} title={`Withdraw the consent of ${ending?.subject ?? ''}?`} does="Withdraw it" busy={revoke.isPending} error={revoke.error} onNo={() => setEnding(null)} onYes={() => ending && revoke.mutate(ending.id)}>
        <p>Jobs that use it stop, clips made with it and what was made of those are taken down, and its files are deleted. That cannot be undone.</p>
      </Confirm>
    </section>
  )
}

function Add({ onDone }: { onDone: () => void }) {
  const [subject, setSubject] = useState('')
  const [scope, setScope] = useState<(typeof SCOPES)[number][]>(['face'])
  const [evidence, setEvidence] = useState('')
  const [until, setUntil] = useState('')
  const make = useMutation({
    mutationFn: () =>
      call(api.POST('/v1/consents', { body: { subject: subject.trim(), scope, evidence: evidence.trim(), expires: until ? new Date(`${until}T23:59:59`).getTime() / 1000 : null } })),
    onSuccess: () => {
      toast('The consent is on record.', { tone: 'good' })
      onDone()
    },
  })
  const fault = (field: string) => (make.error instanceof ApiError && make.error.field?.startsWith(field) ? make.error.message : null)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form className={css.form} onSubmit={onSubmit}>
      <TextField label="Whose leave" required maxLength={200} value={subject} onChange={(event) => setSubject(event.target.value)} fault={fault('subject')} />
      <fieldset className={css.checks}>
        <legend>For their</legend>
        {SCOPES.map((one) => (
          <label key={one}>
            <input type="checkbox" checked={scope.includes(one)} onChange={(event) => setScope(event.target.checked ? [...scope, one] : scope.filter((each) => each !== one))} /> {one}
          </label>
        ))}
      </fieldset>
      <TextField label="Where the signed paper is kept" placeholder="release-2026-118.pdf" maxLength={4000} value={evidence} onChange={(event) => setEvidence(event.target.value)} fault={fault('evidence')} />
      <TextField label="Until (empty: open end)" type="date" value={until} onChange={(event) => setUntil(event.target.value)} fault={fault('expires')} />
      {make.error && !fault('subject') && !fault('evidence') && !fault('expires') && <Fault error={make.error} />}
      <Actions>
        <Button look="primary" type="submit" busy={make.isPending} disabled={!subject.trim() || scope.length === 0}>
          Record it
        </Button>
      </Actions>
    </form>
  )
}
