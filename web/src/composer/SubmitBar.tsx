import { Clapperboard, X } from 'lucide-react'
import { useStore } from '../api/store'
import type { Estimate } from '../api/contract'
import { reachable } from '../api/connection'
import { ApiError } from '../api/errors'
import { Button, count, Fault, money, Select, Skeleton, wait } from '../ui'
import { edit, type Draft } from './draft'
import { Under } from './Under'
import type { Submitting } from './submit'
import { uploads } from './uploads'
import css from './composer.module.css'

interface Props {
  draft: Draft
  estimate: { data?: Estimate; error: unknown }
  /** Is there an error of the linter? The service would say the same. */
  broken: string | null
  /** A length that the shots of the script would fit into, where this one is too short. */
  longer: number | null
  onLonger: (seconds: number) => void
  now: Submitting
  onSubmit: () => void
  onStop: () => void
}

const apple = /Mac|iPhone|iPad/.test(navigator.platform)

/** What it will cost and take, and the button. Where something stands in the way, it says what. */
export function SubmitBar({ draft, estimate, broken, longer, onLonger, now, onSubmit, onStop }: Props) {
  const on = useStore(uploads)
  const there = useStore(reachable)
  // one that is neither here nor on its way did not arrive either
  const missing = draft.references.filter((one) => one.asset === null).map((one) => on[one.id]?.state ?? 'failed')
  const failed = missing.filter((state) => state === 'failed').length
  const coming = missing.length - failed
  const obstacle = !draft.prompt.trim()
    ? 'Write what should happen first.'
    : failed
      ? `${count(failed, 'file')} did not arrive: retry or remove ${failed === 1 ? 'it' : 'them'}.`
      : coming
        ? `${count(coming, 'file')} still on the way.`
        : !there
          ? 'The server cannot be reached; what you wrote is kept.'
          : broken
  const impossible = estimate.error instanceof ApiError && estimate.error.status === 400
  const busy = now.state === 'sending' || now.state === 'waiting'
  return (
    <div className={css.submit}>
      {now.state === 'refused' && <Fault error={now.error} />}
      {estimate.error && now.state !== 'refused' ? <Fault error={estimate.error} /> : null}
      <div className={css.submitRow}>
        <div className={css.forecast} aria-live="polite">
          {obstacle ? (
            <span>
              {obstacle}{' '}
              {longer !== null && there && (
                <Button small onClick={() => onLonger(longer)}>
                  Make it {longer} s
                </Button>
              )}
            </span>
          ) : estimate.data ? (
            <>
              <strong>{money(estimate.data.cost * draft.takes)}</strong>
              <span>
                {estimate.data.seconds === null ? 'first clip: no history yet' : wait(estimate.data.seconds)}
                {estimate.data.waiting > 0 && `, ${estimate.data.waiting} ahead`}
              </span>
            </>
          ) : estimate.error ? (
            <span>No price for this.</span>
          ) : (
            <Skeleton width={120} height={18} />
          )}
        </div>
        <Select
          bare
          label="Takes"
          options={[1, 2, 3, 4].map((one) => ({ value: String(one), label: one === 1 ? '1 take' : `${one} takes` }))}
          value={String(draft.takes)}
          disabled={busy || draft.seedLocked}
          onPick={(value) => edit({ takes: Number(value) })}
        />
        {now.state === 'waiting' && (
          <Button icon={<X size={16} aria-hidden />} onClick={onStop}>
            Don’t send
          </Button>
        )}
        <Button look="primary" className={css.generate} icon={<Clapperboard size={18} aria-hidden />} busy={busy} disabled={busy || impossible || obstacle !== null} onClick={onSubmit} title={`${apple ? '⌘' : 'Ctrl'} + Enter`}>
          {now.state === 'waiting' ? 'Waiting for the server' : 'Generate'}
        </Button>
      </div>
      <Under />
    </div>
  )
}
