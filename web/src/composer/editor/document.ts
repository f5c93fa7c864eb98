/** The prompt is plain text: a paragraph of the editor is a line of it, and nothing else is in either. */
import type { Node } from '@tiptap/pm/model'

export function textOf(doc: Node): string {
  return doc.textBetween(0, doc.content.size, '\n')
}

export function docOf(text: string) {
  return { type: 'doc', content: text.split('\n').map((line) => ({ type: 'paragraph', content: line ? [{ type: 'text', text: line }] : [] })) }
}

/** Place in the editor's document of a place in the text. Each line before costs one place more: a paragraph has two ends, a newline is one character. */
export function toDoc(text: string, offset: number): number {
  const at = Math.max(0, Math.min(offset, text.length))
  let lines = 0
  for (let index = text.indexOf('\n'); index >= 0 && index < at; index = text.indexOf('\n', index + 1)) lines++
  return at + lines + 1
}

export function toText(doc: Node, position: number): number {
  return position - 1 - doc.resolve(position).index(0)
}
