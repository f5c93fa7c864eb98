import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Copy, Link2, Link2Off } from 'lucide-react'
import { useState } from 'react'
import { api, call } from '../api/client'
import { Button, Dialog, Fault, Select, Skeleton, toast, toastError } from '../ui'
import { left } from './when'
import css from './share.module.css'

const DAYS = { '3600': 'an hour', '86400': 'a day', '604800': 'a week', '2592000': '30 days', '7776000': '90 days' }
type Span = keyof typeof DAYS

/** Links to a clip for people without a key: made, copied, taken back. */
export function ShareDialog({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} title="Share this clip" onClose={onClose}>
      <Links id={id} />
    </Dialog>
  )
}

function Links({ id }: { id: string }) {
  const [span, setSpan] = useState<Span>('604800')
  const [prompt, setPrompt] = useState(true)
  const [notes, setNotes] = useState(true)
  const client = useQueryClient()
  const key = ['shares', id]
  const list = useQuery({ queryKey: key, queryFn: () => call(api.GET('/v1/generations/{generation}/shares', { params: { path: { generation: id } } })) })
  const make = useMutation({
    mutationFn: () => call(api.POST('/v1/generations/{generation}/shares', { params: { path: { generation: id } }, body: { expires_in: Number(span), prompt, notes } })),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: key })
      const shown = urlOf(made)
      if (shown) void copy(shown)
    },
  })
  const revoke = useMutation({
    mutationFn: (share: string) => call(api.DELETE('/v1/shares/{share}', { params: { path: { share } } })),
    onSuccess: (_done, share) => {
      if (make.data?.id === share) make.reset()
      toast('The link shows nothing from now on.', { tone: 'good' })
      void client.invalidateQueries({ queryKey: ['notes', id] })
      void client.invalidateQueries({ queryKey: key })
    },
    onError: toastError,
  })
  const url = urlOf(make.data)
  const others = (list.data?.data ?? []).filter((one) => one.id !== make.data?.id)

  return (
    <>
      <p className="quiet">Whoever has the link sees this clip and where it comes from, without signing in, until the link ends or you take it back. Notes that are left over it go with it.</p>
      {url ? (
        <div className={css.made} aria-live="polite">
          <label htmlFor="share-url">The link, shown only now</label>
          <div>
            <input id="share-url" readOnly value={url} onFocus={(event) => event.target.select()} />
            <CopyButton text={url} />
          </div>
          <p className="quiet small">It works for {DAYS[span]}.</p>
        </div>
      ) : (
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
        >
          <Select label="It works for" value={span} onPick={setSpan} options={Object.entries(DAYS).map(([value, label]) => ({ value: value as Span, label }))} />
          <label className={css.check}>
            <input type="checkbox" checked={prompt} onChange={(event) => setPrompt(event.target.checked)} /> Show the prompt too
          </label>
          <label className={css.check}>
            <input type="checkbox" checked={notes} onChange={(event) => setNotes(event.target.checked)} /> Let viewers leave notes on frames
          </label>
          <Button look="primary" type="submit" icon={<Link2 size={17} aria-hidden />} busy={make.isPending}>
            Make a link
          </Button>
        </form>
      )}
      {make.error && <Fault error={make.error} />}
      {list.isPending && <Skeleton height={40} />}
      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {others.length > 0 && (
        <div>
          <h3>Links that are open</h3>
          <ul className={css.links}>
            {others.map((one) => (
              <li key={one.id}>
                <span>
                  ends {left(one.expires)}
                  {!one.prompt && <span className="quiet"> · without the prompt</span>}
                  {!one.notes && <span className="quiet"> · without notes</span>}
                </span>
                <Button small look="danger" icon={<Link2Off size={15} aria-hidden />} label={`Take back the link that ends ${left(one.expires)}`} busy={revoke.isPending && revoke.variables === one.id} onClick={() => revoke.mutate(one.id)}>
                  Take back
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {make.data && (
        <div className={css.again}>
          <Button small look="danger" icon={<Link2Off size={15} aria-hidden />} onClick={() => revoke.mutate(make.data.id)} busy={revoke.isPending}>
            Take this one back
          </Button>
          <Button small onClick={() => make.reset()}>
            Make another
          </Button>
        </div>
      )}
    </>
  )
}

/** At the address that the page was opened by: the service knows its public one alone. */
function urlOf(made: { url?: string | null } | undefined): string | null {
  return made?.url ? location.origin + new URL(made.url).pathname : null
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false // not over plain http from another machine: the field stands selected instead
  }
}

function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState(false)
  return (
    <Button
      icon={done ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      onClick={async () => {
        const copied = await copy(text)
        if (!copied) document.querySelector<HTMLInputElement>('#share-url')?.select()
        setDone(copied)
        setTimeout(() => setDone(false), 2000)
      }}
    >
      {done ? 'Copied' : 'Copy'}
    </Button>
  )
}
