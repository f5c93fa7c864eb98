import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useStore } from '../api/store'
import { theme } from '../shell/theme'
import css from './console.module.css'

interface Line {
  label: string
  /** A token of the theme, such as --accent. */
  colour: string
  values: (number | null)[]
}

interface ChartOf {
  label: string
  times: number[]
  lines: Line[]
  show: (value: number) => string
  /** A value at the axis, with as many digits as tell it from its neighbours. */
  tick: (value: number, digits: number) => string
  /** Counts of things: no value at the axis lies between two of them. */
  whole?: boolean
  bars?: boolean
  /** How far the axis goes where there is nothing but noughts; 1 of the values' unit. */
  least?: number
  /** A value a day: what is pointed at is named by its date. */
  daily?: boolean
}

const WHOLE = [1, 2, 5].flatMap((first) => Array.from({ length: 9 }, (_, zeros) => first * 10 ** zeros)).sort((a, b) => a - b)

/** Decimals that say values at the axis exactly that lie `step` from each other: two for 0.25. */
function digitsOf(step: number): number {
  let digits = 0
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++
  return digits
}

/** Lines over time. Comes lazily with uPlot; the colours follow the theme. */
export default function Chart({ label, times, lines, show, tick, whole, bars, least = 1, daily }: ChartOf) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  const look = useStore(theme)
  const data: UPlot.AlignedData = [times, ...lines.map((line) => line.values)]
  const latest = useRef(data)
  latest.current = data
  const names = lines.map((line) => `${line.label} ${line.colour}`).join()

  useEffect(() => {
    const element = box.current
    if (!element) return
    const colour = (token: string) => resolve(element, token)
    const ink = colour('--ink-faint')
    const axis = { stroke: ink, grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: `11px ${getComputedStyle(element).fontFamily}` }
    const made = new UPlot(
      {
        width: element.clientWidth,
        height: 180,
        padding: [10, 8, 0, 0],
        legend: { show: false },
        cursor: { points: { size: 7 }, drag: { x: false, y: false } },
        scales: { y: { range: (_plot, _least, most) => [0, Math.max(most * 1.12, most > 0 && !whole ? 0 : least)] } },
        axes: [
          { ...axis, space: 70, values: [[86_400, '{D} {MMM}', null, null, null, null, null, null, 1], [60, '{HH}:{mm}', '\n{D} {MMM}', null, null, null, null, null, 1], [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]] },
          {
            ...axis,
            size: 66,
            ...(whole && { incrs: WHOLE }),
            values: (_plot, splits) => splits.map((split) => (split === 0 ? '0' : tick(split, digitsOf(splits.length > 1 ? splits[1]! - splits[0]! : split)))),
          },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: colour(line.colour),
            width: 2,
            fill: lines.length === 1 ? `${colour(line.colour).replace(')', ' / 14%)')}` : undefined,
            spanGaps: true,
            points: { size: 4, fill: colour(line.colour) },
            ...(bars && UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.7, 40] }), points: { show: false } }),
          })),
        ],
        plugins: [tooltip(show, daily)],
      },
      latest.current,
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(([entry]) => made.setSize({ width: entry!.contentRect.width, height: 180 }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
    // the lines' names say when the chart is another one; their values are set below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [look, names, bars, whole])

  useEffect(() => plot.current?.setData(latest.current), [times, lines])

  return <div ref={box} className={css.plot} role="img" aria-label={label} />
}

/** A token as a colour a canvas understands, in the theme that holds. */
function resolve(element: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  element.append(probe)
  const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g) ?? ['0', '0', '0']
  probe.remove()
  return `rgb(${r} ${g} ${b})`
}

function tooltip(show: (value: number) => string, daily?: boolean): UPlot.Plugin {
  const tip = document.createElement('div')
  tip.className = css.tip ?? ''
  tip.hidden = true
  return {
    hooks: {
      init: (plot) => plot.over.append(tip),
      setCursor: (plot) => {
        const at = plot.cursor.idx
        tip.hidden = at == null
        if (at == null) return
        const when = new Date(plot.data[0][at]! * 1000).toLocaleString('en', daily ? { day: 'numeric', month: 'short' } : { weekday: 'short', hour: '2-digit', minute: '2-digit' })
        const values = plot.series.slice(1).map((_, index) => plot.data[index + 1]?.[at])
        tip.textContent = `${when}  ${values.map((value) => (value == null ? '–' : show(value))).join('  ')}`
        const left = plot.cursor.left ?? 0
        tip.style.left = `${left > plot.over.clientWidth / 2 ? left - tip.offsetWidth - 12 : left + 12}px`
      },
    },
  }
}
