import { useInfiniteQuery } from '@tanstack/react-query'
import { Clapperboard, Columns2, Search, SearchX, Star, X } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import { queries } from '../api/queries'
import { running } from '../clip/describe'
import { useKeys } from '../clip/keys'
import { useProjects } from '../clip/naming'
import { Button, count, EmptyState, Fault, LinkButton, Segments, Select, Skeleton } from '../ui'
import { Card } from './Card'
import { Group } from './Group'
import css from './library.module.css'
import { root } from '../api/root'

type View = 'prompt' | 'newest'
const STATES = {
  all: { label: 'Everything', states: [] },
  ready: { label: 'Ready', states: ['succeeded'] },
  way: { label: 'On their way', states: ['queued', 'running', 'review'] },
  not: { label: 'Not finished', states: ['failed', 'cancelled', 'expired', 'unknown_outcome', 'crashed'] },
} as const
type Filter = keyof typeof STATES

/** All clips: searched by words, takes of the same prompt together, two of them picked to be compared. */
export default function LibraryPage() {
  const [, go] = useLocation()
  const asked = new URLSearchParams(useSearch())
  const [text, setText] = useState(asked.get('q') ?? '')
  const [filter, setFilter] = useState<Filter>('all')
  const [view, setView] = useState<View>('prompt')
  const [project, setProject] = useState(asked.get('project') ?? '')
  const [favourite, setFavourite] = useState(asked.has('favourite'))
  const projects = useProjects()
  const [picked, setPicked] = useState<Generation[]>([])
  const field = useRef<HTMLInputElement>(null)
  const search = useSettled(useDeferredValue(text.trim()), 250)

  useEffect(() => {
    const said = Object.entries({ q: search, project, favourite: favourite ? 'yes' : '' }).filter(([, value]) => value)
    const query = said.length ? `?${said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}` : ''
    if (location.pathname === `${root}/library` && location.search !== query) history.replaceState(history.state, '', `${root}/library${query}`)
  }, [search, project, favourite])

  const list = useInfiniteQuery({
    queryKey: ['library', search, filter, project, favourite],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      call(
        api.GET('/v1/generations', {
          params: { query: { limit: 48, search, ...(project && { project }), ...(favourite && { favourite }), ...(pageParam && { after: pageParam }), ...(STATES[filter].states.length && { state: [...STATES[filter].states] }) } },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.data.some(running)) ? 2000 : 30_000),
    placeholderData: (before) => before,
  })
  const all = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data])
  const total = list.data?.pages[0]?.total ?? 0
  useEffect(() => {
    // a clip opened from here shows at once what is known of it
    for (const one of all) queries.setQueryData(['seen', one.id], one)
  }, [all])
  const groups = useMemo(() => groupsOf(all), [all])

  const pick = (one: Generation) =>
    setPicked((now) => (now.some((each) => each.id === one.id) ? now.filter((each) => each.id !== one.id) : [...now.slice(-1), one]))
  const [first, second] = picked
  const compare = () => first && second && go(`/compare?a=${first.id}&b=${second.id}`)

  useKeys({
    '/': () => field.current?.focus(),
    Escape: () => setPicked([]),
    c: () => compare(),
  })

  const empty = list.isSuccess && all.length === 0
  const sought = search !== '' || filter !== 'all' || project !== '' || favourite
  const names = (projects.data ?? []).map((each) => ({ value: each.name, label: `${each.name} (${each.clips})` }))
  if (project && !names.some((each) => each.value === project)) names.unshift({ value: project, label: project })
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div>
          <h1>Library</h1>
          <p className="quiet small" role="status">
            {list.isSuccess ? (sought ? `${count(total, 'clip')} found` : count(total, 'clip')) : ' '}
          </p>
        </div>
        <div className={css.tools}>
          <div className={css.search}>
            <Search size={17} aria-hidden />
            <input ref={field} type="search" placeholder="Words, name, seed, engine, 9:16" aria-label="Search the clips" title="Press / to search" value={text} maxLength={200} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => event.key === 'Escape' && !event.nativeEvent.isComposing && setText('')} />
            {text ? (
              <button type="button" aria-label="Clear the search" onClick={() => (setText(''), field.current?.focus())}>
                <X size={16} aria-hidden />
              </button>
            ) : (
              <kbd aria-hidden>/</kbd>
            )}
          </div>
          <Button
            className={favourite ? css.pickedButton : undefined}
            aria-pressed={favourite}
            icon={<Star size={17} fill={favourite ? 'currentColor' : 'none'} aria-hidden />}
            label="Only favourites"
            onClick={() => setFavourite(!favourite)}
          />
          {names.length > 0 && <Select bare label="Project" value={project} onPick={setProject} options={[{ value: '', label: 'All projects' }, ...names]} />}
          <Select bare label="Which clips" value={filter} onPick={setFilter} options={(Object.keys(STATES) as Filter[]).map((value) => ({ value, label: STATES[value].label }))} />
          <Segments bare label="Order" value={view} onPick={setView} options={[{ value: 'prompt', label: 'By prompt' }, { value: 'newest', label: 'Newest' }]} />
        </div>
      </header>

      {list.error && <Fault error={list.error} again={() => void list.refetch()} />}
      {list.isPending && !list.error && <Blank />}
      {empty &&
        (sought ? (
          <EmptyState
            icon={<SearchX size={40} aria-hidden />}
            title="Nothing fits"
            action={
              <Button
                onClick={() => {
                  setText('')
                  setFilter('all')
                  setProject('')
                  setFavourite(false)
                }}
              >
                Show everything
              </Button>
            }
          >
            {search ? 'No clip is found by all of these words' : 'There is no such clip'}
            {filter !== 'all' || project || favourite ? ' among those chosen' : ''}.
          </EmptyState>
        ) : (
          <EmptyState icon={<Clapperboard size={40} aria-hidden />} title="No clips yet" action={<LinkButton look="primary" to="/">Make the first one</LinkButton>}>
            What you make lies here, takes of the same words side by side.
          </EmptyState>
        ))}

      {all.length > 0 &&
        (view === 'prompt' ? (
          <div className={css.groups}>
            {groups.map((group) => (
              <Group key={group[0]!.id} takes={group} picked={picked} onPick={pick} />
            ))}
          </div>
        ) : (
          <ul className={css.grid}>
            {all.map((one) => (
              <li key={one.id}>
                <Card one={one} named picked={place(picked, one)} onPick={pick} />
              </li>
            ))}
          </ul>
        ))}

      {list.hasNextPage && (
        <More busy={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} rest={total - all.length} />
      )}

      {picked.length > 0 && (
        <div className={css.tray} role="region" aria-label="To be compared">
          <Columns2 size={18} aria-hidden />
          <span aria-live="polite">{second ? 'Two clips picked' : 'Pick one more to compare'}</span>
          <Button small look="plain" onClick={() => setPicked([])}>
            Clear
          </Button>
          <Button small look="primary" disabled={!second} onClick={compare}>
            Compare
          </Button>
        </div>
      )}
    </div>
  )
}

export function place(picked: Generation[], one: Generation): 'A' | 'B' | null {
  const at = picked.findIndex((each) => each.id === one.id)
  return at < 0 ? null : at === 0 ? 'A' : 'B'
}

/** Takes of the same words, whatever times their shots have, in the order of their newest. */
function groupsOf(all: Generation[]): Generation[][] {
  const groups = new Map<string, Generation[]>()
  for (const one of all) {
    const words = one.group || one.prompt
    const group = groups.get(words)
    if (group) group.push(one)
    else groups.set(words, [one])
  }
  return [...groups.values()]
}

/** A value once it has stood still for a while. */
function useSettled<T>(value: T, wait: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), wait)
    return () => clearTimeout(timer)
  }, [value, wait])
  return settled
}

/** The next page, by itself when one comes near, by the button for those who do not scroll. */
function More({ busy, rest, onMore }: { busy: boolean; rest: number; onMore: () => void }) {
  const place = useRef<HTMLDivElement>(null)
  const more = useRef(onMore)
  more.current = onMore
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry!.isIntersecting && more.current(), { rootMargin: '600px' })
    if (place.current) watch.observe(place.current)
    return () => watch.disconnect()
  }, [])
  return (
    <div ref={place} className={css.more}>
      <Button busy={busy} onClick={onMore}>
        Show more{rest > 0 ? ` (${rest})` : ''}
      </Button>
    </div>
  )
}

function Blank() {
  return (
    <div className={css.grid} role="status" aria-label="Loading the library">
      {Array.from({ length: 8 }, (_, index) => (
        <Skeleton key={index} height={190} style={{ borderRadius: 12 }} />
      ))}
    </div>
  )
}
