import { useMutation } from '@tanstack/react-query'
import { Play, Volume2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { api, call } from '../api/client'
import type { components } from '../api/schema'
import { useKeys } from '../clip/keys'
import { root } from '../api/root'
import { Button, Fault, Notice, Progress, TextField } from '../ui'
import { playedOf, reportOf, start } from './watch'
import css from './votes.module.css'

type Sitting = components['schemas']['Sitting']
type Item = components['schemas']['Item']

/** The five-level quality scale of ITU-T P.910. */
export const SCALE = [
  { score: 5, word: 'Excellent' },
  { score: 4, word: 'Good' },
  { score: 3, word: 'Fair' },
  { score: 2, word: 'Poor' },
  { score: 1, word: 'Bad' },
] as const

/** One person through a study: screen and sound are checked, then one clip after the other. */
export function Rating({ begun, onEnd }: { begun: Sitting; onEnd: () => void }) {
  const [sitting, setSitting] = useState(begun)
  const vote = useMutation({
    mutationFn: (body: { item: number; score: number; playback: components['schemas']['Played'] }) => call(api.POST('/v1/votes/sittings/{ident}/votes', { params: { path: { ident: sitting.id } }, body })),
    onSuccess: setSitting,
    onError: () => void call(api.GET('/v1/votes/sittings/{ident}', { params: { path: { ident: sitting.id } } })).then(setSitting, () => undefined),
  })
  if (sitting.closed)
    return (
      <Notice tone="good" live action={<Button onClick={onEnd}>Back to the studies</Button>}>
        Thank you: {sitting.done} of {sitting.items} rated.
      </Notice>
    )
  if (!sitting.opened) return <Checks sitting={sitting} onOpen={setSitting} />
  return (
    <>
      {vote.error && <Fault error={vote.error} />}
      {sitting.next && <Stage key={sitting.next.item} sitting={sitting} item={sitting.next} busy={vote.isPending} onRate={(score, playback) => vote.mutate({ item: sitting.next!.item, score, playback })} />}
    </>
  )
}

function Checks({ sitting, onOpen }: { sitting: Sitting; onOpen: (sitting: Sitting) => void }) {
  const screen = useRef<HTMLDivElement>(null)
  const [heard, setHeard] = useState('')
  const [round, setRound] = useState(0)
  const open = useMutation({
    mutationFn: () => {
      const { width, height } = screen.current!.getBoundingClientRect()
      return call(api.POST('/v1/votes/sittings/{ident}/checks', { params: { path: { ident: sitting.id } }, body: { heard: Number(heard) || 0, screen: { width: Math.round(width), height: Math.round(height), scale: devicePixelRatio } } }))
    },
    onSuccess: onOpen,
    onError: () => {
      setHeard('')
      setRound((count) => count + 1)
    },
  })
  const listen = () => void new Audio(`${root}/v1/votes/sittings/${sitting.id}/sound?round=${round}`).play().catch(() => undefined)
  return (
    <section className={css.checks} aria-label="Screen and sound">
      <h2>Before you begin</h2>
      <p>You will watch {sitting.items} short clips, one at a time, each to its end and with its sound. After each, rate the quality of what you saw and heard as a whole:</p>
      <dl className={css.scale}>
        {SCALE.map(({ score, word }) => (
          <div key={score}>
            <dt>{score}</dt>
            <dd>{word}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">Judge each clip by itself, not against the one before. There is no right answer; at times a clip asks you for a certain rating, to see that somebody is there. Sit where you see the whole picture, and wear headphones if you have some.</p>
      <div ref={screen} className={css.frame}>
        <span className="quiet small">The picture will be this large.</span>
      </div>
      <form
        className={css.hear}
        onSubmit={(event) => {
          event.preventDefault()
          open.mutate()
        }}
      >
        <Button icon={<Volume2 size={17} aria-hidden />} onClick={listen}>
          Play the beeps
        </Button>
        <TextField label="How many beeps do you hear?" inputMode="numeric" value={heard} onChange={(event) => setHeard(event.target.value.replace(/\D/g, '').slice(0, 2))} />
        <Button type="submit" look="primary" disabled={!heard} busy={open.isPending}>
          Begin
        </Button>
      </form>
      {open.error && <Fault error={open.error} />}
    </section>
  )
}

function Stage({ sitting, item, busy, onRate }: { sitting: Sitting; item: Item; busy: boolean; onRate: (score: number, playback: components['schemas']['Played']) => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const [started, setStarted] = useState(false)
  const [watched, setWatched] = useState(false)
  const [asked, setAsked] = useState(false)
  const [silent, setSilent] = useState(false)
  const since = useRef(performance.now())
  const play = () => {
    if (!video.current) return
    setStarted(true)
    if (video.current.ended) video.current.currentTime = 0
    start(video.current, () => setStarted(false))
  }
  useEffect(() => {
    if (sitting.done > 0) play()
  }, []) // eslint-disable-line react-hooks/exhaustive-deps
  const look = () => {
    const now = video.current
    if (!now) return
    setSilent(now.muted || now.volume === 0)
    if (item.asked !== null && now.currentTime > item.left.seconds / 2) setAsked(true)
    if (!watched && playedOf(now) >= 0.96 * item.left.seconds) {
      setWatched(true)
      since.current = performance.now()
    }
  }
  const rate = (score: number) => watched && !busy && video.current && onRate(score, reportOf([video.current], video.current.muted, since.current))
  useKeys({ ' ': play, ...Object.fromEntries(SCALE.map(({ score }) => [String(score), () => rate(score)])) })
  return (
    <section className={css.booth} aria-label="Rate this clip">
      <div className={css.progress}>
        <Progress value={sitting.done / sitting.items} label={`Clip ${sitting.done + 1} of ${sitting.items}`} />
        <span className="quiet small numbers">
          Clip {sitting.done + 1} of {sitting.items}
          {item.training && ' · for practice'}
        </span>
      </div>
      <div className={css.frame}>
        <video ref={video} src={item.left.url} preload="auto" playsInline aria-label="The clip to rate" onTimeUpdate={look} onEnded={look} onVolumeChange={look} />
        {asked && (
          <p className={css.asked} role="status">
            A check of attention: please rate this clip <strong>{item.asked}</strong>, {SCALE.find(({ score }) => score === item.asked)!.word}.
          </p>
        )}
        {!started && (
          <Button look="primary" icon={<Play size={18} aria-hidden />} onClick={play}>
            Play the clip
          </Button>
        )}
      </div>
      {silent && <Notice tone="warn">The sound is off: turn it on and play the clip again.</Notice>}
      <div className={css.ballot} role="group" aria-label="How do you rate the quality of the clip as a whole?">
        {SCALE.map(({ score, word }) => (
          <Button key={score} disabled={!watched || busy} aria-keyshortcuts={String(score)} onClick={() => rate(score)}>
            <kbd>{score}</kbd> {word}
          </Button>
        ))}
      </div>
      {!watched && <p className="quiet small">The scale opens when the clip has played to its end.</p>}
    </section>
  )
}
