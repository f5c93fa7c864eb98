/** How long until a moment in the future: "in 3 days", "in 20 minutes". */
export function left(utc: number, now = Date.now() / 1000): string {
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
  const rest = utc - now
  if (rest < 60) return 'within a minute'
  if (rest < 3600) return words.format(Math.round(rest / 60), 'minute')
  if (rest < 2 * 86_400) return words.format(Math.round(rest / 3600), 'hour')
  return words.format(Math.round(rest / 86_400), 'day')
}
