import { useQuery } from '@tanstack/react-query'
import { ArrowLeftRight, Columns2, Layers2, Pause, Play, Repeat, SplitSquareHorizontal, StepBack, StepForward, Volume2, VolumeX } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import { useStore } from '../api/store'
import { settingsOf } from '../clip/describe'
import { useKeys } from '../clip/keys'
import { clipOf, fileOf, titleOf, type Clip } from '../clip/media'
import { Strip, Timecode } from '../clip/Strip'
import { Button, EmptyState, Fault, LinkButton, Segments, Skeleton } from '../ui'
import { difference } from './difference'
import { Pair, type Side } from './sync'
import css from './compare.module.css'

type View = 'side' | 'flip' | 'wipe'

export default function ComparePage() {
  const query = new URLSearchParams(useSearch())
  const ids = [query.get('a') ?? '', query.get('b') ?? ''] as const
  const both = useQuery({
    queryKey: ['compare', ...ids],
    enabled: ids[0] !== '' && ids[1] !== '',
    queryFn: () => Promise.all(ids.map((generation) => call(api.GET('/v1/generations/{generation}', { params: { path: { generation } } })))),
    staleTime: 60_000,
  })
  if (!ids[0] || !ids[1])
    return (
      <EmptyState icon={<Columns2 size={40} aria-hidden />} title="Two clips are compared here" action={<LinkButton look="primary" to="/library">Pick two in the library</LinkButton>}>
        They play in step; one key flips between them.
      </EmptyState>
    )
  if (both.error && !both.data) return <Fault error={both.error} again={() => void both.refetch()} />
  if (!both.data)
    return (
      <div role="status" aria-label="Loading both clips">
        <Skeleton height="50vh" style={{ borderRadius: 16 }} />
      </div>
    )
  const [a, b] = both.data as [Generation, Generation]
  const missing = [a, b].find((one) => one.state !== 'succeeded')
  if (missing)
    return (
      <EmptyState title="One of the two is not finished" action={<LinkButton to={`/clip/${missing.id}`}>Look at it</LinkButton>}>
        “{titleOf(missing.prompt)}” cannot be played yet, or no longer.
      </EmptyState>
    )
  return <Two key={`${a.id} ${b.id}`} a={a} b={b} />
}

function Two({ a, b }: { a: Generation; b: Generation }) {
  const [, go] = useLocation()
  const clips = useMemo(() => ({ a: clipOf(a), b: clipOf(b) }), [a, b])
  const pair = useMemo(() => new Pair({ a: clips.a.seconds, b: clips.b.seconds }), [clips.a.seconds, clips.b.seconds])
  const [view, setView] = useState<View>('side')
  const [wipe, setWipe] = useState(50)
  const playing = useStore(pair.playing)
  const side = useStore(pair.side)
  const muted = useStore(pair.muted)
  const loop = useStore(pair.loop)
  const ready = useStore(pair.ready)
  const longer = clips.b.seconds > clips.a.seconds ? clips.b : clips.a
  const stop = () => (playing ? pair.settle() : pair.play())
  const order: View[] = ['side', 'flip', 'wipe']

  useKeys({
    ' ': stop,
    k: stop,
    x: () => pair.flip(),
    ',': () => pair.step(-1),
    '.': () => pair.step(1),
    ArrowLeft: () => pair.seek(pair.time.get() - 1),
    ArrowRight: () => pair.seek(pair.time.get() + 1),
    Home: () => pair.seek(0),
    m: () => pair.mute(),
    l: () => pair.loop.set(!pair.loop.get()),
    v: () => setView(order[(order.indexOf(view) + 1) % 3]!),
  })

  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1>Compare</h1>
        <Segments
          bare
          label="How they are shown"
          value={view}
          onPick={setView}
          options={[
            { value: 'side', label: 'Side by side', icon: <Columns2 size={15} aria-hidden /> },
            { value: 'flip', label: 'Flip', icon: <Layers2 size={15} aria-hidden /> },
            { value: 'wipe', label: 'Wipe', icon: <SplitSquareHorizontal size={15} aria-hidden /> },
          ]}
        />
        <Button look="plain" icon={<ArrowLeftRight size={17} aria-hidden />} onClick={() => go(`/compare?a=${b.id}&b=${a.id}`, { replace: true })}>
          Swap
        </Button>
      </header>
      <div className={css.screens} data-view={view} data-side={side} style={{ '--wipe': `${wipe}%`, '--across': longer.width, '--down': longer.height } as React.CSSProperties}>
        <Picture side="a" one={a} clip={clips.a} pair={pair} heard={side === 'a' && !muted} />
        <Picture side="b" one={b} clip={clips.b} pair={pair} heard={side === 'b' && !muted} />
        {view === 'wipe' && (
          <>
            <i className={css.edge} aria-hidden />
            <input className={css.wipe} type="range" min={0} max={100} step={0.5} value={wipe} aria-label="Where the wipe stands" onChange={(event) => setWipe(Number(event.target.value))} />
          </>
        )}
      </div>
      <div className={css.transport} role="toolbar" aria-label="Playback of both">
        <Timecode head={pair} clip={{ ...longer, frames: pair.frames }} />
        <div className={css.keys}>
          <Button look="plain" small icon={<StepBack size={17} aria-hidden />} label="Frame back (,)" onClick={() => pair.step(-1)} />
          <Button className={css.play} icon={playing ? <Pause size={18} fill="currentColor" aria-hidden /> : <Play size={18} fill="currentColor" aria-hidden />} label={playing ? 'Pause both (space)' : 'Play both (space)'} disabled={!ready} onClick={stop} />
          <Button look="plain" small icon={<StepForward size={17} aria-hidden />} label="Frame forward (.)" onClick={() => pair.step(1)} />
        </div>
        <div className={css.keys}>
          <Button small aria-keyshortcuts="x" onClick={() => pair.flip()}>
            Flip to {side === 'a' ? 'B' : 'A'} <kbd>X</kbd>
          </Button>
          <Button look="plain" small icon={muted ? <VolumeX size={17} aria-hidden /> : <Volume2 size={17} aria-hidden />} label={muted ? 'Sound on (M)' : `Mute (M); ${side.toUpperCase()} is heard`} onClick={() => pair.mute()} />
          <Button look="plain" small className={loop ? css.on : undefined} aria-pressed={loop} icon={<Repeat size={17} aria-hidden />} label="Loop (L)" onClick={() => pair.loop.set(!loop)} />
        </div>
      </div>
      <div className={css.strips}>
        <Strip clip={side === 'a' ? stretched(clips.a, pair.length) : stretched(clips.b, pair.length)} head={pair} label="Place in both clips" />
      </div>
      <Table a={a} b={b} />
    </div>
  )
}

/** A strip as long as the longer clip would lie about the shorter one's pictures; they keep their own length where the two agree. */
function stretched(clip: Clip, length: number): Clip {
  return Math.abs(clip.seconds - length) < 0.05 ? clip : { ...clip, seconds: length, files: clip.files.filter((file) => file.name !== 'waveform.png' && file.name !== 'spritesheet.jpg') }
}

function Picture({ side, one, clip, pair, heard }: { side: Side; one: Generation; clip: Clip; pair: Pair; heard: boolean }) {
  const video = useRef<HTMLVideoElement>(null)
  const [broken, setBroken] = useState(false)
  // the file itself, not its stream: two streams that each choose a quality would compare the network
  const [file] = useState(() => fileOf(clip, 'video.mp4'))
  useEffect(() => (video.current ? pair.attach(side, video.current) : undefined), [pair, side])
  return (
    <figure className={css.screen} data-of={side} data-heard={heard || undefined}>
      <video ref={video} src={file} preload="auto" playsInline muted={!heard} aria-label={`Clip ${side.toUpperCase()}: ${titleOf(one.prompt)}`} onError={() => setBroken(true)} onClick={() => pair.show(side)} />
      {broken && (
        <p role="alert" className={css.broken}>
          This clip did not arrive. Load the page again.
        </p>
      )}
      <figcaption>
        <b>{side.toUpperCase()}</b>
        <Link to={`/clip/${one.id}`}>seed {one.seed}</Link>
        <span>{one.engine}</span>
        {heard && <Volume2 size={15} aria-label="heard" />}
      </figcaption>
    </figure>
  )
}

function Table({ a, b }: { a: Generation; b: Generation }) {
  const [all, setAll] = useState(false)
  const left = settingsOf(a)
  const right = settingsOf(b)
  const keys = [...new Set([...left, ...right].map((one) => one.key))]
  const rows = keys.map((key) => {
    const [one, other] = [left.find((each) => each.key === key), right.find((each) => each.key === key)]
    return { key, label: (one ?? other)!.label, a: one?.value ?? '–', b: other?.value ?? '–', differs: one?.value !== other?.value }
  })
  const shown = all ? rows : rows.filter((row) => row.differs)
  const same = a.prompt === b.prompt
  const pieces = useMemo(() => difference(a.prompt, b.prompt), [a.prompt, b.prompt])
  return (
    <section className={css.table} aria-label="What differs">
      <div className={css.tableHead}>
        <h2>What differs</h2>
        <label>
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> Show what is the same too
        </label>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Prompt</th>
            {same ? (
              <td colSpan={2}>{all ? a.prompt : <span className="quiet">The same</span>}</td>
            ) : (
              (['left', 'right'] as const).map((which) => (
                <td key={which}>
                  {pieces
                    .filter((piece) => piece.kind === 'same' || piece.kind === which)
                    .map((piece, index) => (piece.kind === 'same' ? <span key={index}>{piece.text}</span> : <mark key={index}>{piece.text}</mark>))}
                </td>
              ))
            )}
          </tr>
          {shown.map((row) => (
            <tr key={row.key} data-differs={row.differs || undefined}>
              <th scope="row">{row.label}</th>
              <td className="numbers">{row.a}</td>
              <td className="numbers">{row.b}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
