import { Editor, Extension } from '@tiptap/core'
import Document from '@tiptap/extension-document'
import Paragraph from '@tiptap/extension-paragraph'
import Text from '@tiptap/extension-text'
import { Placeholder, UndoRedo } from '@tiptap/extensions'
import { Plugin, TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react'
import { pasted } from '../uploads'
import { ADD_REFERENCE, offer, type Completion, type Known } from './completion'
import { Completions, type Shown } from './Completions'
import { docOf, textOf, toDoc, toText } from './document'
import css from './editor.module.css'
import { marks, marksKey, type Marking } from './marks'

export interface EditorHandle {
  focus: () => void
  /** Select a stretch of the text and show it. */
  select: (from: number, to: number) => void
  /** Where the caret is, as an offset of the text. */
  caret: () => number
}

export interface PromptEditorProps {
  value: string
  onChange: (text: string) => void
  marking: Marking
  known: Known
  onFiles: (files: File[]) => void
  onAddReference: () => void
  /** A word was clicked: where in the text, and where on the screen. */
  onWord: (offset: number, at: { left: number; top: number; bottom: number }) => void
  describedBy?: string
  invalid?: boolean
  ref?: Ref<EditorHandle>
}

/** A plain-text editor with a memory for undo. While an input method composes, no key is looked at and nothing is reported. */
export default function PromptEditor(props: PromptEditorProps) {
  const { value, marking, describedBy, invalid, ref } = props
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor | null>(null)
  const latest = useRef(props)
  latest.current = props
  const told = useRef(value)
  const [shown, setShown] = useState<Shown | null>(null)
  const open = useRef<Shown | null>(null)
  const list = useId()

  const show = (next: Shown | null) => {
    open.current = next
    setShown(next)
  }

  const take = (item: Completion) => {
    const view = editor.current?.view
    const now = open.current
    show(null)
    if (!view || !now) return
    const end = view.state.selection.from
    const from = end - now.offer.typed
    const tr = view.state.tr
    if (item.id === ADD_REFERENCE) tr.delete(from, end)
    else {
      const [before = '', after] = item.insert.split('|')
      // a space that is there already is stepped over, not doubled
      const doubled = before.endsWith(' ') && view.state.doc.textBetween(end, Math.min(end + 1, view.state.doc.content.size)) === ' '
      tr.insertText((doubled ? before.slice(0, -1) : before) + (after ?? ''), from, end)
      tr.setSelection(TextSelection.create(tr.doc, from + before.length))
    }
    view.dispatch(tr.scrollIntoView().setMeta('completed', true))
    view.focus()
    if (item.id === ADD_REFERENCE) latest.current.onAddReference()
  }

  useLayoutEffect(() => {
    const tell = () => {
      const made = editor.current
      if (!made || made.view.composing) return
      const text = textOf(made.state.doc)
      if (text === told.current) return
      told.current = text
      latest.current.onChange(text)
    }

    const look = (view: EditorView) => {
      const { selection, doc } = view.state
      if (view.composing || !selection.empty || !view.hasFocus()) return show(null)
      const { $from } = selection
      const line = $from.parent.textBetween(0, $from.parentOffset)
      const text = textOf(doc)
      const at = toText(doc, $from.pos)
      const found = offer(line, text.slice(0, at), text.slice(at), latest.current.known)
      if (!found) return show(null)
      const { left, top, bottom } = view.coordsAtPos($from.pos - found.typed)
      show({ offer: found, active: found.asked ? 0 : -1, at: { left, top, bottom } })
    }

    const key = (event: KeyboardEvent): boolean => {
      const now = open.current
      if (!now || event.isComposing || event.keyCode === 229) return false
      const { items, asked } = now.offer
      if (event.key === 'Escape') show(null)
      else if (event.key === 'ArrowDown') show({ ...now, active: (now.active + 1) % items.length })
      else if (event.key === 'ArrowUp') show({ ...now, active: (now.active + items.length * 2 - (now.active < 0 ? 0 : 1)) % items.length })
      else if (event.key === 'Tab' && !event.shiftKey) take(items[Math.max(0, now.active)]!)
      else if (event.key === 'Enter' && (asked || now.active >= 0)) take(items[Math.max(0, now.active)]!)
      else return false
      event.stopPropagation() // Ctrl and Enter on a suggestion takes it and sends nothing
      return true
    }

    const made = new Editor({
      element: host.current!,
      injectCSS: false, // the page's content policy allows no style elements; ours has what the editor needs
      content: docOf(latest.current.value),
      coreExtensionOptions: { clipboardTextSerializer: { blockSeparator: '\n' } },
      extensions: [
        Document,
        Paragraph,
        Text,
        UndoRedo,
        Placeholder.configure({ placeholder: 'What happens? Who is there, where, what do we hear?' }),
        Extension.create({
          name: 'phonofilm',
          addProseMirrorPlugins: () => [
            marks(() => latest.current.marking),
            new Plugin({
              props: { handleKeyDown: (_, event) => key(event) },
              view: () => ({
                update: (view, before) => {
                  const typed = !before.doc.eq(view.state.doc)
                  if (typed && told.current !== textOf(view.state.doc)) look(view)
                  else if (!before.selection.eq(view.state.selection)) show(null)
                },
              }),
            }),
          ],
        }),
      ],
      editorProps: {
        attributes: { role: 'textbox', 'aria-multiline': 'true', 'aria-label': 'Prompt', spellcheck: 'true', class: css.text! },
        handleClick: (view, position, event) => {
          const word = event.target instanceof Element ? event.target.closest('[data-heard]') : null
          if (word && view.state.selection.empty) latest.current.onWord(toText(view.state.doc, position), word.getBoundingClientRect())
          return false
        },
        handlePaste: (view, event) => {
          const files = pasted(event.clipboardData)
          if (files.length) {
            latest.current.onFiles(files)
            return true
          }
          const text = event.clipboardData?.getData('text/plain')
          if (!text) return false
          paste(view, text)
          return true
        },
        handleDrop: (_, event) => (event.dataTransfer?.files.length ?? 0) > 0, // the page takes dropped files
        handleDOMEvents: {
          compositionend: () => {
            setTimeout(tell, 30)
            return false
          },
          blur: () => {
            show(null)
            return false
          },
        },
      },
      onUpdate: ({ transaction }) => {
        if (transaction.getMeta('completed')) show(null)
        tell()
      },
    })
    editor.current = made
    return () => {
      editor.current = null
      made.destroy()
    }
  }, [])

  // the text changed elsewhere: a cut was dragged, a template was taken. Only what differs is replaced, so that caret and undo survive.
  useLayoutEffect(() => {
    const view = editor.current?.view
    if (!view || value === told.current || view.composing) return
    heard()
    told.current = value
    const before = textOf(view.state.doc)
    if (before === value) return
    let start = 0
    while (start < before.length && start < value.length && before[start] === value[start]) start++
    let end = 0
    while (end < before.length - start && end < value.length - start && before.at(-1 - end) === value.at(-1 - end)) end++
    const removed = before.slice(start, before.length - end)
    const added = value.slice(start, value.length - end)
    const tr = view.state.tr
    if (removed.includes('\n') || added.includes('\n')) tr.replaceWith(0, view.state.doc.content.size, view.state.schema.nodeFromJSON(docOf(value)).content)
    else tr.insertText(added, toDoc(before, start), toDoc(before, before.length - end))
    view.dispatch(tr)
  }, [value])

  useEffect(() => {
    const view = editor.current?.view
    if (!view || view.composing) return
    heard()
    view.dispatch(view.state.tr.setMeta(marksKey, true).setMeta('addToHistory', false))
  }, [marking])

  useEffect(() => {
    const dom = editor.current?.view.dom
    if (!dom) return
    put(dom, 'aria-describedby', describedBy)
    put(dom, 'aria-invalid', invalid ? 'true' : undefined)
    put(dom, 'aria-haspopup', shown ? 'listbox' : undefined)
    put(dom, 'aria-controls', shown ? list : undefined)
    put(dom, 'aria-activedescendant', shown && shown.active >= 0 ? `${list}-${shown.active}` : undefined)
  }, [describedBy, invalid, shown, list])

  useImperativeHandle(ref, () => ({
    focus: () => editor.current?.view.focus(),
    select: (from, to) => {
      const view = editor.current?.view
      if (!view) return
      const text = textOf(view.state.doc)
      view.focus()
      view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, toDoc(text, from), toDoc(text, to))).scrollIntoView())
    },
    caret: () => {
      const state = editor.current?.state
      return state ? toText(state.doc, state.selection.from) : 0
    },
  }))

  return (
    <>
      <div ref={host} className={css.host} />
      <span className="unseen" role="status">
        {shown ? `${shown.offer.items.length} suggestions, the first: ${shown.offer.items[0]!.label}` : ''}
      </span>
      {shown && <Completions id={list} shown={shown} onTake={take} />}
    </>
  )
}

/** The editor hears of a caret that a key or the mouse has moved a moment later than it moves, and puts it back where it knew it when it is
 * drawn in between: a selection would come back, and the next letter would replace it. So it is told first. */
function heard(): void {
  document.dispatchEvent(new Event('selectionchange'))
}

function paste(view: EditorView, text: string): void {
  const { schema, tr } = view.state
  const lines = text.replace(/\r\n?/g, '\n').replaceAll('\0', '').split('\n')
  if (lines.length === 1) return view.dispatch(tr.insertText(lines[0]!).scrollIntoView())
  const slice = schema.nodeFromJSON(docOf(lines.join('\n'))).slice(1, lines.join('\n').length + lines.length)
  view.dispatch(tr.replaceSelection(slice).scrollIntoView())
}

function put(element: HTMLElement, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name)
  else element.setAttribute(name, value)
}
