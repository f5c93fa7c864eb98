import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { Fault, money, Segments, Skeleton } from '../ui'
import { at, axisDollars } from './figures'
import css from './console.module.css'

type Series = components['schemas']['Series']
const Chart = lazy(() => import('./Chart'))
const SPANS = { '1': { hours: 1, step: 30, label: '1 hour' }, '6': { hours: 6, step: 120, label: '6 hours' }, '24': { hours: 24, step: 300, label: 'A day' }, '168': { hours: 168, step: 3600, label: 'A week' } } as const
type Span = keyof typeof SPANS

interface Panel {
  title: string
  says: string
  lines: { label: string; colour: string; values: (series: Series) => (number | null)[] }[]
  show: (value: number) => string
  /** The same at the axis, where the title has said what it is, with so many digits. */
  tick: (value: number, digits: number) => string
  whole?: boolean
  bars?: boolean
}

const number = (digits: number) => (value: number) => value.toLocaleString('en', { maximumFractionDigits: digits })
const duration = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`)

const PANELS: Panel[] = [
  {
    title: 'From submit to published',
    says: 'generation_latency_ms, clips no person had to look at',
    lines: [
      { label: 'Half are faster than', colour: '--accent', values: (series) => series.generation_latency_ms.p50 },
      { label: '95 % are faster than', colour: '--note', values: (series) => series.generation_latency_ms.p95 },
    ],
    show: duration,
    tick: (ms, digits) => (ms < 1000 ? `${at(ms, digits)} ms` : `${at(ms / 1000, Math.min(3, digits + 3)).replace(/\.?0+$/, '')} s`),
  },
  { title: 'Failed', says: 'job_error_rate_pct, for no fault of the caller', lines: [{ label: 'Failed', colour: '--bad', values: (series) => series.job_error_rate_pct }], show: (value) => `${number(1)(value)} %`, tick: (value, digits) => `${at(value, digits)} %` },
  { title: 'Published', says: 'publish_rate_per_min', lines: [{ label: 'A minute', colour: '--good', values: (series) => series.publish_rate_per_min }], show: (value) => `${number(2)(value)} a minute`, tick: at },
  { title: 'Waiting to begin', says: 'queue_depth', lines: [{ label: 'Jobs', colour: '--accent', values: (series) => series.queue_depth }], show: number(0), tick: at, whole: true },
  { title: 'Waiting for a person', says: 'moderation_queue_count', lines: [{ label: 'Cases', colour: '--note', values: (series) => series.moderation_queue_count }], show: number(0), tick: at, whole: true },
  { title: 'Settled cost', says: 'cost, in each step', lines: [{ label: 'Cost', colour: '--good', values: (series) => series.cost }], show: (value) => (value ? money(value) : '$0'), tick: axisDollars, bars: true },
]

/** The mission's figures over time, as the service counts them. */
export default function Metrics() {
  const [span, setSpan] = useState<Span>('6')
  const { hours, step } = SPANS[span]
  const series = useQuery({
    queryKey: ['console', 'series', span],
    queryFn: () => call(api.GET('/v1/admin/series', { params: { query: { hours, step } } })),
    refetchInterval: span === '1' ? 5000 : 20_000,
    placeholderData: (before) => before,
  })
  return (
    <div className={css.wide}>
      <header className={css.partHead}>
        <h1>Metrics</h1>
        <Segments bare label="Over the past" value={span} onPick={setSpan} options={(Object.keys(SPANS) as Span[]).map((value) => ({ value, label: SPANS[value].label }))} />
      </header>
      {series.error && <Fault error={series.error} again={() => void series.refetch()} />}
      <div className={css.charts}>
        {PANELS.map((panel) => (
          <figure key={panel.title} className={css.chart}>
            <figcaption>
              <h2>{panel.title}</h2>
              <p className="quiet small">{panel.says}</p>
            </figcaption>
            {series.data ? (
              <>
                <Now panel={panel} series={series.data} />
                <Suspense fallback={<Skeleton height={180} />}>
                  <Chart
                    label={`${panel.title}: ${summary(panel, series.data)}`}
                    times={series.data.t}
                    lines={panel.lines.map((line) => ({ label: line.label, colour: line.colour, values: line.values(series.data) }))}
                    show={panel.show}
                    tick={panel.tick}
                    whole={panel.whole}
                    bars={panel.bars}
                  />
                </Suspense>
              </>
            ) : (
              <Skeleton height={230} />
            )}
          </figure>
        ))}
      </div>
      <p className="quiet small">
        The same figures for Prometheus stand at <code>/metrics</code>.
      </p>
    </div>
  )
}

function Now({ panel, series }: { panel: Panel; series: Series }) {
  return (
    <p className={css.now}>
      {panel.lines.map((line) => {
        const values = line.values(series)
        const last = values.findLast((value) => value !== null)
        return (
          <span key={line.label}>
            {panel.lines.length > 1 && <i style={{ background: `var(${line.colour})` }} aria-hidden />}
            <strong className="numbers">{last == null ? '–' : panel.show(last)}</strong>
            {panel.lines.length > 1 && <span className="quiet small"> {line.label.toLowerCase()}</span>}
          </span>
        )
      })}
    </p>
  )
}

/** What a chart shows, for those who do not see it. */
function summary(panel: Panel, series: Series): string {
  return panel.lines
    .map((line) => {
      const known = line.values(series).filter((value) => value !== null)
      if (!known.length) return `${line.label}: nothing in this time`
      return `${line.label}: now ${panel.show(known.at(-1)!)}, least ${panel.show(Math.min(...known))}, most ${panel.show(Math.max(...known))}`
    })
    .join('; ')
}
