import { Eraser, Upload } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { ReadShot } from '../api/contract'
import { reachable } from '../api/connection'
import { useStore } from '../api/store'
import { QueueStrip } from '../queue/QueueStrip'
import { Button, EmptyState, Skeleton, toast } from '../ui'
import { Board } from './Board'
import { Drafts } from './Drafts'
import { bodyOf, compose, draft as store, edit, MAX_PROMPT, throwSeed } from './draft'
import type { EditorHandle } from './editor/PromptEditor'
import { Hints } from './Hints'
import { Heard } from './Heard'
import { altKeys } from './Keys'
import { engineOf, lengthFor, useEngines, useEstimate, useVocabulary } from './offers'
import { meaningsOf, usePlan, withMeaning } from './plan'
import { usePreview } from './preview'
import { PreviewPane, type Seek } from './PreviewPane'
import { useReading, useSettled } from './reading'
import { ReferenceTray, takeFiles } from './ReferenceTray'
import { Settings } from './Settings'
import { ShotStrip } from './ShotStrip'
import { useSubmit } from './submit'
import { SubmitBar } from './SubmitBar'
import { cutShot, insertWords, restretch, SHORTEST, type Edit } from './text'
import { pasted } from './uploads'
import { WordCard, type Asked } from './WordCard'
import css from './composer.module.css'

const PromptEditor = lazy(() => import('./editor/PromptEditor'))
const SETTLE = 650

export default function ComposerPage() {
  const draft = useStore(store)
  const { prompt, duration, references } = draft
  const engines = useEngines().data
  const vocabulary = useVocabulary().data ?? null
  const engine = engineOf(draft.engine, engines)
  const read = useReading(prompt, duration, engine?.name ?? null, references, draft.seed)
  const current = read?.text === prompt && read.duration === duration
  const settled = useSettled(prompt, SETTLE)
  const heard = usePlan(prompt, duration, draft.seed)
  const plan = heard?.text === prompt ? heard.plan : null
  const [asked, setAsked] = useState<Asked | null>(null)
  const preview = usePreview(draft)
  const body = bodyOf(draft, engine?.name ?? null)
  const estimate = useEstimate(body)
  const { now, submit, stop, settle } = useSubmit()
  const editor = useRef<EditorHandle>(null)
  const picker = useRef<HTMLInputElement>(null)
  const stretched = useRef<{ text: string; shots: ReadShot[]; made: string } | null>(null)
  const [troubles, setTroubles] = useState<string[]>([])
  const hintsId = useId()
  const [seek, setSeek] = useState<Seek | null>(null)
  const [time, setTime] = useState(0)
  const [plays, setPlays] = useState(() => !matchMedia('(prefers-reduced-motion: reduce)').matches)
  const there = useStore(reachable)

  const reading = read?.reading ?? null
  // a shot list that cannot be read keeps the strip as it was, so that it does not flicker while somebody types
  const lasting = useLasting(reading?.shots.length ? reading.shots : null) ?? []
  const shots = prompt.trim() ? lasting : []
  const placed = current && lasting === reading?.shots
  const error = settled && current ? (reading?.hints.find((hint) => hint.severity === 'error') ?? null) : null
  const names = useMemo(() => new Set(references.flatMap((one, at) => [one.name, `${one.kind}${references.slice(0, at + 1).filter((other) => other.kind === one.kind).length}`])), [references])
  const marking = useMemo(() => ({ text: read?.text ?? '', reading, names, plan, hints: settled }), [read, reading, names, plan, settled])
  const known = useMemo(() => ({ references, vocabulary, reading, duration }), [references, vocabulary, reading, duration])

  const apply = ({ text, select }: Edit) => {
    edit({ prompt: text })
    if (select) setTimeout(() => editor.current?.select(...select), 0)
  }
  // a script that says more than the clip is long: the length that it says, where the engine makes one
  const end = placed ? (reading.seconds ?? 0) : 0
  const fitting = lengthFor(engine, end)
  const longer = end > duration + 1e-6 && fitting >= end - 1e-6 ? fitting : null
  const onScreen = shots.findIndex((shot) => time >= shot.start - 1e-3 && time < shot.end - 1e-3)
  const go = (at: number) => {
    const shot = shots[at]
    if (!shot) return
    // a little into the shot, so that its own picture is seen and not the last one before the cut
    setSeek({ seconds: shot.start + (at ? 0.06 : 0) })
    if (placed) visit(shot.position + shot.marker_length, shot.position + shot.length)
  }
  const split = () => {
    const at = onScreen < 0 ? shots.length - 1 : onScreen
    const shot = shots[at]
    const seconds = Math.round(time * 10) / 10
    if (!shot || !placed) return
    if (seconds - shot.start < SHORTEST || shot.end - seconds < SHORTEST) return toast(`A shot lasts at least ${SHORTEST} s: stop the preview further from a cut.`)
    apply(cutShot(prompt, shots, at, seconds))
  }
  const visit = (from: number, to: number) => editor.current?.select(from, Math.min(to, prompt.length))
  const insert = (name: string) => apply(insertWords(prompt, editor.current?.caret() || prompt.length, `@${name}`))
  const take = (files: File[]) => files.length && setTroubles(takeFiles(files))
  const close = useCallback(() => setAsked(null), [])
  const generate = async () => {
    if (!prompt.trim()) return
    // by what was chosen: the list of engines may come later than the first press
    const of = JSON.stringify({ ...body, model: draft.engine, seed: null })
    const before = draft.ordered?.of === of ? draft.ordered.seeds : []
    // the seed that is previewed is the one that is ordered; once it has been, the next take and its preview get another
    const seed = before.includes(draft.seed) && !draft.seedLocked ? throwSeed() : draft.seed
    edit({ seed })
    const seeds = draft.seedLocked ? [seed] : [seed, ...Array.from({ length: draft.takes - 1 }, throwSeed)]
    const made: number[] = []
    for (const one of seeds) {
      if (!(await submit({ ...body, seed: one }))) break
      made.push(one)
      edit({ ordered: { of, seeds: [...before, ...made] } })
    }
    if (made.length) toast(made.length === 1 ? 'On its way. Follow it under Your takes.' : `${made.length} takes are on their way. Follow them under Your takes.`, { tone: 'good' })
  }
  const setDuration = (seconds: number) => {
    // the reading of the new text comes a moment later: until then, and back again, it is stretched from where it began
    const base = stretched.current?.made === prompt ? stretched.current : current && reading ? { text: prompt, shots: reading.shots } : null
    if (!base) return edit({ duration: seconds })
    const made = restretch(base.text, base.shots, seconds)
    stretched.current = { ...base, made }
    edit({ duration: seconds, prompt: made })
  }

  useEffect(() => {
    // what was refused is said until something about it changes
    if (now.state === 'refused' && now.prompt !== prompt) settle()
  }, [now, prompt, settle])

  const keys = useRef<Record<string, () => void>>({})
  keys.current = {
    ArrowDown: () => go(Math.min(shots.length - 1, onScreen + 1)),
    ArrowUp: () => go(Math.max(0, onScreen - 1)),
    KeyS: split,
    KeyP: () => setPlays(!plays),
  }
  useEffect(() => {
    const hear = (event: KeyboardEvent) => altKeys(keys.current)(event)
    addEventListener('keydown', hear, true)
    return () => removeEventListener('keydown', hear, true)
  }, [])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        if (event.repeat || document.querySelector('dialog[open]')) return
        event.preventDefault()
        document.querySelector<HTMLButtonElement>(`.${css.generate}`)?.click()
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  const dropping = useDrop(take)

  return (
    <>
      <h1 className="unseen">Compose a clip</h1>
      <div className={css.page}>
        <div className={css.writing}>
          <section className={css.card} aria-label="Script">
            <Suspense fallback={<EditorLoading prompt={prompt} />}>
              <PromptEditor
                ref={editor}
                value={prompt}
                onChange={(text) => edit({ prompt: text })}
                marking={marking}
                known={known}
                onFiles={take}
                onAddReference={() => picker.current?.click()}
                onWord={(offset, at) => {
                  const word = plan?.words.find((one) => one.position <= offset && offset <= one.position + one.length && one.state !== 'ignored')
                  setAsked(word ? { word, at } : null)
                }}
                describedBy={hintsId}
                invalid={error !== null}
              />
            </Suspense>
            <ShotStrip text={prompt} shots={shots} current={placed} duration={duration} languages={vocabulary?.languages ?? []} onEdit={apply} onVisit={visit} onShot={go} />
            {shots.length > 0 && prompt.trim() && <Board draft={draft} shots={shots} current={placed} preview={preview} selected={onScreen < 0 ? null : onScreen} onSelect={go} />}
            {heard && prompt.trim() && <Heard plan={heard.plan} current={plan !== null} onVisit={visit} />}
            <footer className={css.foot}>
              <Hints id={hintsId} hints={settled && reading && current ? reading.hints : []} fine={settled && current && reading !== null && reading.shots.length > 0} away={!there && !current && prompt.trim() !== ''} onVisit={visit} />
              <div className={css.footRight}>
                {prompt.length > MAX_PROMPT * 0.8 && (
                  <span className="quiet small numbers">
                    {prompt.length} / {MAX_PROMPT}
                  </span>
                )}
                <Drafts />
                <Button
                  small
                  look="plain"
                  icon={<Eraser size={15} aria-hidden />}
                  onClick={() => {
                    compose({}, 'The page is blank.')
                    setTimeout(() => editor.current?.focus(), 0)
                  }}
                >
                  Start blank
                </Button>
              </div>
            </footer>
          </section>
          {draft.task !== 'generate' && (
            <p className={css.task}>
              {draft.task === 'extend' ? 'This goes on where the clip in the tray ends: write what happens next. Its words hold for the new part alone.' : 'This changes the clip in the tray.'}{' '}
              <Button small look="plain" onClick={() => edit({ task: 'generate', parent: null, references: references.filter((one) => one.role !== 'source') })}>
                Make a new clip instead
              </Button>
            </p>
          )}
          <div className={css.files}>
            <ReferenceTray references={references} prompt={prompt} picker={picker} troubles={troubles} onFiles={take} onSettle={() => setTroubles([])} onInsert={insert} />
          </div>
          <div className={css.takes} id="takes">
            <QueueStrip />
          </div>
        </div>
        <div className={css.making}>
          <div className={css.screen}>
            <PreviewPane preview={preview} seek={seek} plays={plays} onPlays={setPlays} onTime={setTime} />
          </div>
          <div className={css.panel}>
            <Settings draft={draft} engine={engine} engines={engines ?? []} onDuration={setDuration} />
            <SubmitBar draft={draft} estimate={estimate} broken={error?.message ? `The script needs a look: ${error.message}.` : null} longer={longer} onLonger={(seconds) => edit({ duration: seconds })} now={now} onSubmit={() => void generate()} onStop={stop} />
          </div>
        </div>
      </div>
      {asked && (
        <WordCard
          key={asked.word.position}
          asked={asked}
          meaning={meaningsOf(prompt).find(([word]) => word.toLowerCase() === asked.word.word.toLowerCase())?.[1] ?? ''}
          onSay={(meaning) => {
            edit({ prompt: withMeaning(prompt, asked.word.word, meaning) })
            setAsked(null)
          }}
          onClose={close}
        />
      )}
      {dropping && (
        <div className={css.drop} aria-hidden>
          <EmptyState icon={<Upload size={34} />} title="Drop them anywhere">
            Pictures, clips and sounds become references of this prompt.
          </EmptyState>
        </div>
      )}
    </>
  )
}

/** The text can be read while the editor is on its way. */
function EditorLoading({ prompt }: { prompt: string }) {
  return prompt ? (
    <p className={css.waitingText}>{prompt}</p>
  ) : (
    <div className={css.waitingText}>
      <Skeleton height={20} width="60%" />
    </div>
  )
}

function useLasting<T>(value: T | null): T | null {
  const last = useRef(value)
  if (value !== null) last.current = value
  return last.current
}

/** Files dropped or pasted anywhere in the window; true while they hover. */
function useDrop(take: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false)
  const latest = useRef(take)
  latest.current = take
  useEffect(() => {
    let depth = 0
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent) => {
      if (!carries(event)) return
      depth++
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!carries(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const hover = (event: DragEvent) => carries(event) && event.preventDefault()
    const land = (event: DragEvent) => {
      if (!carries(event)) return
      event.preventDefault()
      depth = 0
      setOver(false)
      latest.current([...(event.dataTransfer?.files ?? [])])
    }
    const paste = (event: ClipboardEvent) => {
      // the editor has taken its own; a field takes text
      if (event.defaultPrevented || (event.target instanceof Element && event.target.closest('input, textarea'))) return
      latest.current(pasted(event.clipboardData))
    }
    addEventListener('dragenter', enter)
    addEventListener('dragleave', leave)
    addEventListener('dragover', hover)
    addEventListener('drop', land)
    addEventListener('paste', paste)
    return () => {
      removeEventListener('dragenter', enter)
      removeEventListener('dragleave', leave)
      removeEventListener('dragover', hover)
      removeEventListener('drop', land)
      removeEventListener('paste', paste)
    }
  }, [])
  return over
}
