import { useQuery } from '@tanstack/react-query'
import { Keyboard, Play } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useStore } from '../api/store'
import { Button, Dialog } from '../ui'
import { useKeys } from './keys'
import { fileOf, parseVtt, timeOf, type Clip } from './media'
import { Playback } from './playback'
import { EventLegend, Strip, type Pin } from './Strip'
import { toEvent, Transport } from './Transport'
import css from './player.module.css'

const Screen = lazy(() => import('./Screen'))

export function usePlayback(clip: Clip | null): Playback | null {
  const seconds = clip?.seconds
  const frames = clip?.frames
  return useMemo(() => (seconds && frames ? new Playback(seconds, frames) : null), [seconds, frames])
}

/** A clip to look at closely: the picture, its transport, its strip, and the keys that move it. */
export function ClipView({ clip, title, playback: given, shots, pins, autoPlay, onStale }: { clip: Clip; title: string; playback?: Playback; shots?: number[]; pins?: Pin[]; autoPlay?: boolean; onStale?: () => void }) {
  const own = usePlayback(clip)
  const playback = given ?? own!
  const range = useStore(playback.range)
  const [help, setHelp] = useState(false)
  const words = fileOf(clip, 'subtitles.vtt')
  const cues = useQuery({
    queryKey: ['cues', words?.split('?')[0]],
    enabled: words !== undefined,
    staleTime: Infinity,
    queryFn: async () => {
      const answer = await fetch(words!)
      if (!answer.ok) throw new Error('The subtitles did not arrive.')
      return parseVtt(await answer.text())
    },
  })

  useKeys({
    ' ': () => playback.toggle(),
    k: () => playback.toggle(),
    ',': () => playback.step(-1),
    '.': () => playback.step(1),
    '<': () => toEvent(playback, clip, -1),
    '>': () => toEvent(playback, clip, 1),
    ArrowLeft: () => playback.seek(playback.time.get() - 1),
    ArrowRight: () => playback.seek(playback.time.get() + 1),
    Home: () => playback.seek(0),
    End: () => playback.seek(timeOf(clip.frames - 1)),
    i: () => playback.mark('in'),
    o: () => playback.mark('out'),
    l: () => playback.turnLoop(),
    s: () => playback.turnRate(),
    m: () => playback.mute(),
    c: () => playback.captions(),
    f: () => playback.fullscreen(),
    '?': () => setHelp(true),
  })

  const poster = fileOf(clip, 'poster.webp')
  return (
    <div className={css.view} style={{ '--across': clip.width, '--down': clip.height } as React.CSSProperties}>
      <div className={css.stage}>
        <div className={css.frame}>
          <Suspense fallback={poster ? <img src={poster} alt="" className={css.poster} /> : null}>
            <Screen clip={clip} playback={playback} title={title} autoPlay={autoPlay} onStale={onStale} />
          </Suspense>
          <BigPlay playback={playback} />
        </div>
      </div>
      <Transport clip={clip} playback={playback} />
      <Strip clip={clip} head={playback} cues={cues.data} shots={shots} pins={pins} range={range} />
      <div className={css.under}>
        <EventLegend clip={clip} head={playback} />
        <Button look="plain" small icon={<Keyboard size={16} aria-hidden />} onClick={() => setHelp(true)}>
          Keys
        </Button>
      </div>
      <Dialog open={help} title="Keys" onClose={() => setHelp(false)}>
        <KeyTable
          keys={[
            ['Space', 'Play or pause'],
            [', .', 'One frame back or forward'],
            ['< >', 'The moment that sounds before, or next'],
            ['← →', 'One second back or forward'],
            ['I O', 'Loop from here, to here'],
            ['L', 'Loop on or off'],
            ['S', 'Slower, faster'],
            ['M C F', 'Mute, subtitles, full screen'],
            ['Home End', 'First or last frame'],
          ]}
        />
      </Dialog>
    </div>
  )
}

/** Until the first touch: the one thing to do with a clip. */
function BigPlay({ playback }: { playback: Playback }) {
  const begun = useStore(playback.begun)
  const ready = useStore(playback.ready)
  if (begun || !ready) return null
  return (
    <button type="button" className={css.bigPlay} aria-label="Play" onClick={() => playback.toggle()}>
      <Play size={30} fill="currentColor" aria-hidden />
    </button>
  )
}

export function KeyTable({ keys }: { keys: [string, string][] }) {
  return (
    <dl className={css.keyTable}>
      {keys.map(([key, does]) => (
        <div key={key}>
          <dt>
            {key.split(' ').map((one) => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  )
}
