import type { File, Generation } from '../api/contract'
import { here } from '../api/root'

/** Frames a second of every clip made here. */
export const FPS = 24

/** What the player and its strip need to know of a clip: a generation has it, a shared page has it, a held file has some of it. */
export interface Clip {
  seconds: number
  frames: number
  width: number
  height: number
  files: Pick<File, 'name' | 'url'>[]
  /** When something sounds because something moves: seconds and its name. */
  events: SoundEvent[]
}

export interface SoundEvent {
  at: number
  kind: string
}

export function clipOf(generation: Generation): Clip {
  const result = (generation.result ?? {}) as { seconds?: number; frames?: number; width?: number; height?: number; details?: { contacts?: unknown } }
  const seconds = result.seconds ?? generation.duration
  const video = generation.outputs.find((one) => one.name === 'video.mp4')
  const [across, down] = ratioOf(generation.ratio)
  return {
    seconds,
    frames: result.frames ?? Math.round(seconds * FPS) + 1,
    width: video?.width ?? result.width ?? across * 100,
    height: video?.height ?? result.height ?? down * 100,
    files: generation.outputs,
    events: eventsOf(result.details?.contacts),
  }
}

function eventsOf(contacts: unknown): SoundEvent[] {
  if (!Array.isArray(contacts)) return []
  return contacts
    .filter((one): one is [number, string] => Array.isArray(one) && typeof one[0] === 'number' && typeof one[1] === 'string')
    .map(([at, kind]) => ({ at, kind: kind.replaceAll('_', ' ') }))
    .sort((a, b) => a.at - b.at)
}

/** "16:9" as two numbers. */
export function ratioOf(ratio: string): [number, number] {
  const [across, down] = ratio.split(':').map(Number)
  return across && down ? [across, down] : [16, 9]
}

/** The address of one of a clip's files, or undefined where it has none of that name. */
export function fileOf(clip: { files: Pick<File, 'name' | 'url'>[] }, name: string): string | undefined {
  const url = clip.files.find((one) => one.name === name)?.url
  return url && here(url)
}

/** Number of the frame that shows at a time. */
export function frameAt(seconds: number, frames: number): number {
  return Math.max(0, Math.min(frames - 1, Math.floor(seconds * FPS + 0.01)))
}

/** The middle of a frame: seeking there shows it for certain. */
export function timeOf(frame: number): number {
  return (frame + 0.5) / FPS
}

/** Where the picture of a time stands on the clip's sprite sheet (up to 25 tiles, five in a row, every n-th frame). */
export function tileAt(seconds: number, frames: number): { column: number; row: number; columns: number; rows: number } {
  const every = Math.max(1, Math.ceil(frames / 25))
  const count = Math.min(25, Math.ceil(frames / every))
  const index = Math.min(count - 1, Math.floor(frameAt(seconds, frames) / every))
  const columns = Math.min(5, count)
  return { column: index % columns, row: Math.floor(index / columns), columns, rows: Math.ceil(count / columns) }
}

/** The same as a CSS background that fills its box with the tile. */
export function tileStyle(sheet: string, seconds: number, frames: number): { backgroundImage: string; backgroundSize: string; backgroundPosition: string } {
  const { column, row, columns, rows } = tileAt(seconds, frames)
  const x = columns > 1 ? (column / (columns - 1)) * 100 : 0
  const y = rows > 1 ? (row / (rows - 1)) * 100 : 0
  return { backgroundImage: `url("${sheet}")`, backgroundSize: `${columns * 100}% ${rows * 100}%`, backgroundPosition: `${x}% ${y}%` }
}

export interface Cue {
  start: number
  end: number
  text: string
}

/** The cues of a WebVTT file; what is not a cue is passed over. */
export function parseVtt(text: string): Cue[] {
  const cues: Cue[] = []
  for (const block of text.replace(/\r/g, '').split(/\n\n+/)) {
    const lines = block.split('\n')
    const at = lines.findIndex((line) => line.includes('-->'))
    if (at < 0) continue
    const [from, to] = lines[at]!.split('-->').map((part) => vttTime(part.trim().split(/\s/)[0] ?? ''))
    const words = lines
      .slice(at + 1)
      .join(' ')
      .replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
      .trim()
    if (from !== undefined && to !== undefined && Number.isFinite(from) && to > from && words) cues.push({ start: from, end: to, text: words })
  }
  return cues
}

function vttTime(text: string): number {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

/** The first sentence of a prompt, without shot marks: a name to call a clip by. */
export function titleOf(prompt: string): string {
  const plain = prompt
    .replace(/\[[^\]]{0,40}\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const first = plain.split(/(?<=[.!?。！？])\s*/)[0]?.replace(/[.。]$/, '') ?? ''
  return first || 'Untitled clip'
}
