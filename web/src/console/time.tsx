import { useEffect, useState } from 'react'

/** The time of day in UTC seconds, kept up as often as asked. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(() => Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}

/** How long until something is due: "due in 5 h", "overdue by 20 min". */
export function due(utc: number, now: number): { text: string; late: boolean; soon: boolean } {
  const rest = utc - now
  const size = Math.abs(rest)
  const text = size < 3600 ? `${Math.max(1, Math.round(size / 60))} min` : size < 2 * 86_400 ? `${Math.round(size / 3600)} h` : `${Math.round(size / 86_400)} days`
  return { text: rest < 0 ? `overdue by ${text}` : `due in ${text}`, late: rest < 0, soon: rest < 4 * 3600 }
}

export function minutes(rest: number): string {
  const whole = Math.max(0, Math.floor(rest))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

export function day(utc: number | null): string {
  return utc === null ? '–' : new Date(utc * 1000).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })
}
