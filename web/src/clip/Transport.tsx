import { Captions, ChevronFirst, ChevronLast, Maximize, Pause, Play, Repeat, Repeat1, StepBack, StepForward, Volume2, VolumeX, X } from 'lucide-react'
import { useStore } from '../api/store'
import { Button, clock } from '../ui'
import { frameAt, FPS, timeOf, type Clip } from './media'
import type { Playback } from './playback'
import { Timecode } from './Strip'
import css from './player.module.css'

/** Under the picture: play, single frames, the next moment that sounds, the loop. */
export function Transport({ clip, playback }: { clip: Clip; playback: Playback }) {
  const playing = useStore(playback.playing)
  const loop = useStore(playback.loop)
  const range = useStore(playback.range)
  const ready = useStore(playback.ready)
  return (
    <div className={css.transport} role="toolbar" aria-label="Playback">
      <div className={css.keys}>
        {clip.events.length > 0 && <Button look="plain" small icon={<ChevronFirst size={18} aria-hidden />} label="Moment before (<)" onClick={() => toEvent(playback, clip, -1)} />}
        <Button look="plain" small icon={<StepBack size={17} aria-hidden />} label="Frame back (,)" onClick={() => playback.step(-1)} />
        <Button
          look="normal"
          className={css.play}
          icon={playing ? <Pause size={18} aria-hidden fill="currentColor" /> : <Play size={18} aria-hidden fill="currentColor" />}
          label={playing ? 'Pause (space)' : 'Play (space)'}
          onClick={() => playback.toggle()}
          disabled={!ready}
        />
        <Button look="plain" small icon={<StepForward size={17} aria-hidden />} label="Frame forward (.)" onClick={() => playback.step(1)} />
        {clip.events.length > 0 && <Button look="plain" small icon={<ChevronLast size={18} aria-hidden />} label="Next moment (>)" onClick={() => toEvent(playback, clip, 1)} />}
      </div>
      <Timecode head={playback} clip={clip} />
      <div className={css.keys}>
        <Button look="plain" small label="In: loop from here (I)" onClick={() => playback.mark('in')}>
          In
        </Button>
        <Button look="plain" small label="Out: loop to here (O)" onClick={() => playback.mark('out')}>
          Out
        </Button>
        <Button
          look="plain"
          small
          className={loop !== 'off' ? css.on : undefined}
          aria-pressed={loop !== 'off'}
          icon={loop === 'range' ? <Repeat1 size={17} aria-hidden /> : <Repeat size={17} aria-hidden />}
          label={loop === 'off' ? 'Loop (L)' : loop === 'all' ? 'Loop: the whole clip (L)' : 'Loop: in to out (L)'}
          onClick={() => playback.turnLoop()}
        />
        {range && (
          <Button look="plain" small icon={<X size={14} aria-hidden />} label={`Forget in and out (${clock(range[0])} to ${clock(range[1])})`} onClick={() => playback.clearRange()}>
            <span className="numbers">
              {clock(range[0])}–{clock(range[1])}
            </span>
          </Button>
        )}
        <span className={css.rule} aria-hidden />
        <Sound playback={playback} />
      </div>
    </div>
  )
}

function Sound({ playback }: { playback: Playback }) {
  const muted = useStore(playback.muted)
  const rate = useStore(playback.rate)
  const subtitles = useStore(playback.subtitles)
  return (
    <>
      <Button look="plain" small icon={muted ? <VolumeX size={17} aria-hidden /> : <Volume2 size={17} aria-hidden />} label={muted ? 'Sound on (M)' : 'Mute (M)'} onClick={() => playback.mute()} />
      {subtitles !== null && (
        <Button look="plain" small className={subtitles ? css.on : undefined} aria-pressed={subtitles} icon={<Captions size={18} aria-hidden />} label="Subtitles (C)" onClick={() => playback.captions()} />
      )}
      <Button look="plain" small label={`Speed ${rate} (S)`} title={`Speed ${rate} (S)`} className={rate === 1 ? undefined : css.on} onClick={() => playback.turnRate()}>
        <span className="numbers">{rate}×</span>
      </Button>
      <Button look="plain" small icon={<Maximize size={16} aria-hidden />} label="Full screen (F)" onClick={() => playback.fullscreen()} />
    </>
  )
}

export function toEvent(playback: Playback, clip: Clip, way: 1 | -1): void {
  const now = playback.time.get()
  const frame = 1 / FPS
  const found = way > 0 ? clip.events.find((one) => one.at > now + frame) : clip.events.findLast((one) => one.at < now - frame)
  if (!found) return
  playback.video?.pause()
  playback.seek(timeOf(frameAt(found.at, clip.frames)))
}
