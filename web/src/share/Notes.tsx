import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, RotateCcw, Send, Trash2 } from 'lucide-react'
import { useId, useState, useSyncExternalStore, type FormEvent } from 'react'
import { api, call } from '../api/client'
import type { Note } from '../api/contract'
import { ApiError } from '../api/errors'
import { frameAt, timeOf } from '../clip/media'
import type { Playback } from '../clip/playback'
import type { Pin } from '../clip/Strip'
import { ago, Button, clock, count, Fault, TextArea, TextField, toast, toastError } from '../ui'
import css from './notes.module.css'

export const pinOf = (note: Note): Pin => ({ id: note.id, at: note.seconds, text: `${note.author || 'Somebody'}: ${note.text}`, done: note.resolved })

const CALLED = 'phonofilm.called'

/** The notes left over a link, for whoever has it. */
export function useLinkNotes(token: string, on: boolean) {
  return useQuery({
    queryKey: ['link-notes', token],
    enabled: on,
    refetchInterval: 20_000,
    queryFn: () => call(api.GET('/v1/shared/{token}/notes', { params: { path: { token } } })),
    select: (list) => list.data,
  })
}

/** All notes on a clip, for its owner. */
export function useClipNotes(id: string, on: boolean) {
  return useQuery({
    queryKey: ['notes', id],
    enabled: on,
    refetchInterval: 20_000,
    queryFn: () => call(api.GET('/v1/generations/{generation}/notes', { params: { path: { generation: id } } })),
    select: (list) => list.data,
  })
}

/** What a viewer of a link writes about the frame before them, and what was written before. */
export function LinkNotes({ token, playback, notes }: { token: string; playback: Playback; notes: Note[] }) {
  const client = useQueryClient()
  const [text, setText] = useState('')
  const [author, setAuthor] = useState(() => localStorage.getItem(CALLED) ?? '')
  const frame = useSyncExternalStore(playback.time.subscribe, () => frameAt(playback.time.get(), playback.frames))
  const head = useId()
  const leave = useMutation({
    mutationFn: () => call(api.POST('/v1/shared/{token}/notes', { params: { path: { token } }, body: { frame, text, author } })),
    onSuccess: () => {
      setText('')
      localStorage.setItem(CALLED, author)
      toast('The note is left; whoever sent the link sees it.', { tone: 'good' })
      void client.invalidateQueries({ queryKey: ['link-notes', token] })
    },
  })
  const fault = (field: string) => (leave.error instanceof ApiError && leave.error.field === field ? leave.error.message : null)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    leave.mutate()
  }
  return (
    <section className={css.notes} aria-labelledby={head}>
      <h2 id={head}>Notes{notes.length > 0 && ` (${notes.length})`}</h2>
      <form className={css.form} onSubmit={onSubmit}>
        <TextArea
          label={`Your note on frame ${frame + 1}, at ${clock(timeOf(frame), 2)}`}
          rows={3}
          required
          maxLength={1000}
          value={text}
          fault={fault('text')}
          onFocus={() => playback.video?.pause()}
          onChange={(event) => setText(event.target.value)}
        />
        <div className={css.send}>
          <TextField label="Your name, if you like" autoComplete="name" maxLength={40} value={author} fault={fault('author')} onChange={(event) => setAuthor(event.target.value)} />
          <Button look="primary" type="submit" icon={<Send size={16} aria-hidden />} busy={leave.isPending} disabled={!text.trim()}>
            Leave it here
          </Button>
        </div>
        {leave.error && !fault('text') && !fault('author') ? <Fault error={leave.error} /> : null}
      </form>
      <List notes={notes} playback={playback} />
    </section>
  )
}

/** What viewers wrote about a clip: its owner settles and deletes it. */
export function ClipNotes({ id, playback, notes }: { id: string; playback: Playback | null; notes: Note[] }) {
  const client = useQueryClient()
  const key = ['notes', id]
  const settle = useMutation({
    mutationFn: (note: Note) => call(api.PATCH('/v1/notes/{note}', { params: { path: { note: note.id } }, body: { resolved: !note.resolved } })),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
    onError: toastError,
  })
  const remove = useMutation({
    mutationFn: (note: Note) => call(api.DELETE('/v1/notes/{note}', { params: { path: { note: note.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
    onError: toastError,
  })
  const open = notes.filter((note) => !note.resolved).length
  return (
    <section className={css.card} aria-label="Notes of viewers">
      <h2>Notes of viewers</h2>
      <p className="quiet small">{open ? count(open, 'open note') : 'All done.'}</p>
      <List
        notes={notes}
        playback={playback}
        tools={(note) => (
          <>
            <Button small look="plain" icon={note.resolved ? <RotateCcw size={15} aria-hidden /> : <Check size={15} aria-hidden />} onClick={() => settle.mutate(note)} busy={settle.isPending && settle.variables.id === note.id}>
              {note.resolved ? 'Open again' : 'Done'}
            </Button>
            <Button small look="plain" icon={<Trash2 size={15} aria-hidden />} label={`Delete the note on frame ${note.frame + 1}`} onClick={() => remove.mutate(note)} busy={remove.isPending && remove.variables.id === note.id} />
          </>
        )}
      />
    </section>
  )
}

function List({ notes, playback, tools }: { notes: Note[]; playback: Playback | null; tools?: (note: Note) => React.ReactNode }) {
  if (!notes.length) return null
  const goTo = (note: Note) => {
    playback?.video?.pause()
    playback?.seek(timeOf(note.frame))
  }
  return (
    <ol className={css.list}>
      {notes.map((note) => (
        <li key={note.id} data-done={note.resolved || undefined}>
          <div className={css.about}>
            <button type="button" className={`${css.place} numbers`} disabled={!playback} onClick={() => goTo(note)} aria-label={`${clock(note.seconds, 2)} · shot ${note.shot}, go to frame ${note.frame + 1}`}>
              {clock(note.seconds, 2)} · shot {note.shot}
            </button>
            <span className="quiet small">
              {note.author || 'Somebody'} · {ago(note.created)}
              {note.resolved && ' · done'}
            </span>
          </div>
          <p>{note.text}</p>
          {tools && <div className={css.tools}>{tools(note)}</div>}
        </li>
      ))}
    </ol>
  )
}
