import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { Badge, Fault, Notice, Segments, Select, Skeleton } from '../ui'
import { axisDollars, digits, dollars } from './figures'
import Income from './Income'
import css from './console.module.css'

type Numbers = components['schemas']['OwnerNumbers']
type Tally = components['schemas']['Tally']
const Chart = lazy(() => import('./Chart'))
const SPANS = [7, 30, 90] as const
type Span = `${(typeof SPANS)[number]}`
const OUTCOMES = [
  { name: 'made', says: 'Made', colour: '--good' },
  { name: 'blocked', says: 'Blocked', colour: '--warn' },
  { name: 'failed', says: 'Failed', colour: '--bad' },
  { name: 'dropped', says: 'Dropped', colour: '--ink-faint' },
  { name: 'open', says: 'Open', colour: '--accent' },
] as const
const COLOURS = ['--accent', '--note', '--good', '--warn', '--bad', '--ink-faint']

/** Micro-dollars of one generation. */
const each = (micro: number | null) => (micro === null ? '–' : dollars(micro / 1e6))

/** What the owner wants to know: the service counts it, here it is only shown. */
export default function NumbersPage() {
  const [span, setSpan] = useState<Span>('30')
  const days = Number(span)
  const numbers = useQuery({
    queryKey: ['console', 'numbers', days],
    queryFn: () => call(api.GET('/v1/admin/numbers', { params: { query: { days } } })),
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  })
  return (
    <div className={css.wide}>
      <header className={css.partHead}>
        <div>
          <h1>Numbers</h1>
          <p className="quiet small">Counts alone, nobody is named. Of the generations asked for on each UTC day; today as far as it has come.</p>
        </div>
        <Segments bare label="Over the past" value={span} onPick={setSpan} options={SPANS.map((one) => ({ value: `${one}` as Span, label: `${one} days` }))} />
      </header>
      {numbers.error && <Fault error={numbers.error} again={() => void numbers.refetch()} />}
      {numbers.data ? <Shown numbers={numbers.data} /> : numbers.isPending && <Skeleton height={420} style={{ borderRadius: 16 }} />}
      <Income days={days} />
    </div>
  )
}

function Shown({ numbers }: { numbers: Numbers }) {
  const { cost, moderation, publish, active_users: users } = numbers
  return (
    <>
      {cost.alert && (
        <Notice tone="warn">
          A generation costs {each(cost.per_generation)}, {digits(cost.percent_of_cap, 0)} % of its cap of {each(cost.cap)}: more than 120 %.
        </Notice>
      )}
      <dl className={css.figures}>
        <Figure name="Active users" value={digits(users.month, 0)} says={`in 30 days; ${digits(users.week, 0)} in 7, ${digits(users.day, 0)} today`} />
        <Figure name="Generations" value={digits(numbers.generations.asked, 0)} says={`${digits(numbers.generations.made, 0)} made into clips`} />
        <Figure
          name="Cost of a generation"
          value={each(cost.per_generation)}
          says={cost.cap === null ? 'yesterday and today; no cap is set (cost_cap)' : `yesterday and today; ${digits(cost.percent_of_cap, 0)} % of the cap of ${each(cost.cap)}`}
          badge={cost.alert && <Badge tone="bad">above 120 %</Badge>}
        />
        <Figure
          name="Moderation, of a thousand"
          value={digits(moderation.per_thousand.blocked)}
          says={`blocked; ${digits(moderation.per_thousand.held)} held for a person, ${digits(moderation.per_thousand.appealed)} appealed`}
        />
        <Figure
          name="Publish rate"
          value={publish.percent === null ? '–' : `${digits(publish.percent)} %`}
          says={`of ${digits(publish.there, 0)} clips that are there: ${publish.kept} kept, ${publish.shared} shared, ${publish.continued} continued`}
        />
        <Figure name="Conversion" value="not known" says="nothing here sees visitors or payments; below it is assumed" />
      </dl>
      <Charts numbers={numbers} />
      <Engines numbers={numbers} />
    </>
  )
}

function Figure({ name, value, says, badge }: { name: string; value: string; says: string; badge?: ReactNode }) {
  return (
    <div className={css.figure}>
      <dt>{name}</dt>
      <dd>
        <strong className="numbers">{value}</strong> {badge}
        <p className="quiet small">{says}</p>
      </dd>
    </div>
  )
}

interface Line {
  label: string
  colour: string
  values: (number | null)[]
}

function Charts({ numbers }: { numbers: Numbers }) {
  const [engine, setEngine] = useState('')
  const names = numbers.engines.map((one) => one.engine)
  const chosen = names.includes(engine) ? engine : ''
  const tallies = numbers.days.map((day): Tally | undefined => (chosen ? day.engines.find((one) => one.engine === chosen) : day))
  const times = numbers.days.map((day) => new Date(`${day.date}T00:00:00`).getTime() / 1000)
  const cap = numbers.cost.cap
  const charts: { title: string; says: string; lines: Line[]; show: (value: number) => string; tick: (value: number, places: number) => string; whole?: boolean; least?: number; choice?: ReactNode }[] = [
    {
      title: 'Generations a day',
      says: 'by what became of them',
      lines: OUTCOMES.map(({ name, says, colour }) => ({ label: says, colour, values: tallies.map((one) => one?.[name] ?? 0) })),
      show: (value) => digits(value, 0),
      tick: digits,
      whole: true,
      choice: <Select label="Engine" bare value={chosen} onPick={setEngine} options={[{ value: '', label: 'All engines' }, ...names.map((name) => ({ value: name, label: name }))]} />,
    },
    { title: 'Users a day', says: 'who asked for a generation', lines: [{ label: 'Users', colour: '--accent', values: numbers.days.map((day) => day.users) }], show: (value) => digits(value, 0), tick: digits, whole: true },
    {
      title: 'Cost of a generation',
      says: 'settled on the day, for each clip made, failures included',
      lines: [{ label: 'Cost', colour: '--good', values: numbers.days.map((day) => day.cost_per_generation) }, ...(cap === null ? [] : [{ label: 'Cap', colour: '--bad', values: numbers.days.map(() => cap) }])],
      show: each,
      tick: axisDollars,
      least: 10_000,
    },
    {
      title: 'Made a day, by engine',
      says: 'clips published',
      lines: names.map((name, number) => ({ label: name, colour: COLOURS[number % COLOURS.length]!, values: numbers.days.map((day) => day.engines.find((one) => one.engine === name)?.made ?? 0) })),
      show: (value) => digits(value, 0),
      tick: digits,
      whole: true,
    },
  ]
  return (
    <div className={css.charts}>
      {charts.map((chart) => (
        <figure key={chart.title} className={css.chart}>
          <figcaption className={css.partHead}>
            <div>
              <h2>{chart.title}</h2>
              <p className="quiet small">{chart.says}</p>
            </div>
            {chart.choice}
          </figcaption>
          <p className={css.now}>
            {chart.lines.map((line) => (
              <span key={line.label}>
                <i style={{ background: `var(${line.colour})` }} aria-hidden />
                <span className="quiet small">{line.label}</span>
                <strong className="numbers">{line.values.at(-1) == null ? '–' : chart.show(line.values.at(-1)!)}</strong>
              </span>
            ))}
          </p>
          <Suspense fallback={<Skeleton height={180} />}>
            <Chart label={`${chart.title}: ${chart.lines.map((line) => said(line, chart.show)).join('; ') || 'nothing yet'}`} times={times} lines={chart.lines} show={chart.show} tick={chart.tick} whole={chart.whole} least={chart.least} daily />
          </Suspense>
        </figure>
      ))}
    </div>
  )
}

/** What a line shows, for those who do not see it. */
function said(line: Line, show: (value: number) => string): string {
  const known = line.values.filter((value) => value !== null)
  if (!known.length) return `${line.label}: nothing in this time`
  return `${line.label}: today ${line.values.at(-1) == null ? 'nothing' : show(line.values.at(-1)!)}, least ${show(Math.min(...known))}, most ${show(Math.max(...known))}`
}

function Engines({ numbers }: { numbers: Numbers }) {
  if (!numbers.engines.length) return null
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Generations by engine">
      <table className={`${css.table} ${css.stack}`}>
        <thead>
          <tr>
            <th scope="col">Engine</th>
            {OUTCOMES.map((one) => (
              <th key={one.name} scope="col">
                {one.says}
              </th>
            ))}
            <th scope="col">Cost</th>
            <th scope="col">Each clip</th>
          </tr>
        </thead>
        <tbody>
          {numbers.engines.map((one) => (
            <tr key={one.engine}>
              <th scope="row">{one.engine}</th>
              {OUTCOMES.map(({ name, says }) => (
                <td key={name} data-column={says} className="numbers">
                  {digits(one[name], 0)}
                </td>
              ))}
              <td data-column="Cost" className="numbers">
                {dollars(one.cost / 1e6)}
              </td>
              <td data-column="Each clip" className="numbers">
                {each(one.cost_per_generation)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
