import { useMutation } from '@tanstack/react-query'
import { FileVideo, Flag, RotateCcw, Search, Upload } from 'lucide-react'
import { useId, useRef, useState, type ChangeEvent, type DragEvent, type FormEvent } from 'react'
import { api, call, send } from '../api/client'
import { ApiError, errorOf } from '../api/errors'
import { Button, bytes, Fault, Notice, Progress, TextField } from '../ui'
import { Report } from './Report'
import { VerdictView, type Verdict } from './Verdict'
import css from './verify.module.css'
import { root } from '../api/root'

const MOST = 200_000_000

/** Read a file's origin. Raises ApiError. */
export async function verifyFile(file: Blob, name: string, signal?: AbortSignal): Promise<Verdict> {
  if (file.size > MOST) throw new ApiError(`Files of at most ${bytes(MOST)} are read, and this one has ${bytes(file.size)}. Cut out a part of it.`, 413, 'too_large')
  if (file.size === 0) throw new ApiError('The file is empty. Choose another one.', 400, 'invalid_media')
  const form = new FormData()
  form.append('file', file, name)
  const answer = await send(new Request(`${root}/v1/verify`, { method: 'POST', body: form, signal }))
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw errorOf(answer.status, body, answer.headers)
  return body as Verdict
}

/** Open to everybody: drop a file, and read in plain words what is known of its origin. */
export default function VerifyPage() {
  const [over, setOver] = useState(false)
  const [name, setName] = useState('')
  const [number, setNumber] = useState('')
  const [reporting, setReporting] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController | null>(null)
  const hint = useId()

  const read = useMutation({
    mutationFn: (file: File) => {
      stop.current = new AbortController()
      return verifyFile(file, file.name, stop.current.signal)
    },
  })
  const look = useMutation({ mutationFn: (generation: string) => call(api.GET('/v1/verify', { params: { query: { generation } } })) })
  const verdict = read.data ?? look.data
  const busy = read.isPending || look.isPending
  const aborted = read.error instanceof DOMException

  const take = (files: FileList | null) => {
    const file = files?.[0]
    if (!file || busy) return
    look.reset()
    setName(file.name)
    read.mutate(file)
  }
  const onPicked = (event: ChangeEvent<HTMLInputElement>) => {
    take(event.target.files)
    event.target.value = '' // the same file may be picked once more
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  const anew = () => {
    read.reset()
    look.reset()
    setName('')
    setReporting(false)
  }
  const onLook = (event: FormEvent) => {
    event.preventDefault()
    read.reset()
    setName('')
    if (number.trim()) look.mutate(number.trim())
  }

  return (
    <div className={css.page}>
      <header className={css.intro}>
        <h1>Where does this come from?</h1>
        <p className="quiet">
          Every clip made here is signed and carries an invisible mark in picture and sound. Drop a file and read what it says. The file is looked at once and not kept; nothing is told about
          who made it or with what words.
        </p>
      </header>

      {!verdict && (
        <div
          className={css.drop}
          data-over={over || undefined}
          onDragOver={(event) => {
            event.preventDefault()
            setOver(true)
          }}
          onDragLeave={() => setOver(false)}
          onDrop={onDrop}
        >
          {read.isPending ? (
            <div className={css.reading} role="status">
              <FileVideo size={30} aria-hidden />
              <p>
                Reading <strong>{name}</strong>
              </p>
              <Progress label="Reading the file" />
              <p className="quiet small">Signature, picture and sound are looked through; that takes a few seconds.</p>
              <Button small look="plain" onClick={() => stop.current?.abort()}>
                Stop
              </Button>
            </div>
          ) : (
            <>
              <Upload size={32} aria-hidden />
              <p>Drop a clip, a sound or a picture here</p>
              <Button look="primary" onClick={() => picker.current?.click()} aria-describedby={hint}>
                Choose a file
              </Button>
              <p id={hint} className="quiet small">
                MP4, WebM, MOV, WAV, MP3, PNG, JPEG, WebP; at most {bytes(MOST)} and three minutes
              </p>
            </>
          )}
          <input ref={picker} type="file" accept="video/*,audio/*,image/*" hidden aria-label="File to verify" onChange={onPicked} />
        </div>
      )}

      {read.error && !aborted && <Fault error={read.error} />}
      {look.error && <Fault error={look.error} />}

      {verdict && (
        <section aria-live="polite" className={css.result}>
          {name && (
            <p className={css.filename}>
              <FileVideo size={17} aria-hidden /> {name}
            </p>
          )}
          <VerdictView verdict={verdict} />
          <div className={css.after}>
            <Button icon={<RotateCcw size={16} aria-hidden />} onClick={anew}>
              Another file
            </Button>
            {verdict.generation && verdict.generation.state !== 'removed' && !reporting && (
              <Button look="plain" icon={<Flag size={16} aria-hidden />} onClick={() => setReporting(true)}>
                Report this clip
              </Button>
            )}
          </div>
          {reporting && verdict.generation && <Report generation={verdict.generation.id} onClose={() => setReporting(false)} />}
        </section>
      )}

      {!verdict && !read.isPending && (
        <form className={css.byNumber} onSubmit={onLook}>
          <TextField
            label="Or look up a number"
            hint="A manifest or a label shows it: gen_ and 26 letters."
            placeholder="gen_01k3v8f0qk7c3m4n5p6q7r8s9t"
            value={number}
            onChange={(event) => setNumber(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            maxLength={64}
          />
          <Button type="submit" icon={<Search size={16} aria-hidden />} busy={look.isPending} disabled={!number.trim()}>
            Look up
          </Button>
        </form>
      )}

      {!verdict && (
        <details className={css.limits}>
          <summary>What this can and cannot tell</summary>
          <p>
            A found mark or a signature that holds is good evidence that a clip was generated here. Nothing found proves nothing: the marks survive re-encoding, smaller sizes and slight crops, but not
            everything, and clips from other tools do not carry them.
          </p>
        </details>
      )}
      {aborted && <Notice>Stopped. Nothing of the file was kept.</Notice>}
    </div>
  )
}
