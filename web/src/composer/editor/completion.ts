/** What could be meant by what was just typed: references after @, times and languages after [, words of the theatre after three letters. */
import type { Reading, Vocabulary } from '../../api/contract'

export interface Completion {
  label: string
  /** A word on the right: what kind of thing it is. */
  about: string
  /** What replaces the typed part; a `|` is where the caret goes. Null: `id` says what to do. */
  insert: string
  id?: string
  icon?: 'image' | 'video' | 'audio' | 'add' | 'camera' | 'speaker' | 'shot' | 'language' | 'word'
}

export interface Offer {
  /** Characters before the caret that are replaced. */
  typed: number
  items: Completion[]
  /** Was it called for by a sign (@ or [)? Then Enter takes the first; a plain word never takes Enter from the writer. */
  asked: boolean
}

export interface Known {
  references: { name: string; kind: 'image' | 'video' | 'audio'; file: string }[]
  vocabulary: Vocabulary | null
  reading: Reading | null
  duration: number
}

export const ADD_REFERENCE = 'add-reference'
const MOST = 12
const PERSONS = 'girl boy woman man child narrator'.split(' ')

/** `line`: the line up to the caret; `before`: all text up to the caret. */
export function offer(line: string, before: string, after: string, known: Known): Offer | null {
  const mention = /(?:^|[^\w@])@(\w*)$/.exec(line)
  if (mention) return mentions(mention[1]!, known)
  const bracket = /\[([^[\]]*)$/.exec(line)
  if (bracket) return brackets(bracket[1]!, line.slice(0, -bracket[0].length), before.slice(0, before.length - bracket[0].length), after, known)
  if (/^\w/.test(after) || quoted(before)) return null
  return plain(line, known)
}

function mentions(typed: string, { references }: Known): Offer {
  const query = typed.toLowerCase()
  const items: Completion[] = references
    .filter((one) => one.name.toLowerCase().includes(query) || one.file.toLowerCase().includes(query))
    .map((one) => ({ label: `@${one.name}`, about: one.file || one.kind, insert: `@${one.name} `, icon: one.kind }))
  items.push({ label: 'Add a file…', about: 'picture, clip or sound', insert: '', id: ADD_REFERENCE, icon: 'add' })
  return { typed: typed.length + 1, items, asked: true }
}

function brackets(typed: string, lineBefore: string, before: string, after: string, { vocabulary, duration }: Known): Offer | null {
  const close = after.startsWith(']') ? '' : ']'
  if (/["”」』»]\s*$/.test(lineBefore)) {
    const items = (vocabulary?.languages ?? [])
      .filter((one) => one.code.startsWith(typed.toLowerCase()) || one.name.toLowerCase().startsWith(typed.toLowerCase()))
      .map((one): Completion => ({ label: `[${one.code}]`, about: `spoken in ${one.name}`, insert: `[${one.code}${close} `, icon: 'language' }))
    return items.length ? { typed: typed.length + 1, items, asked: true } : null
  }
  if (typed && !/^[\d.]+$/.test(typed)) return null
  const ends = [...before.matchAll(/\[\s*[\d.:]+\s*s?\s*[-–]\s*([\d.]+)\s*s?\s*\]/g)]
  const start = ends.length ? Number(ends.at(-1)![1]) : 0
  const times = (start < duration - 0.4 ? [duration, start + 2, start + 3] : []).filter((end, index, all) => end <= duration && all.indexOf(end) === index)
  const items = times
    .map((end) => `${start}-${Number(end.toFixed(2))}s`)
    .filter((span) => span.startsWith(typed))
    .map((span): Completion => ({ label: `[${span}]`, about: span.endsWith(`-${duration}s`) ? 'to the end' : 'a shot', insert: `[${span}${close} `, icon: 'shot' }))
  return items.length ? { typed: typed.length + 1, items, asked: true } : null
}

function plain(line: string, { vocabulary, reading }: Known): Offer | null {
  if (!vocabulary) return null
  const found: (Completion & { typed: number })[] = []
  const add = (item: Completion, typed: number) => {
    if (found.length < MOST && !found.some((one) => one.insert === item.insert)) found.push({ ...item, typed })
  }
  const words = /([A-Za-z][A-Za-z' -]*)$/.exec(line)?.[1] ?? ''
  const last = /([A-Za-z]+)$/.exec(line)?.[1] ?? ''
  if (last.length < 3) return null
  const start = line.length === last.length || /[.!?]\s+$/.test(line.slice(0, -last.length))
  if (start && line.length === last.length) {
    const speakers = new Set([...(reading?.shots.flatMap((shot) => shot.lines.map((one) => one.speaker)) ?? []), ...PERSONS])
    for (const speaker of speakers) if (begins(speaker, last)) add({ label: `${speaker}: “…”`, about: 'says', insert: `${speaker}: "|"`, icon: 'speaker' }, last.length)
  }
  for (const tail of tails(words)) {
    // every move once before any of them a second time
    for (let way = 0; way < 4; way++)
      for (const camera of vocabulary.cameras) {
        const phrase = camera.words[way]
        if (phrase && begins(phrase, tail) && phrase.length > tail.length) add(cameraItem(camera, phrase), tail.length)
      }
    for (const [about, terms] of groups(vocabulary))
      for (const term of terms) for (const phrase of term.words.slice(0, 6)) if (begins(phrase, tail) && phrase.length > tail.length + 1) add({ label: phrase, about, insert: phrase, icon: 'word' }, tail.length)
  }
  // "pus" and "cam" bring up the moves though their sentences begin with "the"
  for (const camera of vocabulary.cameras) {
    const phrase = camera.words[0]
    if (phrase && (begins('camera', last) || phrase.split(' ').some((word) => word.length > 3 && begins(word, last)))) add(cameraItem(camera, phrase), last.length)
  }
  if (!found.length) return null
  // all of one offer replace the same stretch: that of the best
  const { typed } = found[0]!
  const capital = /^[A-Z]/.test(line.slice(line.length - typed))
  const items = found.filter((one) => one.typed === typed).map((one) => (capital ? { ...one, insert: one.insert.charAt(0).toUpperCase() + one.insert.slice(1) } : one))
  return { typed, items, asked: false }
}

function cameraItem(camera: { name: string; description: string }, phrase: string): Completion {
  return { label: phrase, about: camera.description || camera.name.replaceAll('_', ' '), insert: phrase, icon: 'camera' }
}

function groups(vocabulary: Vocabulary): [string, { words: string[] }[]][] {
  return [
    ['place', vocabulary.places],
    ['weather', vocabulary.weathers],
    ['hour', vocabulary.hours],
    ['music', vocabulary.moods],
    ['action', vocabulary.actions],
    ['colour', vocabulary.colours],
  ]
}

/** The last three words, the last two, the last: the longest first. */
function tails(words: string): string[] {
  const parts = words.split(' ')
  return [3, 2, 1].filter((count) => count <= parts.length).map((count) => parts.slice(-count).join(' ').trim()).filter((tail) => tail.length >= 3)
}

function begins(phrase: string, typed: string): boolean {
  return phrase.toLowerCase().startsWith(typed.toLowerCase())
}

/** Inside a spoken line nothing is completed: people say what they like. */
function quoted(before: string): boolean {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return (line.match(/"/g)?.length ?? 0) % 2 === 1 || /[“「『«][^”」』»]*$/.test(line)
}
