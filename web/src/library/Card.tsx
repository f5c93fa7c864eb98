import { Check, Columns2, FilePen, PenLine, SlidersHorizontal, VolumeX } from 'lucide-react'
import { useRef, useState, type PointerEvent } from 'react'
import { Link, useLocation } from 'wouter'
import type { Generation } from '../api/contract'
import { running, sentence, STATES, stepWords } from '../clip/describe'
import { clipOf, fileOf, ratioOf, tileStyle } from '../clip/media'
import { NameDialog, nameOf, Star, takeName } from '../clip/naming'
import { CopyText, SettingList } from '../clip/Settings'
import { reopen } from '../clip/versions'
import { ago, Badge, Button, Dialog, Progress, seconds, toastError } from '../ui'
import css from './library.module.css'

/** A clip in the library. A pointer moving over it leafs through its pictures. */
export function Card({ one, named, picked, onPick }: { one: Generation; named?: boolean; picked: 'A' | 'B' | null; onPick: (one: Generation) => void }) {
  const [open, setOpen] = useState(false)
  const [, go] = useLocation()
  const ready = one.state === 'succeeded'
  const [naming, setNaming] = useState(false)
  const title = nameOf(one)
  const name = named ? title : takeName(one)
  return (
    <article className={css.card} data-picked={picked || undefined}>
      <Link to={`/clip/${one.id}`} className={css.face} aria-label={`${title}, seed ${one.seed}, ${STATES[one.state]?.word ?? one.state}`}>
        <Face one={one} />
      </Link>
      <div className={css.caption}>
        <span className={css.name} title={named ? one.prompt : undefined}>
          {named || one.name ? name : <span className="numbers">{name}</span>}
        </span>
        {!named && !one.name && <CopyText text={String(one.seed)} label={`Copy the seed ${one.seed}`} />}
        <span className={css.buttons}>
          <Star one={one} small />
          <Button look="plain" small icon={<SlidersHorizontal size={16} aria-hidden />} label={`Settings of ${name}`} onClick={() => setOpen(true)} />
          {ready && (
            <Button
              look="plain"
              small
              className={picked ? css.pickedButton : undefined}
              aria-pressed={picked !== null}
              icon={picked ? <Check size={16} aria-hidden /> : <Columns2 size={16} aria-hidden />}
              label={picked ? `${name} is ${picked} of the comparison; take it out` : `Pick ${name} to compare`}
              onClick={() => onPick(one)}
            />
          )}
        </span>
      </div>
      <p className={css.line}>
        {[one.engine, seconds(one.duration), one.ratio, ago(one.created), one.project].filter(Boolean).join(' · ')}
      </p>
      <Dialog open={open} title={`Seed ${one.seed}`} onClose={() => setOpen(false)}>
        <p className={css.promptText}>{one.prompt}</p>
        <SettingList one={one} />
        <div className={css.dialogActions}>
          <Button
            icon={<PenLine size={16} aria-hidden />}
            onClick={() => {
              setOpen(false)
              setNaming(true)
            }}
          >
            Name and project
          </Button>
          <Button
            icon={<FilePen size={16} aria-hidden />}
            onClick={() => {
              reopen(one).then(() => go('/'), toastError)
            }}
          >
            Open in composer
          </Button>
          <Button look="primary" onClick={() => go(`/clip/${one.id}`)}>
            Look at it
          </Button>
        </div>
      </Dialog>
      <NameDialog one={one} open={naming} onClose={() => setNaming(false)} />
    </article>
  )
}

function Face({ one }: { one: Generation }) {
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number | null>(null)
  const clip = clipOf(one)
  const [across, down] = ratioOf(one.ratio)
  const poster = fileOf(clip, 'poster.webp')
  const sheet = fileOf(clip, 'spritesheet.jpg')
  const state = STATES[one.state]
  const onMove = (event: PointerEvent) => {
    if (event.pointerType !== 'mouse' || !sheet) return
    const rect = box.current!.getBoundingClientRect()
    setAt(Math.max(0, Math.min(0.999, (event.clientX - rect.left) / rect.width)))
  }
  return (
    <div ref={box} className={css.picture} data-waits={one.state !== 'succeeded' || undefined} onPointerMove={onMove} onPointerLeave={() => setAt(null)}>
      {poster ? <img src={poster} alt="" loading="lazy" decoding="async" /> : null}
      {at !== null && sheet && (
        <>
          <div className={css.leaf} style={{ aspectRatio: `${across} / ${down}`, ...tileStyle(sheet, at * clip.seconds, clip.frames) }} />
          <i className={css.at} style={{ left: `${at * 100}%` }} />
        </>
      )}
      {!one.sound && one.state === 'succeeded' && <VolumeX size={16} className={css.silent} aria-label="Silent" />}
      {one.state !== 'succeeded' && (
        <div className={css.veil}>
          <Badge tone={state?.tone}>{state?.word ?? one.state}</Badge>
          {one.state === 'running' && (
            <>
              <Progress value={one.progress} label="Progress" />
              <span className="small">{stepWords(one.step)}</span>
            </>
          )}
          {!running(one) && one.error && <span className={css.fault}>{sentence(one.error.message)}</span>}
        </div>
      )}
    </div>
  )
}
