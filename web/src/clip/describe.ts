import type { Generation } from '../api/contract'
import { money, seconds } from '../ui'

/** A setting of a clip in words, for the page, the library's card and the comparison. */
export interface Setting {
  key: string
  label: string
  value: string
  /** What a copy button copies, where that differs from what is shown. */
  copy?: string
}

export const TASKS: Record<string, string> = { generate: 'New clip', edit: 'Edit of a clip', extend: 'Extension of a clip' }

/** Everything a clip was asked with, and what it became. */
export function settingsOf(one: Generation): Setting[] {
  const result = (one.result ?? {}) as { width?: number; height?: number; native_size?: [number, number]; frames?: number; details?: { model_version?: string } }
  const native = result.native_size
  const made = result.width && result.height ? `${result.width} × ${result.height}` : null
  const drawn = native && made && `${native[0]} × ${native[1]}` !== made ? `, composed at ${native[0]} × ${native[1]}` : ''
  const list: (Setting | null)[] = [
    { key: 'engine', label: 'Engine', value: one.model === one.engine ? one.engine : `${one.engine} (asked as ${one.model})` },
    { key: 'task', label: 'Task', value: TASKS[one.task] ?? one.task },
    { key: 'seed', label: 'Seed', value: String(one.seed) },
    { key: 'duration', label: 'Duration', value: seconds(one.duration) + (result.frames ? `, ${result.frames} frames` : '') },
    { key: 'ratio', label: 'Ratio', value: one.ratio },
    { key: 'resolution', label: 'Resolution', value: one.resolution },
    made ? { key: 'size', label: 'Picture', value: made + drawn } : null,
    { key: 'sound', label: 'Sound', value: one.sound ? 'With sound' : 'Silent' },
    one.steps != null ? { key: 'steps', label: 'Steps', value: String(one.steps) } : null,
    one.guidance != null ? { key: 'guidance', label: 'Guidance', value: String(one.guidance) } : null,
    one.edit_strength != null ? { key: 'edit_strength', label: 'Edit strength', value: String(one.edit_strength) } : null,
    one.references.length ? { key: 'references', label: 'References', value: one.references.map(referenceWords).join('; ') } : null,
    { key: 'cost', label: 'Cost', value: money(one.cost.settled ?? one.cost.reserved) },
    one.started && one.finished ? { key: 'took', label: 'Took', value: seconds(Math.max(0, one.finished - one.started)) } : null,
  ]
  return list.filter((each) => each !== null)
}

export function referenceWords(reference: Record<string, unknown>): string {
  const name = reference.name ? `@${String(reference.name)} ` : ''
  const role = String(reference.role ?? 'reference').replaceAll('_', ' ')
  const strength = typeof reference.strength === 'number' && reference.strength !== 1 ? ` at ${reference.strength}` : ''
  return `${name}${String(reference.kind)} as ${role}${strength}`
}

export const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'expired', 'unknown_outcome', 'crashed', 'removed'])

export function running(one: { state: string }): boolean {
  return !ENDED.has(one.state)
}

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'note' | 'amber'

/** A state in a word or two, its colour, and a sentence that says what it means for its owner. */
export const STATES: Record<string, { word: string; tone: Tone; says: string }> = {
  queued: { word: 'Waiting', tone: 'note', says: 'It waits for its turn.' },
  running: { word: 'In the making', tone: 'amber', says: 'It is being made.' },
  review: { word: 'In review', tone: 'warn', says: 'It waits for an answer before it goes on. Nothing is lost.' },
  succeeded: { word: 'Ready', tone: 'good', says: 'It is finished.' },
  failed: { word: 'Failed', tone: 'bad', says: 'It could not be made.' },
  cancelled: { word: 'Cancelled', tone: 'plain', says: 'It was stopped before it was finished.' },
  expired: { word: 'Expired', tone: 'plain', says: 'It was not begun in the time it was given.' },
  unknown_outcome: { word: 'Outcome unknown', tone: 'warn', says: 'The engine did not answer. A person finds out what became of it; you are not billed twice.' },
  crashed: { word: 'Gave up', tone: 'bad', says: 'Its process broke down again and again. It costs nothing; other words or another engine may do.' },
  removed: { word: 'Removed', tone: 'bad', says: 'Its files are gone.' },
}

export const STEPS: Record<string, string> = {
  fetch_references: 'Fetching references',
  admit: 'Checking the request',
  reserve_cost: 'Reserving its cost',
  route: 'Choosing an engine',
  generate: 'Making picture and sound',
  release: 'Checking the clip',
  package: 'Packing it for players',
  sign: 'Signing it',
  store: 'Storing it',
  settle_cost: 'Settling its cost',
  notify: 'Handing it over',
}

export function stepWords(step: string): string {
  return STEPS[step] ?? (step ? step.replaceAll('_', ' ') : 'Waiting for its turn')
}

/** A message of the service as a sentence. */
export function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?。]$/.test(upper) ? upper : `${upper}.`
}
