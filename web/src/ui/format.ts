/** Numbers as people read them. */

/** 1,000,000 micro-dollars are a dollar. */
export function money(micro: number): string {
  if (micro === 0) return 'Free'
  const dollars = micro / 1_000_000
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: dollars < 0.1 ? 4 : 2 }).format(dollars)
}

/** A wait, roughly: nobody wants to read 63.4 s. */
export function wait(seconds: number): string {
  if (seconds < 1.5) return 'about a second'
  if (seconds < 60) return `about ${Math.round(seconds)} s`
  if (seconds < 3600) return `about ${Math.round(seconds / 60)} min`
  return `about ${(seconds / 3600).toFixed(1)} h`
}

/** 0:07.5 — a place in a clip. */
export function clock(seconds: number, decimals = 1): string {
  const minutes = Math.floor(seconds / 60)
  const rest = (seconds - minutes * 60).toFixed(decimals)
  return `${minutes}:${rest.padStart(decimals ? decimals + 3 : 2, '0')}`
}

/** 2.5 s without superfluous zeros. */
export function seconds(value: number): string {
  return `${Number(value.toFixed(2))} s`
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let at = -1
  let left = value
  do {
    left /= 1000
    at++
  } while (left >= 999.5 && at < units.length - 1)
  return `${left < 10 ? left.toFixed(1) : Math.round(left)} ${units[at]}`
}

/** UTC seconds as "3 min ago", "yesterday" or a date. */
export function ago(utc: number, now = Date.now() / 1000): string {
  const past = now - utc
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  if (past < 45) return 'just now'
  if (past < 3600) return words.format(-Math.round(past / 60), 'minute')
  if (past < 86_400) return words.format(-Math.round(past / 3600), 'hour')
  if (past < 7 * 86_400) return words.format(-Math.round(past / 86_400), 'day')
  return new Date(utc * 1000).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' })
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
