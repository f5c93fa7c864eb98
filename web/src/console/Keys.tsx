import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import { ApiError } from '../api/errors'
import type { components } from '../api/schema'
import { CopyText } from '../clip/Settings'
import { Actions, ago, Badge, Button, Confirm, Dialog, Fault, Notice, Skeleton, TextField, toast } from '../ui'
import { Tenants } from './Tenants'
import { day } from './time'
import css from './console.module.css'

type Key = components['schemas']['Key']
const SCOPES = { generate: 'make clips', read: 'look', review: 'decide reviews', operate: 'run the place' } as const
type Scope = keyof typeof SCOPES

/** Keys, and what their tenants may spend. */
export default function Keys() {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Key | null>(null)
  const [over, setOver] = useState(false)
  const list = useQuery({ queryKey: ['console', 'keys'], queryFn: () => call(api.GET('/v1/admin/keys')) })
  const revoke = useMutation({
    mutationFn: (key: string) => call(api.DELETE('/v1/admin/keys/{key}', { params: { path: { key } } })),
    onSuccess: () => {
      toast('The key opens nothing from now on.', { tone: 'good' })
      setEnding(null)
      void client.invalidateQueries({ queryKey: ['console', 'keys'] })
    },
  })
  const now = Date.now() / 1000
  const dead = (one: Key) => one.revoked !== null || (one.expires !== null && one.expires < now)
  const rows = (list.data?.data ?? []).filter((one) => over || !dead(one))
  return (
    <div className={css.wide}>
      <header className={css.partHead}>
        <h1>Keys</h1>
        <Button look="primary" icon={<Plus size={17} aria-hidden />} onClick={() => setAdding(true)}>
          Make a key
        </Button>
      </header>
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={140} style={{ borderRadius: 12 }} />}
      {list.data && (
        <>
          <label className={css.check}>
            <input type="checkbox" checked={over} onChange={(event) => setOver(event.target.checked)} /> Show those that are over
          </label>
          <div className={css.scroll} tabIndex={0} role="region" aria-label="Keys">
            <table className={`${css.table} ${css.stack}`}>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">Tenant</th>
                  <th scope="col">User</th>
                  <th scope="col">May</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Until</th>
                  <th scope="col">
                    <span className="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((one) => (
                  <tr key={one.id} data-over={dead(one) || undefined}>
                    <th scope="row">
                      {one.name || 'no name'}
                      <span className="mono small quiet">pf_{one.id}_…</span>
                    </th>
                    <td data-column="Tenant">{one.tenant}</td>
                    <td data-column="User">{one.user}</td>
                    <td data-column="May">{one.scopes.join(', ')}</td>
                    <td data-column="Last used">{one.last_used === null ? 'never' : ago(one.last_used)}</td>
                    <td data-column="Until">{one.revoked !== null ? <Badge tone="bad">revoked</Badge> : one.expires === null ? 'open end' : day(one.expires)}</td>
                    <td>
                      {!dead(one) && (
                        <Button small look="danger" onClick={() => setEnding(one)} label={`Revoke the key ${one.name || one.id}`}>
                          Revoke
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      <Tenants />
      <Dialog open={adding} title="Make a key" onClose={() => setAdding(false)}>
        <Make onClose={() => setAdding(false)} />
      </Dialog>
      <Confirm open={ending !== null} title="Revoke this key?" does="Revoke" busy={revoke.isPending} error={revoke.error} onNo={() => setEnding(null)} onYes={() => ending && revoke.mutate(ending.id)}>
        <p>
          Whoever uses “{ending?.name || ending?.id}” ({ending?.user}) is shut out within seconds. A revoked key cannot come back.
        </p>
      </Confirm>
    </div>
  )
}

function Make({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [form, setForm] = useState({ tenant: 'main', user: '', name: '', until: '' })
  const [scopes, setScopes] = useState<Scope[]>(['generate', 'read'])
  const make = useMutation({
    mutationFn: () =>
      call(
        api.POST('/v1/admin/keys', {
          body: { tenant: form.tenant.trim(), user: form.user.trim(), name: form.name.trim(), scopes, expires: form.until ? new Date(`${form.until}T23:59:59`).getTime() / 1000 : null },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['console'] }),
  })
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
    fault: make.error instanceof ApiError && make.error.field === name ? make.error.message : null,
  })
  if (make.data?.key)
    return (
      <>
        <Notice tone="warn">This is the only time the whole key is shown. Copy it now.</Notice>
        <p className={css.secret}>
          <code>{make.data.key}</code> <CopyText text={make.data.key} label="Copy the key" />
        </p>
        <Actions>
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        </Actions>
      </>
    )
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form className={css.form} onSubmit={onSubmit}>
      <TextField label="Tenant" hint="Made with the key if it is new. Lower-case letters, digits, - and _" required maxLength={63} pattern="[a-z0-9][a-z0-9_\-]*" {...field('tenant')} />
      <TextField label="User" required maxLength={120} {...field('user')} />
      <TextField label="Name of the key" placeholder="laptop" maxLength={200} {...field('name')} />
      <fieldset className={css.checks}>
        <legend>It may</legend>
        {(Object.keys(SCOPES) as Scope[]).map((one) => (
          <label key={one}>
            <input type="checkbox" checked={scopes.includes(one)} onChange={(event) => setScopes(event.target.checked ? [...scopes, one] : scopes.filter((each) => each !== one))} /> {SCOPES[one]}
          </label>
        ))}
      </fieldset>
      <TextField label="Until (empty: open end)" type="date" {...field('until')} />
      {make.error && <Fault error={make.error} />}
      <Actions>
        <Button look="primary" type="submit" busy={make.isPending} disabled={!form.user.trim() || !form.tenant.trim() || scopes.length === 0}>
          Make it
        </Button>
      </Actions>
    </form>
  )
}
