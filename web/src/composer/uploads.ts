/** Files on their way to the service. The file stays here until it has arrived, so a lost connection costs nothing but time. */
import { Store } from '../api/store'
import { askAgain, csrf, renew } from '../auth/session'
import { found, lost, reachable } from '../api/connection'
import { ApiError, errorOf, offline } from '../api/errors'
import type { Asset } from '../api/contract'
import { bytes } from '../ui/format'
import { draft, type DraftReference, type Kind } from './draft'
import { root } from '../api/root'

export type Upload = { state: 'sending'; fraction: number } | { state: 'waiting' } | { state: 'failed'; error: ApiError }

/** By the reference's id; one that has arrived is not in it. */
export const uploads = new Store<Record<string, Upload>>({})
/** What the browser can show before the server can. */
export const previews = new Store<Record<string, string>>({})

const files = new Map<string, File>()
const requests = new Map<string, XMLHttpRequest>()

/** The service's own limits; it looks again, and at the content. */
export const MOST_BYTES: Record<Kind, number> = { image: 30_000_000, video: 50_000_000, audio: 15_000_000 }
export const ACCEPT = 'image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff,video/mp4,video/quicktime,video/webm,audio/mpeg,audio/wav,audio/x-wav,audio/mp4,audio/flac,audio/ogg,.mp3,.wav,.m4a,.flac,.ogg,.mov'
const NAMES: Record<Kind, string> = { image: 'Pictures', video: 'Clips', audio: 'Sounds' }

export function kindOf(file: File): Kind | null {
  const kind = file.type.split('/')[0]
  if (kind === 'image' || kind === 'video' || kind === 'audio') return file.type === 'image/svg+xml' ? null : kind
  const suffix = file.name.toLowerCase().split('.').at(-1) ?? ''
  if (['mp3', 'wav', 'm4a', 'flac', 'ogg', 'aac'].includes(suffix)) return 'audio'
  if (['mp4', 'mov', 'webm', 'm4v'].includes(suffix)) return 'video'
  return null
}

/** Why a file cannot be a reference, in words; null where it can. */
export function refusalOf(file: File, kind: Kind | null): string | null {
  if (!kind) return `“${file.name}” is neither a picture, a clip nor a sound that is understood here. Bring PNG, JPEG or WebP, MP4, MOV or WebM, WAV, MP3, M4A, FLAC or OGG.`
  if (file.size === 0) return `“${file.name}” is empty.`
  if (file.size > MOST_BYTES[kind]) return `“${file.name}” has ${bytes(file.size)}. ${NAMES[kind]} may have ${bytes(MOST_BYTES[kind])}: make it smaller or shorter.`
  return null
}

/** The files of a paste; none where the text is what is meant, as with the cells of a spreadsheet, which bring a picture of themselves along. */
export function pasted(data: DataTransfer | null): File[] {
  return data && !(data.getData('text/plain') && data.getData('text/html')) ? [...data.files] : []
}

export function start(reference: DraftReference, file: File): void {
  files.set(reference.id, file)
  if (reference.kind !== 'audio') previews.update((all) => ({ ...all, [reference.id]: URL.createObjectURL(file) }))
  void send(reference.id)
}

export function retry(id: string): void {
  if (files.has(id)) void send(id)
}

export function drop(id: string): void {
  requests.get(id)?.abort()
  requests.delete(id)
  files.delete(id)
  const url = previews.get()[id]
  if (url) URL.revokeObjectURL(url)
  previews.update((all) => without(all, id))
  mark(id, null)
}

reachable.subscribe(() => {
  if (reachable.get()) for (const [id, upload] of Object.entries(uploads.get())) if (upload.state === 'waiting') void send(id)
})

async function send(id: string, renewed = false): Promise<void> {
  const file = files.get(id)
  if (!file || requests.has(id)) return
  mark(id, { state: 'sending', fraction: 0 })
  try {
    const asset = await post(id, file)
    if (!files.has(id)) return // removed meanwhile
    files.delete(id)
    change(id, { asset: asset.id, bytes: asset.bytes, width: asset.width, height: asset.height, seconds: asset.seconds })
    mark(id, null)
  } catch (thrown) {
    if (!files.has(id)) return
    const error = thrown as ApiError
    if (error.offline) mark(id, { state: 'waiting' })
    else if (error.status === 401 && (await askAgain())) return send(id)
    else if (error.code === 'csrf' && !renewed && (await renew())) return send(id, true)
    else mark(id, { state: 'failed', error })
  }
}

/** fetch does not tell how much has been sent, so this is the one place that uses its forerunner. */
function post(id: string, file: File): Promise<Asset> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    requests.set(id, request)
    const form = new FormData()
    const kind = kindOf(file)
    if (kind) form.set('kind', kind)
    form.set('name', file.name.slice(0, 200))
    form.set('file', file)
    request.open('POST', `${root}/v1/assets`)
    request.responseType = 'json'
    const token = csrf()
    if (token) request.setRequestHeader('X-CSRF-Token', token)
    request.upload.onprogress = (event) => event.lengthComputable && mark(id, { state: 'sending', fraction: event.loaded / event.total })
    request.onload = () => {
      found()
      if (request.status < 300) return resolve(request.response as Asset)
      const retryAfter = request.getResponseHeader('Retry-After')
      reject(errorOf(request.status, request.response, new Headers(retryAfter ? { 'Retry-After': retryAfter } : {})))
    }
    request.onerror = () => {
      lost()
      reject(offline())
    }
    request.onabort = () => reject(offline())
    request.onloadend = () => requests.delete(id)
    request.send(form)
  })
}

function mark(id: string, upload: Upload | null): void {
  uploads.update((all) => (upload ? { ...all, [id]: upload } : without(all, id)))
}

function without<T>(all: Record<string, T>, id: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== id))
}

export function change(id: string, values: Partial<DraftReference>): void {
  draft.update((now) => ({ ...now, references: now.references.map((one) => (one.id === id ? { ...one, ...values } : one)) }))
}
