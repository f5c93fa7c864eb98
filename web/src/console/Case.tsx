import { useMutation } from '@tanstack/react-query'
import { Ban, Check, Clock, RotateCcw, Undo2 } from 'lucide-react'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { api, call } from '../api/client'
import { useKeys } from '../clip/keys'
import { Badge, Button, Fault, Notice, TextArea, toast, toastError } from '../ui'
import { Blurred } from './Blurred'
import { STAGE_WORDS, type Review } from './Reviews'
import { minutes, useNow } from './time'
import css from './console.module.css'

type Choice = 'publish' | 'block' | 'retry' | 'settle'

const WORDS: Record<Choice, { name: string; key: string; does: string }> = {
  publish: { name: 'Publish', key: 'p', does: 'It goes on, and out to its owner.' },
  block: { name: 'Block', key: 'x', does: 'It ends here. The owner is told the reason and may appeal once.' },
  retry: { name: 'Send it anew', key: 'r', does: 'The paid request never arrived; it is sent again.' },
  settle: { name: 'Billed and lost', key: 't', does: 'The vendor billed it and nothing came of it.' },
}
const OFTEN = ['It shows a real person without a consent on record.', 'It breaks the rule that the finding names.', 'Neither the prompt nor the picture shows what it is for; send it again with an explanation.']

/** One case, taken: what was found, what to look at, and the decision. */
export function Case({ review, onChange, onClose }: { review: Review; onChange: (review: Review) => void; onClose: (next: boolean) => void }) {
  const [choice, setChoice] = useState<Choice | null>(null)
  const [note, setNote] = useState('')
  const head = useRef<HTMLHeadingElement>(null)
  const field = useRef<HTMLFormElement>(null)
  const now = useNow()
  const rest = (review.lease_until ?? 0) - now
  const over = rest <= 0
  const choices: Choice[] = review.stage === 'outcome' ? ['retry', 'settle', 'block'] : ['publish', 'block']

  useEffect(() => head.current?.focus(), [])

  const decide = useMutation({
    mutationFn: (decision: Choice) => call(api.POST('/v1/admin/reviews/{review_id}/decide', { params: { path: { review_id: review.id } }, body: { decision, note: note.trim() } })),
    onSuccess: (done) => {
      toast(done.state === 'decided' ? `Decided: ${WORDS[done.decision as Choice]?.name ?? done.decision}.` : 'Your vote is on record; another reviewer looks at it too.', { tone: 'good' })
      onClose(true)
    },
  })
  const extend = useMutation({
    mutationFn: () => call(api.POST('/v1/admin/reviews/lease', { body: { review: review.id, stages: [] } })),
    onSuccess: onChange,
    onError: toastError,
  })
  const back = useMutation({
    mutationFn: () => call(api.POST('/v1/admin/reviews/{review_id}/release', { params: { path: { review_id: review.id } } })),
    onSettled: () => onClose(false),
  })

  const choose = (which: Choice) => {
    setChoice(which)
    // Enter decides: the focus may still lie on whatever was clicked last
    requestAnimationFrame(() => field.current?.querySelector<HTMLElement>(which === 'publish' ? 'button[type=submit]' : 'textarea')?.focus())
  }
  const confirm = () => {
    if (!choice || decide.isPending || over) return
    if (choice !== 'publish' && !note.trim()) return field.current?.querySelector('textarea')?.focus()
    decide.mutate(choice)
  }
  useKeys({
    ...Object.fromEntries(choices.map((which) => [WORDS[which].key, () => choose(which)])),
    ...Object.fromEntries(OFTEN.map((text, index) => [String(index + 1), () => choice && choice !== 'publish' && setNote(text)])),
    Enter: confirm,
    e: () => extend.mutate(),
    u: () => back.mutate(),
    Escape: () => setChoice(null),
  })
  const onTyping = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) confirm()
    const often = OFTEN[Number(event.key) - 1]
    if (often && !note && choice !== 'publish') {
      event.preventDefault()
      setNote(often)
    }
    if (event.key === 'Escape') {
      event.preventDefault()
      setChoice(null)
      head.current?.focus()
    }
  }

  return (
    <section className={css.case} aria-labelledby="case-head">
      <header className={css.caseHead}>
        <h2 id="case-head" ref={head} tabIndex={-1}>
          {STAGE_WORDS[review.stage]}
        </h2>
        <span className={css.lease} data-soon={rest < 120 || undefined} role="timer" aria-label="Yours for">
          <Clock size={15} aria-hidden /> <span className="numbers">{minutes(rest)}</span>
        </span>
        <Button small look="plain" icon={<RotateCcw size={15} aria-hidden />} busy={extend.isPending} onClick={() => extend.mutate()}>
          Longer <kbd>E</kbd>
        </Button>
        <Button small look="plain" icon={<Undo2 size={15} aria-hidden />} busy={back.isPending} onClick={() => back.mutate()}>
          Put back <kbd>U</kbd>
        </Button>
      </header>
      {over && (
        <Notice tone="warn" live action={<Button small onClick={() => extend.mutate()}>Take it again</Button>}>
          Your time with it has run out; others may take it now.
        </Notice>
      )}
      <ul className={css.reasons} aria-label="What was found">
        {review.reasons.map((reason, index) => (
          <li key={index}>
            <Badge tone={reason.severity === 'high' ? 'bad' : reason.severity === 'medium' ? 'warn' : 'plain'}>{String(reason.severity ?? 'to see')}</Badge>
            <span>
              <strong>{String(reason.category ?? '').replaceAll('_', ' ')}</strong>
              {reason.where ? <span className="quiet"> in the {String(reason.where).replace(/\[.*/, '').replaceAll('_', ' ')}</span> : null}
              {reason.detail ? <span> · {String(reason.detail)}</span> : null}
            </span>
          </li>
        ))}
      </ul>
      {review.note && review.stage === 'appeal' && (
        <blockquote className={css.quote}>
          <strong>The owner appeals:</strong> {review.note}
        </blockquote>
      )}
      {review.prompt !== null && (
        <blockquote className={css.quote}>
          <Marked text={review.prompt} reasons={review.reasons} />
        </blockquote>
      )}
      <Blurred files={review.files} of={review.id} />
      {review.needed > 1 && (
        <p className="quiet small">
          Two reviewers must agree before it is published; one alone may block it. {review.votes.length} of {review.needed} have spoken.
        </p>
      )}
      <form
        ref={field}
        className={css.decide}
        onSubmit={(event) => {
          event.preventDefault()
          confirm()
        }}
      >
        <div className={css.choices} role="group" aria-label="Decision">
          {choices.map((which) => (
            <Button
              key={which}
              look={which === 'block' ? 'danger' : 'normal'}
              className={choice === which ? css.chosen : undefined}
              aria-pressed={choice === which}
              icon={which === 'publish' ? <Check size={17} aria-hidden /> : which === 'block' ? <Ban size={17} aria-hidden /> : undefined}
              onClick={() => choose(which)}
              disabled={over}
            >
              {WORDS[which].name} <kbd>{WORDS[which].key.toUpperCase()}</kbd>
            </Button>
          ))}
        </div>
        {choice && (
          <>
            <p className="quiet small">{WORDS[choice].does}</p>
            <div onKeyDown={onTyping}>
              <TextArea label={choice === 'publish' ? 'A note (not needed)' : 'The reason, told to the owner'} rows={3} maxLength={4000} required={choice !== 'publish'} value={note} onChange={(event) => setNote(event.target.value)} />
            </div>
            {choice !== 'publish' && (
              <ul className={css.often} aria-label="Reasons that are often given">
                {OFTEN.map((text, index) => (
                  <li key={text}>
                    <button type="button" onClick={() => setNote(text)}>
                      <kbd>{index + 1}</kbd> {text}
                    </button>
                  </li>
                ))}
              </ul>
            )}
            {decide.error && <Fault error={decide.error} />}
            <Button type="submit" look="primary" busy={decide.isPending} disabled={over || (choice !== 'publish' && !note.trim())}>
              {WORDS[choice].name} now <kbd>{choice === 'publish' ? 'Enter' : 'Ctrl Enter'}</kbd>
            </Button>
          </>
        )}
      </form>
    </section>
  )
}

/** The prompt with the words that were found, where a finding says which ("prompt[2:6]"). */
function Marked({ text, reasons }: { text: string; reasons: Review['reasons'] }) {
  const letters = [...text] // the service counts characters, not UTF-16 units
  const spans = reasons
    .map((reason) => /^prompt\[(\d+):(\d+)\]$/.exec(String(reason.where ?? '')))
    .filter((found) => found !== null)
    .map((found) => [Number(found[1]), Number(found[2])] as const)
    .sort((a, b) => a[0] - b[0])
  const parts: React.ReactNode[] = []
  let at = 0
  for (const [from, to] of spans) {
    if (from < at) continue
    parts.push(letters.slice(at, from).join(''), <mark key={from}>{letters.slice(from, to).join('')}</mark>)
    at = to
  }
  return (
    <>
      {parts}
      {letters.slice(at).join('')}
    </>
  )
}
