import { useQuery } from '@tanstack/react-query'
import { AudioLines, Film, ImagePlus, RotateCw, X } from 'lucide-react'
import { useEffect, useId, useState, type RefObject } from 'react'
import { api, call } from '../api/client'
import { here } from '../api/root'
import { useStore } from '../api/store'
import { bytes, Button, clock, Notice, Progress, Segments, Select } from '../ui'
import { draft, fresh, LIMITS, room, TOTAL, usedOf, type DraftReference, type Kind, type ReferenceRole } from './draft'
import { ACCEPT, change, drop, kindOf, previews, refusalOf, retry, start, uploads, type Upload } from './uploads'
import { peaksOf } from './waveform'
import css from './tray.module.css'

const KINDS: { kind: Kind; many: string }[] = [
  { kind: 'image', many: 'pictures' },
  { kind: 'video', many: 'clips' },
  { kind: 'audio', many: 'sounds' },
]
const ROLES: Record<Kind, { value: ReferenceRole; label: string }[]> = {
  image: [
    { value: 'reference', label: 'Looks like this' },
    { value: 'first_frame', label: 'First frame' },
    { value: 'last_frame', label: 'Last frame' },
  ],
  video: [
    { value: 'reference', label: 'Moves like this' },
    { value: 'source', label: 'Source to edit or extend' },
  ],
  audio: [{ value: 'reference', label: 'Sounds like this' }],
}

/** Take files in: those that fit go on their way, the others are answered in words. */
export function takeFiles(files: File[]): string[] {
  const troubles: string[] = []
  let full = 0
  for (const file of files) {
    const kind = kindOf(file)
    const refusal = refusalOf(file, kind)
    if (refusal || !kind) {
      troubles.push(refusal ?? '')
      continue
    }
    const now = draft.get().references
    const trouble = room(now, kind)
    if (trouble) {
      full++
      if (!troubles.includes(trouble)) troubles.push(trouble)
      continue
    }
    const reference = fresh(now, { kind, file: file.name, bytes: file.size })
    draft.update((all) => ({ ...all, references: [...all.references, reference] }))
    start(reference, file)
    if (kind === 'audio')
      void peaksOf(file).then((heard) => heard && change(reference.id, heard))
    else if (kind === 'video') measure(reference.id)
  }
  if (full > 1) troubles.push(`${full} files were left out.`)
  return troubles
}

/** How long a clip is, for its card; the server says it again once it has it. */
function measure(id: string): void {
  const video = document.createElement('video')
  video.preload = 'metadata'
  video.onloadedmetadata = () => Number.isFinite(video.duration) && change(id, { seconds: video.duration, width: video.videoWidth, height: video.videoHeight })
  video.src = previews.get()[id] ?? ''
}

export function removeReference(id: string): void {
  drop(id)
  draft.update((all) => ({ ...all, references: all.references.filter((one) => one.id !== id) }))
}

interface Props {
  references: DraftReference[]
  prompt: string
  picker: RefObject<HTMLInputElement | null>
  troubles: string[]
  onFiles: (files: File[]) => void
  onSettle: () => void
  onInsert: (name: string) => void
}

export function ReferenceTray({ references, prompt, picker, troubles, onFiles, onSettle, onInsert }: Props) {
  const on = useStore(uploads)
  const title = useId()
  const used = new Set(usedOf({ references, prompt }))
  return (
    <section className={css.tray} aria-labelledby={title}>
      <header className={css.head}>
        <h2 id={title}>References</h2>
        <ul className={css.counts} aria-label="How many fit">
          {KINDS.map(({ kind, many }) => {
            const count = references.filter((one) => one.kind === kind && one.role === 'reference').length
            return (
              <li key={kind} data-full={count >= LIMITS[kind] || undefined}>
                <strong>{count}</strong>/{LIMITS[kind]} {many}
              </li>
            )
          })}
          <li data-full={references.length >= TOTAL || undefined}>
            <strong>{references.length}</strong>/{TOTAL} together
          </li>
        </ul>
      </header>
      {troubles.length > 0 && (
        <Notice tone="bad" live action={<Button small look="plain" icon={<X size={15} aria-hidden />} label="Close" onClick={onSettle} />}>
          {troubles.map((trouble) => (
            <p key={trouble}>{trouble}</p>
          ))}
        </Notice>
      )}
      <ul className={css.cards}>
        {references.map((reference) => (
          <Card
            key={reference.id}
            reference={reference}
            upload={on[reference.id]}
            used={used.has(reference)}
            taken={references.filter((one) => one !== reference).map((one) => one.name)}
            onInsert={() => onInsert(reference.name)}
          />
        ))}
        <li className={css.add}>
          <button type="button" onClick={() => picker.current?.click()} disabled={references.length >= TOTAL}>
            <ImagePlus size={20} aria-hidden />
            <span>
              <strong>{references.length ? 'Add another' : 'Add pictures, clips or sounds'}</strong>
              <small>{references.length >= TOTAL ? `${TOTAL} is the most together` : 'or drop or paste them anywhere'}</small>
            </span>
          </button>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            accept={ACCEPT}
            aria-label="Reference files"
            onChange={(event) => {
              onFiles([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </li>
      </ul>
    </section>
  )
}

function Card({ reference, upload, used, taken, onInsert }: { reference: DraftReference; upload: Upload | undefined; used: boolean; taken: string[]; onInsert: () => void }) {
  const { id, kind, name, role, strength, person, seconds } = reference
  const [typed, setTyped] = useState(name)
  const [fault, setFault] = useState<string | null>(null)
  useEffect(() => setTyped(name), [name])
  const strengthId = useId()
  const nameless = reference.made === true && role === 'source'

  const rename = () => {
    const next = typed.trim().replace(/^@/, '')
    if (next === name) return setFault(null)
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(next)) return setFault('Letters, digits and _ only; a letter first.')
    if (taken.includes(next)) return setFault(`@${next} is taken.`)
    setFault(null)
    // the prompt keeps speaking of the same file
    draft.update((all) => ({ ...all, prompt: all.prompt.replace(new RegExp(`(?<![\\w@])@${name}(?![\\w-])`, 'g'), `@${next}`) }))
    change(id, { name: next })
  }

  return (
    <li className={css.card}>
      <button
        type="button"
        className={css.thumb}
        onClick={onInsert}
        disabled={nameless}
        title={nameless ? reference.file : `Put @${name} into the prompt`}
        aria-label={`${nameless ? `The clip ${reference.file}` : `Put @${name} into the prompt`}${seconds === null ? '' : `, ${clock(seconds)}`}`}
      >
        <Thumb reference={reference} />
        {seconds !== null && <span className={css.length}>{clock(seconds)}</span>}
      </button>
      <div className={css.about}>
        <div className={css.nameRow}>
          {nameless ? (
            <strong className={css.title}>{reference.file}</strong>
          ) : (
            <>
              <span aria-hidden>@</span>
              <input
                className={css.name}
                value={typed}
                aria-label={`Name of ${reference.file || name} in the prompt`}
                aria-invalid={fault ? true : undefined}
                spellCheck={false}
                onChange={(event) => setTyped(event.target.value)}
                onBlur={rename}
                onKeyDown={(event) => event.key === 'Enter' && !event.nativeEvent.isComposing && rename()}
              />
            </>
          )}
          <Button small look="plain" icon={<X size={15} aria-hidden />} label={`Remove ${nameless ? reference.file : `@${name}`}`} onClick={() => removeReference(id)} />
        </div>
        {fault && (
          <p className={css.fault} role="alert">
            {fault}
          </p>
        )}
        <p className={css.file} title={reference.file}>
          {[nameless ? 'made here' : reference.file, reference.bytes ? bytes(reference.bytes) : ''].filter(Boolean).join(' · ') || 'from the library'}
        </p>
        {upload?.state === 'sending' && <Progress value={upload.fraction < 1 ? upload.fraction : undefined} label={`Sending ${reference.file}`} />}
        {upload?.state === 'waiting' && <p className={css.wait}>Waiting for the connection; the file is kept.</p>}
        {upload?.state === 'failed' && (
          <div className={css.failed} role="alert">
            <span>{upload.error.message}</span>
            <Button small icon={<RotateCw size={14} aria-hidden />} onClick={() => retry(id)}>
              Retry
            </Button>
          </div>
        )}
        {!upload && reference.asset === null && (
          <p className={css.failed} role="alert">
            It did not arrive. Remove it and bring the file again.
          </p>
        )}
        {!used && !upload && (
          <button type="button" className={css.use} onClick={onInsert}>
            Not in the prompt, so not sent: put @{name} in
          </button>
        )}
        <div className={css.controls}>
          {ROLES[kind].length > 1 ? (
            <Select bare label={`What @${name} is for`} options={ROLES[kind]} value={role} onPick={(value) => change(id, { role: value })} />
          ) : (
            <span className="quiet small">{ROLES[kind][0]!.label}</span>
          )}
          <label className={css.strength} htmlFor={strengthId}>
            <span>Strength</span>
            <input
              id={strengthId}
              type="range"
              min={0}
              max={100}
              step={5}
              value={Math.round(strength * 100)}
              aria-valuetext={`${Math.round(strength * 100)} %`}
              onChange={(event) => change(id, { strength: Number(event.target.value) / 100 })}
            />
            <output className="numbers">{Math.round(strength * 100)} %</output>
          </label>
        </div>
        {!(reference.made && person === false) && (
          <div className={css.person} data-open={(used && person === null) || undefined}>
            <Segments
              label={kind === 'audio' ? 'A real person’s voice?' : 'Shows a real person?'}
              options={[
                { value: 'no', label: 'No' },
                { value: 'yes', label: 'Yes' },
              ]}
              value={person === null ? '' : person ? 'yes' : 'no'}
              onPick={(value) => change(id, { person: value === 'yes' })}
            />
            {used && person === null && <small>Not said: the take will wait until you answer, here or under Your takes.</small>}
            {person === true && <small>Needs this person’s consent on record.</small>}
          </div>
        )}
      </div>
    </li>
  )
}

function Thumb({ reference }: { reference: DraftReference }) {
  const local = useStore(previews)[reference.id]
  const { data } = useQuery({
    queryKey: ['asset', reference.asset],
    queryFn: () => call(api.GET('/v1/assets/{asset}', { params: { path: { asset: reference.asset! } } })),
    enabled: reference.asset !== null && (reference.kind === 'audio' ? reference.peaks === null : !local),
    staleTime: 3_600_000,
  })
  const url = local ?? (data?.url ? here(data.url) : undefined)
  useEffect(() => {
    // a sound brought from elsewhere: draw what it sounds like
    if (reference.kind !== 'audio' || reference.peaks || !data?.url) return
    fetch(here(data.url))
      .then((answer) => answer.blob())
      .then(peaksOf)
      .then((heard) => heard && change(reference.id, heard))
      .catch(() => undefined)
  }, [data?.url, reference.id, reference.kind, reference.peaks])
  if (reference.kind === 'audio') return reference.peaks ? <Wave peaks={reference.peaks} /> : <AudioLines size={26} aria-hidden />
  if (!url) return reference.kind === 'image' ? <ImagePlus size={22} aria-hidden /> : <Film size={22} aria-hidden />
  return reference.kind === 'image' ? <img src={url} alt="" /> : <video src={`${url}#t=0.1`} muted playsInline preload="metadata" tabIndex={-1} />
}

function Wave({ peaks }: { peaks: number[] }) {
  return (
    <svg viewBox={`0 0 ${peaks.length * 3} 60`} preserveAspectRatio="none" className={css.wave} aria-hidden>
      {peaks.map((peak, at) => (
        <rect key={at} x={at * 3 + 0.5} y={30 - Math.max(1, peak * 26)} width={2} height={Math.max(2, peak * 52)} rx={1} />
      ))}
    </svg>
  )
}
