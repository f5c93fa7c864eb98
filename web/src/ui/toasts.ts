import { Store } from '../api/store'
import { asApiError } from '../api/errors'

export interface Toast {
  id: number
  tone: 'good' | 'bad' | 'note'
  text: string
  action?: { label: string; run: () => void }
}

export const toasts = new Store<Toast[]>([])
let next = 1

/** Say something in the corner for a while. Errors stay until they are closed. */
export function toast(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
  const made: Toast = { id: next++, tone: options.tone ?? 'note', text, action: options.action }
  toasts.update((all) => [...all.filter((one) => one.text !== text).slice(-3), made])
  if (made.tone !== 'bad') setTimeout(() => closeToast(made.id), made.action ? 10_000 : 5_000)
}

export function toastError(thrown: unknown): void {
  const error = asApiError(thrown)
  if (!error.offline) toast(error.message, { tone: 'bad' }) // the banner speaks for a lost connection
}

export function closeToast(id: number): void {
  toasts.update((all) => all.filter((one) => one.id !== id))
}
