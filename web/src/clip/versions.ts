import { api, call, send } from '../api/client'
import type { Asset, Generation, NewGeneration, NewReference } from '../api/contract'
import { ident } from '../api/ident'
import { errorOf } from '../api/errors'
import { bring, compose, type Draft, type DraftReference } from '../composer/draft'
import { root } from '../api/root'
import { titleOf } from './media'

/** The body that would make the same clip, with changes. References that came inline cannot be sent again by their address; they have become assets. */
export function sameAs(one: Generation, change: Partial<NewGeneration> = {}): NewGeneration {
  return {
    prompt: one.prompt,
    model: one.model,
    task: one.task as NewGeneration['task'],
    duration: one.duration,
    resolution: one.resolution as NewGeneration['resolution'],
    ratio: one.ratio as NewGeneration['ratio'],
    sound: one.sound,
    steps: one.steps,
    guidance: one.guidance,
    edit_strength: one.edit_strength,
    references: one.references.map(referenceOf),
    project: one.project,
    ...change,
  } as NewGeneration
}

function referenceOf(given: Record<string, unknown>): NewReference {
  const kept: Record<string, unknown> = {}
  for (const name of ['kind', 'role', 'name', 'asset', 'url', 'strength', 'person']) if (given[name] !== undefined && given[name] !== null) kept[name] = given[name]
  if (kept.asset) delete kept.url
  return kept as unknown as NewReference
}

/** Make it once more with another seed. Raises ApiError. */
export function retake(one: Generation): Promise<Generation> {
  // no seed: one is drawn; the take belongs to the same parent, not to this clip
  return call(api.POST('/v1/generations', { body: sameAs(one, { parent: one.parent ?? undefined }) }))
}

/** One of a clip's files as an asset, without its bytes leaving the server. Raises ApiError. */
export async function assetOf(one: Generation, output: string): Promise<Asset> {
  return call(api.POST('/v1/assets', { body: { generation: one.id, output } as never }))
}

/** A picture drawn here as an asset, with what the clip's references say of real persons. Raises ApiError. */
export async function upload(picture: Blob, name: string, person: boolean | null): Promise<Asset> {
  const form = new FormData()
  form.append('file', picture, name)
  if (person !== null) form.append('person', String(person))
  const answer = await send(new Request(`${root}/v1/assets`, { method: 'POST', body: form }))
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw errorOf(answer.status, body, answer.headers)
  return body as Asset
}

function draftOf(one: Generation): Partial<Draft> {
  return { duration: one.duration, ratio: one.ratio as Draft['ratio'], resolution: one.resolution as Draft['resolution'], engine: one.engine }
}

function referenceDraft(asset: Asset, role: DraftReference['role'], name: string): DraftReference {
  return {
    id: ident(), kind: asset.kind as DraftReference['kind'], role, name, strength: 1, person: asset.person, file: asset.name, bytes: asset.bytes,
    width: asset.width, height: asset.height, seconds: asset.seconds, peaks: null, asset: asset.id,
  } // prettier-ignore
}

/** The composer with this clip's words and settings, as they were. Its references come along. */
export async function reopen(one: Generation): Promise<void> {
  const references = await Promise.all(
    one.references.map(async (given) => {
      if (typeof given.asset !== 'string') return null
      const asset = await call(api.GET('/v1/assets/{asset}', { params: { path: { asset: given.asset } } })).catch(() => null)
      return asset && { ...referenceDraft(asset, String(given.role ?? 'reference') as DraftReference['role'], String(given.name ?? '')), strength: Number(given.strength ?? 1) }
    }),
  )
  const start = { ...draftOf(one), prompt: one.prompt, task: one.task as Draft['task'], seed: one.seed, seedLocked: true, parent: one.parent }
  compose({ ...start, references: references.filter((each) => each !== null) }, 'The words and settings of this clip are in the composer.')
}

/** The composer with this clip as the source of an edit or an extension. */
export async function continueFrom(one: Generation, task: 'edit' | 'extend'): Promise<void> {
  const asset = await assetOf(one, 'video.mp4')
  const start = { ...draftOf(one), prompt: task === 'edit' ? one.prompt : '', task, parent: one.id, references: [{ ...referenceDraft(asset, 'source', ''), file: titleOf(one.prompt), made: true }] }
  compose(start, task === 'extend' ? `Write what happens after “${titleOf(one.prompt)}”.` : 'The clip is in the composer.')
}

/** This clip as one more reference of the draft that is being written. Returns what stands in the way, or null. */
export async function useAsReference(one: Generation): Promise<string | null> {
  const asset = await assetOf(one, 'video.mp4')
  return bring({ ...withoutNames(referenceDraft(asset, 'reference', '')), kind: 'video', asset: asset.id, file: titleOf(one.prompt), made: true })
}

/** A new draft that begins with this picture. */
export async function beginWith(one: Generation, picture: Blob | 'last', frame: number): Promise<void> {
  const asset = picture === 'last' ? await assetOf(one, 'last_frame.png') : await upload(picture, `frame-${frame + 1}.png`, personOf(one))
  compose({ ...draftOf(one), prompt: one.prompt, parent: one.id, references: [referenceDraft(asset, 'first_frame', '')] }, 'The next clip begins with this frame.')
}

function withoutNames({ id: _id, name: _name, ...rest }: DraftReference): Omit<DraftReference, 'id' | 'name'> {
  return rest
}

/** Does the clip show a real person? As its references said; null where one of them did not say. */
export function personOf(one: Generation): boolean | null {
  const said = one.references.filter((each) => each.kind !== 'audio').map((each) => each.person)
  if (said.some((person) => person === true)) return true
  return said.some((person) => person === undefined || person === null) ? null : false
}
