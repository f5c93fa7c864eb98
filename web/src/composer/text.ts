/** Edits of the prompt's text that the shot strip and the line list make. Pure; positions are UTF-16 offsets, as JavaScript counts. */
import type { ReadLine, ReadShot } from '../api/contract'

export interface Edit {
  text: string
  /** What should be selected afterwards. */
  select?: [number, number]
}

/** Shortest cut the theatre and the checkpoints can show. */
export const SHORTEST = 0.5

function written(seconds: number): string {
  return String(Number(seconds.toFixed(2)))
}

function marker(start: number, end: number): string {
  return `[${written(start)}-${written(end)}s]`
}

/** Give every shot its times: `bounds` are the starts, then the end of the last. Markers of other forms become `[a-bs]`. */
export function retime(text: string, shots: ReadShot[], bounds: number[]): string {
  let out = text
  for (let at = shots.length - 1; at >= 0; at--) {
    const shot = shots[at]!
    if (!shot.marked) continue
    out = out.slice(0, shot.position) + marker(bounds[at]!, bounds[at + 1]!) + out.slice(shot.position + shot.marker_length)
  }
  return out
}

export function boundsOf(shots: ReadShot[]): number[] {
  return shots.length ? [...shots.map((shot) => shot.start), shots.at(-1)!.end] : []
}

/** Move the cut before shot `at` (1 or more) to `seconds`, as far as its neighbours allow. */
export function moveCut(bounds: number[], at: number, seconds: number): number[] {
  const least = bounds[at - 1]! + SHORTEST
  const most = bounds[at + 1]! - SHORTEST
  const moved = Math.min(Math.max(seconds, least), Math.max(least, most))
  return bounds.map((bound, index) => (index === at ? Number(moved.toFixed(2)) : bound))
}

const FRESH = 'Close-up.'

/** Cut a shot in two at `seconds`; the second begins with words to be written over. */
export function cutShot(text: string, shots: ReadShot[], at: number, seconds: number): Edit {
  const bounds = boundsOf(shots)
  const shot = shots[at]!
  if (!shot.marked) {
    const first = `${marker(0, seconds)} ${text.trim()}\n${marker(seconds, bounds.at(-1)!)} `
    return { text: first + FRESH, select: [first.length, first.length + FRESH.length] }
  }
  const end = shot.position + shot.length
  const before = text.slice(0, end).trimEnd()
  const after = text.slice(end).trimStart()
  const opening = `${before}\n${marker(seconds, shot.end)} `
  const whole = opening + FRESH + (after ? `\n${after}` : '')
  // the markers before the new one may change their length, so they are written after it
  const times = [...bounds.slice(0, at + 1), seconds]
  const retimed = retime(whole, shots.slice(0, at + 1), times)
  const shift = retimed.length - whole.length
  return { text: retimed, select: [opening.length + shift, opening.length + shift + FRESH.length] }
}

/** Take away the cut before shot `at`: its words go on in the shot before. */
export function joinShots(text: string, shots: ReadShot[], at: number): string {
  const bounds = boundsOf(shots)
  const gone = shots[at]!
  const rest = text.slice(gone.position + gone.marker_length).trimStart()
  const joined = `${text.slice(0, gone.position).trimEnd()} ${rest}`
  return retime(joined, shots.slice(0, at), [...bounds.slice(0, at), bounds[at + 1]!])
}

/** The same script in a clip of another length: the last shot gives or takes, and where it cannot, all of them in proportion. */
export function restretch(text: string, shots: ReadShot[], seconds: number): string {
  if (!shots.some((shot) => shot.timed)) return text
  const bounds = boundsOf(shots)
  const last = shots.at(-1)!
  const next = last.start + SHORTEST <= seconds ? [...bounds.slice(0, -1), seconds] : bounds.map((bound) => Math.round(((bound * seconds) / last.end) * 10) / 10)
  return retime(text, shots, next)
}

const TAG = /^\s*(?:\[\s*[^[\]\s]{2,12}\s*\]|\(\s*in\s+[^()\s]{2,12}\s*\))/i
const CLOSERS: Record<string, string> = { '"': '"”', '“': '”"', '„': '“”', '«': '»', '「': '」', '『': '』' }

/** Say in which language a line is spoken: `"Hola" [es]`. The line's place is that of its words, between the quotation marks. */
export function setLanguage(text: string, line: ReadLine, code: string): string {
  const closers = CLOSERS[text[line.position - 1] ?? ''] ?? '"”'
  let close = line.position + line.length
  while (close < text.length && !closers.includes(text[close]!)) close++
  const behind = text.slice(close + 1)
  const tag = TAG.exec(behind)?.[0] ?? ''
  return `${text.slice(0, close + 1)} [${code}]${behind.slice(tag.length)}`
}

/** Put words where the caret is, with the spaces that they need. */
export function insertWords(text: string, at: number, words: string): Edit {
  const before = text.slice(0, at)
  const after = text.slice(at)
  const lead = before && !/[\s([{"“]$/.test(before) ? ' ' : ''
  const trail = after && !/^[\s.,;:!?)\]}"”]/.test(after) ? ' ' : ''
  const end = before.length + lead.length + words.length
  return { text: before + lead + words + trail + after, select: [end + trail.length, end + trail.length] }
}
