import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FolderOpen, PenLine } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link, useParams, useSearch } from 'wouter'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import { asApiError } from '../api/errors'
import { ClipNotes, pinOf, useClipNotes } from '../share/Notes'
import { Badge, Button, EmptyState, Fault, LinkButton, Skeleton } from '../ui'
import { ClipActions } from './ClipActions'
import { ClipView, usePlayback } from './ClipView'
import { running, STATES } from './describe'
import { clipOf } from './media'
import { MakeFrom } from './MakeFrom'
import { NameDialog, nameOf, Star } from './naming'
import { RenderWith } from './RenderWith'
import { Provenance } from './Provenance'
import { Settings } from './Settings'
import { Unfinished } from './Unfinished'
import { Family } from './Family'
import { Judgement } from './Judgement'
import css from './clip.module.css'

export default function ClipPage() {
  const { id = '' } = useParams<{ id: string }>()
  const client = useQueryClient()
  const query = useQuery({
    queryKey: ['generation', id],
    queryFn: () => call(api.GET('/v1/generations/{generation}', { params: { path: { generation: id } } })),
    refetchInterval: ({ state }) => (state.data && running(state.data) ? 900 : false),
    // a card of the library knows most of it already
    placeholderData: () => client.getQueryData<Generation>(['seen', id]),
  })
  const one = query.data
  if (!one) {
    if (!query.error) return <Waiting />
    const error = asApiError(query.error)
    if (error.status !== 404) return <Fault error={error} again={() => void query.refetch()} />
    return (
      <EmptyState title="There is no such clip" action={<LinkButton to="/library">To the library</LinkButton>}>
        It may have been deleted, or belongs to somebody else.
      </EmptyState>
    )
  }
  return <ClipOf key={one.id} one={one} onStale={() => void query.refetch()} />
}

function ClipOf({ one, onStale }: { one: Generation; onStale: () => void }) {
  const clip = useMemo(() => clipOf(one), [one])
  const playback = usePlayback(clip)!
  const autoPlay = new URLSearchParams(useSearch()).has('play')
  const ready = one.state === 'succeeded' && one.outputs.length > 0
  const shots = useShots(one, ready)
  const notes = useClipNotes(one.id, ready).data ?? []
  const pins = useMemo(() => notes.map(pinOf), [notes])
  const [naming, setNaming] = useState(false)
  const title = nameOf(one)
  const state = STATES[one.state]
  return (
    <div className={css.page}>
      <header className={css.header}>
        <div className={css.naming}>
          <div className={css.title}>
            <h1>{title}</h1>
            <Button look="plain" icon={<PenLine size={18} aria-hidden />} label="Name and project" onClick={() => setNaming(true)} />
            <Star one={one} />
            <NameDialog one={one} open={naming} onClose={() => setNaming(false)} />
          </div>
          <div className={css.line}>
            {ready ? <Provenance id={one.id} clip={clip} /> : <Badge tone={state?.tone}>{state?.word ?? one.state}</Badge>}
            <span className="quiet small">
              {new Date(one.created * 1000).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })} · seed <span className="numbers">{one.seed}</span>
            </span>
            {one.project && (
              <Link to={`/library?project=${encodeURIComponent(one.project)}`} className={css.project}>
                <FolderOpen size={15} aria-hidden /> {one.project}
              </Link>
            )}
          </div>
        </div>
        <ClipActions one={one} />
      </header>
      <div className={css.main}>
        {ready ? <ClipView clip={clip} title={title} playback={playback} shots={shots} pins={pins} autoPlay={autoPlay} onStale={onStale} /> : <Unfinished one={one} />}
        <MakeFrom one={one} playback={ready ? playback : null} />
        {ready && <RenderWith one={one} />}
      </div>
      <aside className={css.aside} aria-label="About this clip">
        {notes.length > 0 && <ClipNotes id={one.id} playback={ready ? playback : null} notes={notes} />}
        <Settings one={one} />
        {ready && one.task === 'generate' && <Judgement one={one} />}
        <Family one={one} />
      </aside>
    </div>
  )
}

/** Where the script cuts, in seconds, as the service reads it. */
function useShots(one: Generation, on: boolean): number[] {
  const read = useQuery({
    queryKey: ['shots', one.id],
    enabled: on && one.prompt.includes('['),
    staleTime: Infinity,
    retry: false,
    queryFn: () => call(api.POST('/v1/lint', { body: { prompt: one.prompt, duration: one.duration, seed: one.seed, units: 'utf16' } })),
  })
  return useMemo(() => (read.data?.shots ?? []).map((shot) => shot.start).filter((start) => start > 0), [read.data])
}

function Waiting() {
  return (
    <div className={css.page} role="status" aria-label="Loading the clip">
      <header className={css.header}>
        <Skeleton width="min(420px, 80%)" height={30} />
      </header>
      <div className={css.main}>
        <Skeleton height="min(60dvh, 52vw)" style={{ borderRadius: 16 }} />
        <Skeleton height={120} />
      </div>
      <aside className={css.aside}>
        <Skeleton height={260} style={{ borderRadius: 16 }} />
      </aside>
    </div>
  )
}
