/** What is shown in the text: @names, shot markers, spoken lines, and the linter's underlines. All of it decoration; the text stays plain. */
import { Plugin, PluginKey } from '@tiptap/pm/state'
import type { Node } from '@tiptap/pm/model'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import type { Hint, Plan, PlannedWord, Reading } from '../../api/contract'
import { textOf, toDoc } from './document'
import css from './editor.module.css'

export interface Marking {
  /** Of this very text; an older one is not drawn. */
  text: string
  reading: Reading | null
  names: Set<string>
  /** What the stage heard of it; null where it is not known, or is about an older text. */
  plan: Plan | null
  /** Not while somebody is in the middle of a word. */
  hints: boolean
}

export const marksKey = new PluginKey<DecorationSet>('marks')
const MENTION = /(?<![\w@])@([A-Za-z][A-Za-z0-9_-]*|[图视音][片像频]\d+)/g
const LANGUAGE = /(?<=["”」』»])\s*\[[a-z]{2,3}\]/g
/** A hint about a whole shot is in the list; underlining all of it would shout. */
const WIDEST = 60

export function marks(current: () => Marking): Plugin<DecorationSet> {
  return new Plugin<DecorationSet>({
    key: marksKey,
    state: {
      init: (_, state) => draw(state.doc, current()),
      apply: (tr, before, _, state) => {
        if (tr.getMeta(marksKey)) return draw(state.doc, current())
        return tr.docChanged ? before.map(tr.mapping, tr.doc) : before
      },
    },
    props: { decorations: (state) => marksKey.getState(state) },
  })
}

function draw(doc: Node, { text: read, reading, names, plan, hints }: Marking): DecorationSet {
  const text = textOf(doc)
  const found: Decoration[] = []
  const mark = (from: number, length: number, attributes: Record<string, string>) => {
    // a mark may run over a line's end; decorations take that
    if (length > 0) found.push(Decoration.inline(toDoc(text, from), toDoc(text, from + length), attributes))
  }
  for (const match of text.matchAll(MENTION)) {
    const known = names.has(match[1]!)
    mark(match.index, match[0].length, { class: known ? css.mention! : `${css.mention} ${css.unknown}`, ...(known ? {} : { title: 'No reference has this name' }) })
  }
  for (const match of text.matchAll(LANGUAGE)) mark(match.index, match[0].length, { class: css.tag! })
  if (plan) for (const word of plan.words) if (word.position >= 0 && word.state !== 'ignored') mark(word.position, word.length, { class: css[HEARD[word.state]]!, 'data-heard': word.state, title: told(word) })
  if (reading && read === text) {
    for (const shot of reading.shots) {
      if (shot.marked) mark(shot.position, shot.marker_length, { class: `${css.marker} ${css[`shot${((shot.number - 1) % 5) + 1}`]}` })
      for (const line of shot.lines) mark(line.position, line.length, { class: css.line! })
    }
    if (hints) for (const hint of reading.hints) if (underlined(hint)) mark(hint.position, Math.max(1, hint.length), { class: css[hint.severity]!, title: hint.message })
  }
  return DecorationSet.create(doc, found)
}

const HEARD: Record<PlannedWord['state'], string> = { staged: 'staged', 'stand-in': 'standIn', ignored: 'ignored', 'kept out': 'keptOut', unknown: 'lost' }

function told(word: PlannedWord): string {
  return word.state === 'unknown' ? 'Not understood: click to say what it means' : `${word.state}${word.means ? `: ${word.means}` : ''}`
}

export function underlined(hint: Hint): boolean {
  return hint.severity === 'error' || (hint.severity === 'warning' && hint.length <= WIDEST)
}
