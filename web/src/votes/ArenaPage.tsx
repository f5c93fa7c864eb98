import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Pause, Play, Scale, Volume2, VolumeX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { useKeys } from '../clip/keys'
import { Button, EmptyState, Fault, LinkButton, Notice, Progress } from '../ui'
import { Ranking } from './Ranking'
import { playedOf, reportOf, start } from './watch'
import css from './votes.module.css'

type Sitting = components['schemas']['Sitting']
type Item = components['schemas']['Item']
type Choice = 'left' | 'right' | 'tie'

/** Two takes of one prompt, nobody says by whom; which is better? What the votes add up to stands below. */
export default function ArenaPage() {
  const client = useQueryClient()
  const [sitting, setSitting] = useState<Sitting | null>(null)
  const ranking = useQuery({ queryKey: ['ranking'], queryFn: () => call(api.GET('/v1/votes/ranking')) })
  const told = (now: Sitting) => {
    setSitting(now)
    void client.invalidateQueries({ queryKey: ['ranking'] })
  }
  const begin = useMutation({ mutationFn: () => call(api.POST('/v1/votes/sittings', { body: { kind: 'arena', pairs: 10 } })), onSuccess: told })
  const vote = useMutation({
    mutationFn: ({ item, choice, playback }: { item: number; choice: Choice; playback: components['schemas']['Played'] }) =>
      call(api.POST('/v1/votes/sittings/{ident}/votes', { params: { path: { ident: sitting!.id } }, body: { item, choice, playback } })),
    onSuccess: told,
    // a clip may have gone, or another tab was quicker: go on with what is next
    onError: () => void call(api.GET('/v1/votes/sittings/{ident}', { params: { path: { ident: sitting!.id } } })).then(told, () => undefined),
  })
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div>
          <h1>Arena</h1>
          <p className="quiet">Two takes of one prompt, side by side. Which would you rather have made?</p>
        </div>
        <LinkButton to="/rate">Rate clips one by one</LinkButton>
      </header>
      {begin.error && <Fault error={begin.error} />}
      {vote.error && <Fault error={vote.error} />}
      {sitting?.next ? (
        <Booth key={`${sitting.id} ${sitting.next.item}`} sitting={sitting} item={sitting.next} busy={vote.isPending} onVote={(choice, playback) => vote.mutate({ item: sitting.next!.item, choice, playback })} />
      ) : (
        <EmptyState
          icon={<Scale size={40} aria-hidden />}
          title={sitting ? 'Thank you, that was all of them' : 'Ten pairs take a few minutes'}
          action={
            <Button look="primary" busy={begin.isPending} onClick={() => begin.mutate()}>
              {sitting ? 'Ten more' : 'Begin to vote'}
            </Button>
          }
        >
          Both play together with one sound at a time. Who made them is told nowhere; left and right are by chance.
        </EmptyState>
      )}
      {ranking.error ? <Fault error={ranking.error} again={() => void ranking.refetch()} /> : ranking.data && <Ranking ranking={ranking.data} />}
    </div>
  )
}

function Booth({ sitting, item, busy, onVote }: { sitting: Sitting; item: Item; busy: boolean; onVote: (choice: Choice, playback: components['schemas']['Played']) => void }) {
  const left = useRef<HTMLVideoElement>(null)
  const right = useRef<HTMLVideoElement>(null)
  const [heard, setHeard] = useState<'left' | 'right'>('left')
  const [muted, setMuted] = useState(false)
  const [playing, setPlaying] = useState(false)
  const [watched, setWatched] = useState(false)
  const wanted = useRef(false)
  const since = useRef(performance.now())
  const both = () => [left.current, right.current].filter((one): one is HTMLVideoElement => one !== null)
  const needed = Math.min(item.left.seconds, item.right?.seconds ?? item.left.seconds) / 2

  const play = () => {
    wanted.current = !playing
    both().forEach((one) => {
      if (playing) return one.pause()
      if (one.ended) one.currentTime = 0
      start(one)
    })
  }
  // a browser may refuse to play what it is still loading: asked again once it can
  const ready = (one: HTMLVideoElement) => {
    if (wanted.current && one.paused && !one.ended) start(one)
  }
  const look = () => {
    setPlaying(both().some((one) => !one.paused && !one.ended))
    if (both().length === 2 && both().every((one) => playedOf(one) >= needed)) setWatched(true)
  }
  // the next pair begins by itself, as the one before was begun by hand
  useEffect(() => {
    wanted.current = sitting.done > 0
    both().forEach(ready)
  }, []) // eslint-disable-line react-hooks/exhaustive-deps
  const flip = () => setHeard((now) => (now === 'left' ? 'right' : 'left'))
  const choose = (choice: Choice) => watched && !busy && onVote(choice, reportOf(both(), muted, since.current))

  useKeys({ ' ': play, x: flip, m: () => setMuted(!muted), ArrowLeft: () => choose('left'), ArrowRight: () => choose('right'), ArrowDown: () => choose('tie'), a: () => choose('left'), d: () => choose('right'), t: () => choose('tie') })

  return (
    <section className={css.booth} aria-label="Which of the two is better?">
      <div className={css.progress}>
        <Progress value={sitting.done / sitting.items} label={`Pair ${sitting.done + 1} of ${sitting.items}`} />
        <span className="quiet small numbers">
          Pair {sitting.done + 1} of {sitting.items}
        </span>
      </div>
      <p className={css.prompt}>{item.prompt}</p>
      <div className={css.pair}>
        {(['left', 'right'] as const).map((side) => {
          const shown = side === 'left' ? item.left : item.right!
          return (
            <figure key={side} data-heard={(side === heard && !muted) || undefined}>
              <video
                ref={side === 'left' ? left : right}
                src={shown.url}
                poster={shown.poster ?? undefined}
                preload="auto"
                playsInline
                muted={muted || side !== heard}
                aria-label={side === 'left' ? 'Left take' : 'Right take'}
                onCanPlay={(event) => ready(event.currentTarget)}
                onTimeUpdate={look}
                onPlay={look}
                onPause={look}
                onEnded={look}
                onClick={() => setHeard(side)}
              />
              <figcaption>
                {side === 'left' ? 'Left' : 'Right'}
                {side === heard && !muted && <Volume2 size={15} aria-label="heard" />}
              </figcaption>
            </figure>
          )
        })}
      </div>
      <div className={css.keys}>
        <Button icon={playing ? <Pause size={17} aria-hidden /> : <Play size={17} aria-hidden />} onClick={play}>
          {playing ? 'Pause' : 'Play both'} <kbd>Space</kbd>
        </Button>
        <Button onClick={flip}>
          Hear the {heard === 'left' ? 'right' : 'left'} one <kbd>X</kbd>
        </Button>
        <Button look="plain" icon={muted ? <VolumeX size={17} aria-hidden /> : <Volume2 size={17} aria-hidden />} label={muted ? 'Sound on (M)' : 'Mute (M)'} onClick={() => setMuted(!muted)} />
      </div>
      {muted && <Notice tone="warn">A clip is judged with its sound: turn it on before you vote.</Notice>}
      <div className={css.ballot} role="group" aria-label="Your vote">
        <Button look="primary" disabled={!watched || busy} aria-keyshortcuts="ArrowLeft" onClick={() => choose('left')}>
          <kbd>←</kbd> Left is better
        </Button>
        <Button disabled={!watched || busy} aria-keyshortcuts="ArrowDown" onClick={() => choose('tie')}>
          <kbd>↓</kbd> A tie
        </Button>
        <Button look="primary" disabled={!watched || busy} aria-keyshortcuts="ArrowRight" onClick={() => choose('right')}>
          Right is better <kbd>→</kbd>
        </Button>
      </div>
      {!watched && <p className="quiet small">The vote opens when half of both has played.</p>}
    </section>
  )
}
