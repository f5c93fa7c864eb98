import { Store } from '../api/store'

type Theme = 'light' | 'dark'
const KEY = 'phonofilm.theme'
const system = matchMedia('(prefers-color-scheme: dark)')

function current(): Theme {
  return (document.documentElement.dataset.theme as Theme | undefined) ?? (system.matches ? 'dark' : 'light')
}

export const theme = new Store<Theme>(current())
system.addEventListener('change', () => theme.set(current()))

export function flip(): void {
  const next = theme.get() === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset.theme = next
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // not kept where storage is closed
  }
  theme.set(next)
}
