/**
 * The draft: all that the composer holds, kept in this browser so that a reload loses nothing. There may be several; each is open in one tab at a time.
 *
 * Other pages put things into it with `compose` (a whole start: edit, extend, template) and `bring` (one more reference), then go to `/`.
 */
import { Store } from '../api/store'
import type { NewGeneration } from '../api/contract'
import { ident } from '../api/ident'
import { root } from '../api/root'
import { toast } from '../ui/toasts'

export type Kind = 'image' | 'video' | 'audio'
export type ReferenceRole = 'reference' | 'first_frame' | 'last_frame' | 'source'

export interface DraftReference {
  /** Of this browser alone. */
  id: string
  kind: Kind
  role: ReferenceRole
  /** What the prompt calls it, without the @. */
  name: string
  /** 0 to 1. */
  strength: number
  /** Does it show or sound like a real person? null: not said yet. */
  person: boolean | null
  file: string
  bytes: number
  width: number | null
  height: number | null
  seconds: number | null
  /** Loudness of a sound over its length, 0 to 1. */
  peaks: number[] | null
  /** Id on the server, once it is there. */
  asset: string | null
  /** Is it a clip that was made here? What it shows is known. */
  made?: boolean
}

export interface Draft {
  prompt: string
  task: 'generate' | 'edit' | 'extend'
  duration: number
  ratio: NonNullable<NewGeneration['ratio']>
  resolution: NonNullable<NewGeneration['resolution']>
  seed: number
  /** Order the same seed again; else each take after the first gets a new one. */
  seedLocked: boolean
  /** How many are ordered at once. */
  takes: number
  /** What was ordered of this very request: the next take has another seed. */
  ordered: { of: string; seeds: number[] } | null
  /** null: the studio's choice. */
  engine: string | null
  references: DraftReference[]
  /** The generation this continues or changes. */
  parent: string | null
}

export const DURATIONS = { least: 4, most: 15 }
export const MAX_PROMPT = 5000
export const LIMITS: Record<Kind, number> = { image: 9, video: 3, audio: 3 }
export const TOTAL = 12

/** What a newcomer finds: a script in two shots that can be made as it stands. */
export const EXAMPLE = `A boy in a red hoodie and a girl in a yellow dress on a beach at sunset, cheerful music.
[0-3s] The boy plays the drum, the camera pushes in.
[3-5s] Close-up of the girl, the camera holds still. She says: "What a beautiful evening!" [en]`

const KEY = 'phonofilm.draft'
const OPEN = 'phonofilm.draft.open'
/** Milliseconds that a reloaded page waits for itself to let go of its draft. */
const PATIENCE = 2000
const MAX_SEED = 2_147_483_647
let timer: ReturnType<typeof setTimeout> | undefined

export function throwSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % (MAX_SEED + 1)
}

export function emptyDraft(): Draft {
  return {
    prompt: EXAMPLE, task: 'generate', duration: 5, ratio: '16:9', resolution: '480p', seed: 3, seedLocked: false, takes: 1, ordered: null, engine: null, references: [], parent: null,
  } // prettier-ignore
}

/** Which draft this tab has: '' is the first, which every browser has. It is the tab's own, and a reload keeps it. */
export const slot = new Store<string>(sessionStorage.getItem(OPEN) ?? '')
export const draft = new Store<Draft>(restore())
let letGo: (() => void) | null = null
// without locks (plain http of another host) nobody can tell, and every draft is open
let mine = !navigator.locks

function keyOf(id: string): string {
  return id ? `${KEY}.${id}` : KEY
}

/** Hold a draft for this tab alone, until another is held or the tab is closed; false where another tab has it. */
async function hold(id: string, wait = false): Promise<boolean> {
  if (!navigator.locks) return true
  return new Promise((resolve) => {
    const options = wait ? { signal: AbortSignal.timeout(PATIENCE) } : { ifAvailable: true }
    navigator.locks
      .request(keyOf(id), options, (lock) => {
        resolve(lock !== null)
        if (!lock) return
        return new Promise<void>((done) => {
          letGo?.()
          letGo = done
        })
      })
      .catch(() => resolve(false))
  })
}

async function enter(id: string, found: Draft): Promise<void> {
  mine = true
  slot.set(id)
  sessionStorage.setItem(OPEN, id)
  draft.set(found)
  keep()
}

/** Open another draft in this tab; false where another tab has it. */
export async function openDraft(id: string): Promise<boolean> {
  if (id === slot.get()) return true
  keep()
  if (!(await hold(id, true))) return false // a tab that was just closed lets go a moment later
  await enter(id, restore(id))
  return true
}

/** Begin one more draft; the one that was open stays as it is. */
export async function newDraft(): Promise<void> {
  keep()
  const id = ident()
  await hold(id)
  await enter(id, { ...emptyDraft(), engine: draft.get().engine, seed: throwSeed(), prompt: '' })
}

/** Throw away the open draft, and open the first one that no other tab has. */
export async function dropDraft(): Promise<void> {
  const gone = slot.get()
  clearTimeout(timer)
  timer = undefined
  mine = false
  localStorage.removeItem(keyOf(gone))
  for (const { id } of drafts()) if (id !== gone && (await hold(id))) return enter(id, restore(id))
  await newDraft()
}

/** The drafts of this browser by their first words, the open one among them. */
export function drafts(): { id: string; words: string }[] {
  const found = new Map<string, string>()
  for (let at = 0; at < localStorage.length; at++) {
    const key = localStorage.key(at)!
    if ((key !== KEY && !key.startsWith(`${KEY}.`)) || key === OPEN) continue
    try {
      const { prompt } = JSON.parse(localStorage.getItem(key)!) as Partial<Draft>
      found.set(key === KEY ? '' : key.slice(KEY.length + 1), prompt ?? '')
    } catch {
      // nothing that can be read
    }
  }
  found.set(slot.get(), draft.get().prompt)
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, prompt]) => ({ id, words: prompt.trim().replace(/\s+/g, ' ').slice(0, 40) || 'Empty draft' }))
}

/** Change a part of the draft. */
export function edit(change: Partial<Draft>): void {
  draft.update((now) => ({ ...now, ...change }))
}

/** Begin anew with this: another page's or a template's start. What is not given is as in a fresh draft; the engine stays. Says so, and offers the draft before. */
export function compose(start: Partial<Draft>, words: string): void {
  const before = draft.get()
  toast(words, { action: { label: 'Undo', run: () => draft.set(before) } })
  draft.set({ ...emptyDraft(), engine: draft.get().engine, seed: throwSeed(), prompt: '', ...start })
}

/** A clip, picture or sound of the server as one more reference of the draft. Returns what stands in the way, in words, or null. */
export function bring(reference: Pick<DraftReference, 'kind' | 'asset'> & Partial<DraftReference>): string | null {
  const now = draft.get().references
  const trouble = room(now, reference.kind, reference.role ?? 'reference')
  if (trouble) return trouble
  draft.update((all) => ({ ...all, references: [...all.references, fresh(now, reference)] }))
  return null
}

export function fresh(all: DraftReference[], given: Partial<DraftReference> & { kind: Kind }): DraftReference {
  return {
    id: ident(), role: 'reference', name: freeName(all, given.kind), strength: 1, person: null, file: '', bytes: 0, width: null, height: null,
    seconds: null, peaks: null, asset: null, ...given,
  } // prettier-ignore
}

/** image1, image2 ... */
function freeName(all: DraftReference[], kind: Kind): string {
  const taken = new Set(all.map((one) => one.name))
  let number = all.filter((one) => one.kind === kind).length + 1
  while (taken.has(`${kind}${number}`)) number++
  return `${kind}${number}`
}

const PLURAL: Record<Kind, string> = { image: 'pictures', video: 'clips', audio: 'sounds' }

/** Why one more of this kind does not fit, in words; null where it does. */
export function room(all: DraftReference[], kind: Kind, role: ReferenceRole = 'reference'): string | null {
  if (all.length >= TOTAL) return `There are ${TOTAL} references already, and no more fit together. Remove one first.`
  if (role === 'reference' && all.filter((one) => one.kind === kind && one.role === 'reference').length >= LIMITS[kind])
    return `There are ${LIMITS[kind]} ${PLURAL[kind]} already, and no more fit. Remove one first.`
  return null
}

function restore(id = sessionStorage.getItem(OPEN) ?? ''): Draft {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(id)) ?? 'null')
    if (typeof kept === 'object' && kept !== null && 'prompt' in kept) {
      const found = { ...emptyDraft(), ...(kept as Partial<Draft>) }
      // a file that had not arrived is gone with the page that held it
      return { ...found, references: found.references.filter((one) => one.asset !== null) }
    }
  } catch {
    // nothing kept, or something unreadable
  }
  return emptyDraft()
}

function keep(): void {
  clearTimeout(timer)
  timer = undefined
  if (!mine) return
  try {
    const now = draft.get()
    // a tab that only looked at something leaves no empty draft behind
    if (slot.get() && !now.prompt.trim() && !now.references.length) localStorage.removeItem(keyOf(slot.get()))
    else localStorage.setItem(keyOf(slot.get()), JSON.stringify(now))
  } catch {
    // full or closed: the draft lives as long as the page
  }
}

draft.subscribe(() => {
  timer ??= setTimeout(keep, 300)
})
addEventListener('pagehide', () => timer && keep())

void (async () => {
  // a reloaded page waits for the one it was; a new tab does not wait for others
  if (await hold(slot.get(), sessionStorage.getItem(OPEN) !== null)) {
    mine = true
    sessionStorage.setItem(OPEN, slot.get())
    return
  }
  const typed = draft.get()
  await newDraft()
  if (typed.prompt !== EXAMPLE && location.pathname === `${root}/`) toast('That draft is open in another tab, so this tab has one of its own.')
})()

const WORDS: Record<Kind, string> = {
  image: 'image|img|imagen|picture|pic|photo|foto|bild|图片|图像|圖片|圖像|图|圖|照片|画像|写真|이미지|사진',
  video: 'video|vídeo|vid|clip|视频|視頻|影片|動画|ビデオ|영상|비디오',
  audio: 'audio|sound|voice|音频|音頻|音乐|音声|オーディオ|음성|오디오',
}

function named(one: DraftReference, prompt: string): boolean {
  return one.name !== '' && new RegExp(`@${one.name}(?![\\w-])`, 'i').test(prompt)
}

/** The references that a clip is made with: those that the prompt speaks of, by name or by number ("@image1", "图1"), and those with a part of their own. */
export function usedOf({ references, prompt }: Pick<Draft, 'references' | 'prompt'>): DraftReference[] {
  const numbered = (one: DraftReference) => {
    const number = references.filter((other) => other.kind === one.kind).indexOf(one) + 1
    return new RegExp(`(?:${WORDS[one.kind]})[\\s_-]*${number}(?!\\d)`, 'i').test(prompt)
  }
  // who is called by number alone keeps that number only among all of the kind
  const whole = new Set(references.filter((one) => numbered(one) && !named(one, prompt)).map((one) => one.kind))
  return references.filter((one) => one.role !== 'reference' || whole.has(one.kind) || named(one, prompt))
}

/** The draft as the body of a submit. References that have not arrived are left out: the caller waits for them; so are those that nobody speaks of. */
export function bodyOf(now: Draft, engine: string | null): NewGeneration {
  return {
    prompt: now.prompt, model: engine, task: now.task, duration: now.duration, resolution: now.resolution, ratio: now.ratio, seed: now.seed,
    parent: now.parent, references: usedOf(now).flatMap((one) => (one.asset ? [referenceOf(one)] : [])),
  } as NewGeneration // prettier-ignore
}

function referenceOf(one: DraftReference) {
  return { kind: one.kind, role: one.role, name: one.name, asset: one.asset, strength: one.strength, person: one.person }
}
