import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import { Button, Fault, Notice, Progress, TextArea, toastError, wait } from '../ui'
import { Hold } from '../queue/Hold'
import { running, sentence, STATES, stepWords } from './describe'
import { ratioOf } from './media'
import css from './clip.module.css'

const APPEALABLE = ['input_blocked', 'output_blocked', 'person_without_consent']

/** In the place of the picture while there is none: how far it is, or what happened and what to do. */
export function Unfinished({ one }: { one: Generation }) {
  const client = useQueryClient()
  const state = STATES[one.state]
  const [across, down] = ratioOf(one.ratio)
  const cancel = useMutation({
    mutationFn: () => call(api.POST('/v1/generations/{generation}/cancel', { params: { path: { generation: one.id } } })),
    onSuccess: (now) => client.setQueryData(['generation', one.id], now),
    onError: toastError,
  })
  return (
    <div className={css.unfinished} style={running(one) ? { aspectRatio: `${across} / ${down}` } : undefined}>
      <div>
        <h2>{state?.word ?? one.state}</h2>
        {one.state === 'running' && (
          <>
            <Progress value={one.progress} label="Progress" />
            <p role="status">
              {stepWords(one.step)}
              {one.remaining != null && <span className="quiet"> · {wait(one.remaining)} left</span>}
            </p>
          </>
        )}
        {one.state === 'queued' && (
          <>
            <Progress label="Waiting" />
            <p role="status">{one.queue_position ? `Number ${one.queue_position} in the queue` : state?.says}</p>
          </>
        )}
        {one.state !== 'running' && one.state !== 'queued' && <p className="quiet">{state?.says}</p>}
        {one.error && (
          <Notice tone={one.state === 'failed' ? 'bad' : 'warn'} live>
            {sentence(one.error.message)}
          </Notice>
        )}
        {one.state === 'review' && <Hold one={one} />}
        {running(one) && one.state !== 'review' && (
          <Button small onClick={() => cancel.mutate()} busy={cancel.isPending}>
            Stop it
          </Button>
        )}
        {one.error && APPEALABLE.includes(one.error.code) && <Appeal one={one} />}
      </div>
    </div>
  )
}

function Appeal({ one }: { one: Generation }) {
  const [open, setOpen] = useState(false)
  const [note, setNote] = useState('')
  const appeal = useMutation({ mutationFn: () => call(api.POST('/v1/generations/{generation}/appeal', { params: { path: { generation: one.id } }, body: { note: note.trim() } })) })
  if (appeal.data) return <Notice tone="good">Your appeal is on record; somebody who did not decide before looks at it.</Notice>
  if (!open)
    return (
      <Button small onClick={() => setOpen(true)}>
        Appeal against this
      </Button>
    )
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    appeal.mutate()
  }
  return (
    <form className={css.appeal} onSubmit={onSubmit}>
      <TextArea label="Why is the decision wrong?" required maxLength={4000} value={note} onChange={(event) => setNote(event.target.value)} />
      {appeal.error && <Fault error={appeal.error} />}
      <Button small look="primary" type="submit" busy={appeal.isPending} disabled={!note.trim()}>
        Send the appeal
      </Button>
    </form>
  )
}
