import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { Button, Fault, Skeleton, TextField } from '../ui'
import { digits, dollars } from './figures'
import css from './console.module.css'

type Inputs = components['schemas']['IncomeInputs']
type Name = keyof Inputs
const FIELDS: { name: Name; label: string }[] = [
  { name: 'users', label: 'Users a month' },
  { name: 'price', label: 'Price a month, dollars' },
  { name: 'free_generations', label: 'Generations a month, of a user who does not pay' },
  { name: 'paid_generations', label: 'Generations a month, of a payer' },
  { name: 'cost_per_generation', label: 'Cost of a generation, dollars' },
  { name: 'cost_cap', label: 'Its cap, dollars; 0: none' },
  { name: 'fee_percent', label: 'Payment fee, per cent' },
  { name: 'fee_fixed', label: 'Payment fee besides, dollars' },
  { name: 'fixed_costs', label: 'Fixed costs a month, dollars' },
]
const PAUSE = 300

/** What a month would bring. The service works it out; here inputs are changed and its answer is shown. */
export default function Income({ days }: { days: number }) {
  const [typed, setTyped] = useState<Partial<Record<Name, string>>>({})
  const given = useSettled(typed)
  const income = useQuery({
    queryKey: ['console', 'income', days, given],
    queryFn: () => call(api.GET('/v1/admin/income', { params: { query: { days, ...given } } })),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const shown = income.data
  return (
    <section className={css.section} aria-labelledby="income">
      <div className={css.partHead}>
        <div>
          <h2 id="income">What a month would bring</h2>
          <p className="quiet small">A model, no forecast: who pays is not known here. Change what you know better.</p>
        </div>
        {Object.keys(typed).length > 0 && (
          <Button small onClick={() => setTyped({})}>
            As measured and assumed
          </Button>
        )}
      </div>
      {income.error && <Fault error={income.error} />}
      {!shown && income.isPending && <Skeleton height={240} style={{ borderRadius: 16 }} />}
      {shown && (
        <>
          <div className={css.inputs}>
            {FIELDS.map(({ name, label }) => (
              <TextField
                key={name}
                label={label}
                hint={shown.sources[name]}
                type="number"
                inputMode="decimal"
                min={0}
                step="any"
                value={typed[name] ?? String(shown.inputs[name])}
                onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
              />
            ))}
          </div>
          <div className={css.scroll} tabIndex={0} role="region" aria-label="Income by conversion">
            <table className={`${css.table} ${css.stack}`} aria-busy={income.isPlaceholderData}>
              <thead>
                <tr>
                  <th scope="col">Conversion</th>
                  <th scope="col">Payers</th>
                  <th scope="col">Revenue</th>
                  <th scope="col">Fees</th>
                  <th scope="col">Generations cost</th>
                  <th scope="col">Profit</th>
                  <th scope="col">Margin</th>
                  {shown.inputs.cost_cap > 0 && <th scope="col">Profit at 120 % of the cap</th>}
                </tr>
              </thead>
              <tbody>
                {shown.rows.map((row) => (
                  <tr key={row.conversion}>
                    <th scope="row">{digits(row.conversion, 2)} %</th>
                    <td data-column="Payers" className="numbers">
                      {digits(row.payers, 0)}
                    </td>
                    <td data-column="Revenue" className="numbers">
                      {dollars(row.revenue)}
                    </td>
                    <td data-column="Fees" className="numbers">
                      {dollars(row.fees)}
                    </td>
                    <td data-column="Generations cost" className="numbers">
                      {dollars(row.making)}
                    </td>
                    <td data-column="Profit" className="numbers">
                      <strong>{dollars(row.profit)}</strong>
                    </td>
                    <td data-column="Margin" className="numbers">
                      {row.margin === null ? '–' : `${digits(row.margin)} %`}
                    </td>
                    {shown.inputs.cost_cap > 0 && (
                      <td data-column="Profit at 120 % of the cap" className="numbers">
                        {row.at_alert === null ? '–' : dollars(row.at_alert)}
                      </td>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p aria-live="polite">{shown.break_even === null ? 'No conversion is enough: each payer costs more than he brings, or all of them together do not pay for the rest.' : `Nothing is lost from ${digits(shown.break_even, 2)} % conversion on.`}</p>
        </>
      )}
    </section>
  )
}

/** What was typed, as numbers, once nobody has typed for a moment; what is no number is as if it were not there. */
function useSettled(typed: Partial<Record<Name, string>>): Partial<Inputs> {
  const [settled, setSettled] = useState<Partial<Inputs>>({})
  useEffect(() => {
    const numbers = Object.entries(typed).filter(([, text]) => text.trim() !== '' && Number.isFinite(Number(text)))
    const timer = setTimeout(() => setSettled(Object.fromEntries(numbers.map(([name, text]) => [name, Number(text)]))), PAUSE)
    return () => clearTimeout(timer)
  }, [typed])
  return settled
}
