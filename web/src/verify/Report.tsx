import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import { ApiError } from '../api/errors'
import { Actions, Button, Fault, Notice, Select, TextArea, TextField } from '../ui'
import css from './verify.module.css'

const CATEGORIES = {
  likeness: 'It shows or sounds like me without my leave',
  intimate: 'Intimate pictures of somebody',
  minors: 'A child is harmed or sexualised',
  violence: 'Cruelty or a threat',
  hate: 'Hatred',
  deception: 'It is passed off as real',
  privacy: 'It gives private things away',
  copyright: 'It copies my work',
  trademark: 'It uses my trade mark',
  other: 'Something else',
} as const

/** A notice that a clip must go; open to everybody. */
export function Report({ generation, onClose }: { generation: string; onClose: () => void }) {
  const [category, setCategory] = useState<keyof typeof CATEGORIES>('likeness')
  const [reason, setReason] = useState('')
  const [reporter, setReporter] = useState('')
  const send = useMutation({ mutationFn: () => call(api.POST('/v1/notices', { body: { generation, category, reason: reason.trim(), reporter: reporter.trim() } })) })
  const fault = send.error instanceof ApiError ? send.error : null
  if (send.data)
    return (
      <Notice tone="good" live>
        Thank you. A person decides by {new Date(send.data.due * 1000).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short' })}. Keep this number: <span className="mono">{send.data.id}</span>
      </Notice>
    )
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  return (
    <form className={css.report} onSubmit={onSubmit} aria-label="Report this clip">
      <h3>Report this clip</h3>
      <Select label="What is wrong with it?" value={category} onPick={setCategory} options={Object.entries(CATEGORIES).map(([value, label]) => ({ value: value as keyof typeof CATEGORIES, label }))} />
      <TextArea label="What should the person who decides know?" required maxLength={4000} value={reason} onChange={(event) => setReason(event.target.value)} fault={fault?.field === 'reason' ? fault.message : null} />
      <TextField label="How can we reach you?" hint="A mail address or a telephone number" required maxLength={200} value={reporter} onChange={(event) => setReporter(event.target.value)} autoComplete="email" />
      {fault && fault.field !== 'reason' && <Fault error={fault} />}
      <Actions>
        <Button look="plain" onClick={onClose}>
          Not now
        </Button>
        <Button look="primary" type="submit" busy={send.isPending}>
          Send the report
        </Button>
      </Actions>
    </form>
  )
}
