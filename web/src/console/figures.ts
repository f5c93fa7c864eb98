/** Dollars as an owner reads them: whole from a thousand on, four decimals below ten cents. */
export function dollars(value: number): string {
  const size = Math.abs(value)
  const places = size >= 1000 ? 0 : size > 0 && size < 0.1 ? 4 : 2
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', minimumFractionDigits: Math.min(2, places), maximumFractionDigits: places }).format(value)
}

/** A number with so many decimals at most; – where there is none. */
export function digits(value: number | null, places = 1): string {
  return value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: places })
}

/** With just so many decimals. */
export const at = (value: number, places: number) => value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places })

/** Micro-dollars at an axis; the digits are those of micro-dollars. */
export function axisDollars(micro: number, places: number): string {
  const shown = at(micro / 1_000_000, Math.min(6, places + 6)).replace(/0+$/, '')
  return `$${shown.replace(/\.$/, '').replace(/(\.\d)$/, '$10')}`
}
