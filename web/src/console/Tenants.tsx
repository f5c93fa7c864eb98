import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { Actions, Button, Dialog, Fault, money, Skeleton, TextField, toast } from '../ui'
import css from './console.module.css'

type Tenant = components['schemas']['Tenant']
type Usage = components['schemas']['Usage']
const LIMITS = {
  requests_per_minute: 'Submits a minute',
  concurrency: 'Jobs at once',
  daily_clips: 'Clips a day',
  daily_clips_per_user: 'Clips a day and user',
  open_jobs: 'Open jobs',
  retention_days: 'Days clips are kept',
} as const
type Limit = keyof typeof LIMITS

/** What each tenant spends this month, may spend, and its own limits. */
export function Tenants() {
  const [changing, setChanging] = useState<{ tenant: Tenant; usage?: Usage } | null>(null)
  const list = useQuery({ queryKey: ['console', 'tenants'], queryFn: () => call(api.GET('/v1/admin/tenants')) })
  const tenants = list.data?.data ?? []
  const usages = useQueries({
    queries: tenants.map((one) => ({
      queryKey: ['console', 'usage', one.id],
      queryFn: () => call(api.GET('/v1/admin/tenants/{tenant}/usage', { params: { path: { tenant: one.id } } })),
    })),
  })
  return (
    <section className={css.section}>
      <h2>Tenants and budgets, this month</h2>
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={100} style={{ borderRadius: 12 }} />}
      <div className={css.tenants}>
        {tenants.map((tenant, index) => {
          const usage = usages[index]?.data
          const budget = usage?.budget as { monthly?: number; hard?: boolean } | null | undefined
          const clips = Object.values(usage?.generations ?? {}).reduce((sum, each) => sum + each, 0)
          const share = budget?.monthly ? (usage!.spent + usage!.reserved) / budget.monthly : 0
          return (
            <article key={tenant.id} className={css.tenant}>
              <h3>{tenant.id}</h3>
              {usage ? (
                <>
                  <p>
                    <strong>{usage.spent ? money(usage.spent) : '$0'}</strong>
                    <span className="quiet small"> {budget?.monthly != null ? `of ${money(budget.monthly)}${budget.hard ? '' : ', alerts only'}` : 'spent, no budget set'}</span>
                  </p>
                  {budget?.monthly ? (
                    <meter className={css.meter} min={0} max={1} high={0.8} optimum={0} value={Math.min(1, share)} aria-label={`${Math.round(share * 100)} % of the budget`} />
                  ) : null}
                  <p className="quiet small">
                    {clips} jobs, {Math.round(usage.seconds)} s of clips{usage.reserved ? `, ${money(usage.reserved)} held for open jobs` : ''}
                  </p>
                </>
              ) : (
                <Skeleton height={44} />
              )}
              {Object.keys(tenant.settings).length > 0 && (
                <p className="quiet small">
                  {Object.entries(tenant.settings)
                    .map(([name, value]) => `${LIMITS[name as Limit] ?? name}: ${String(value)}`)
                    .join(' · ')}
                </p>
              )}
              <Button small disabled={!usage} onClick={() => setChanging({ tenant, usage })} label={`Budget and limits of ${tenant.id}`}>
                Budget and limits
              </Button>
            </article>
          )
        })}
      </div>
      <Dialog open={changing !== null} title={`Budget and limits of ${changing?.tenant.id ?? ''}`} onClose={() => setChanging(null)}>
        {changing && <Change tenant={changing.tenant} usage={changing.usage} onDone={() => setChanging(null)} />}
      </Dialog>
    </section>
  )
}

function Change({ tenant, usage, onDone }: { tenant: Tenant; usage?: Usage; onDone: () => void }) {
  const client = useQueryClient()
  const before = usage?.budget as { monthly?: number; hard?: boolean } | null | undefined
  const [monthly, setMonthly] = useState(before?.monthly != null ? String(before.monthly / 1e6) : '')
  const [hard, setHard] = useState(before?.hard ?? true)
  // a budget can be changed and not be taken away; whether to refuse is a part of one
  const budgeted = before?.monthly != null || hard !== (before?.hard ?? true)
  const [limits, setLimits] = useState<Record<string, string>>(() => Object.fromEntries(Object.keys(LIMITS).map((name) => [name, tenant.settings[name] == null ? '' : String(tenant.settings[name])])))
  const save = useMutation({
    mutationFn: async () => {
      const changes: Partial<Record<Limit, number | null>> = {}
      for (const name of Object.keys(LIMITS) as Limit[]) {
        const value = limits[name] ? Number(limits[name]) : null
        if (value !== (tenant.settings[name] ?? null)) changes[name] = value
      }
      const path = { tenant: tenant.id }
      if (Object.keys(changes).length) await call(api.PATCH('/v1/admin/tenants/{tenant}', { params: { path }, body: changes }))
      const micro = monthly === '' ? null : Math.round(Number(monthly) * 1e6)
      if (micro !== null && (micro !== before?.monthly || hard !== before?.hard)) await call(api.PUT('/v1/admin/tenants/{tenant}/budget', { params: { path }, body: { monthly: micro, hard } }))
    },
    onSuccess: () => {
      toast('Saved; it holds from the next request on.', { tone: 'good' })
      void client.invalidateQueries({ queryKey: ['console'] })
      onDone()
    },
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={css.form} onSubmit={onSubmit}>
      <TextField label="Budget a month, in dollars" type="number" min={0} step="0.01" inputMode="decimal" required={budgeted} value={monthly} onChange={(event) => setMonthly(event.target.value)} />
      <label className={css.check}>
        <input type="checkbox" checked={hard} onChange={(event) => setHard(event.target.checked)} /> Refuse what goes beyond it (else alerts alone)
      </label>
      <div className={css.two}>
        {(Object.keys(LIMITS) as Limit[]).map((name) => (
          <TextField key={name} label={LIMITS[name]} type="number" min={0} step={1} placeholder="as everywhere" value={limits[name] ?? ''} onChange={(event) => setLimits({ ...limits, [name]: event.target.value })} />
        ))}
      </div>
      {save.error && <Fault error={save.error} />}
      <Actions>
        <Button look="primary" type="submit" busy={save.isPending}>
          Save
        </Button>
      </Actions>
    </form>
  )
}
