import { AudioLines, Camera, Film, Image, Languages, MessageSquareQuote, Plus, Scissors, Type } from 'lucide-react'
import { useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import type { Completion, Offer } from './completion'
import css from './editor.module.css'

const ICONS = { image: Image, video: Film, audio: AudioLines, add: Plus, camera: Camera, speaker: MessageSquareQuote, shot: Scissors, language: Languages, word: Type }

export interface Shown {
  offer: Offer
  active: number
  /** Where the typed part begins on the screen. */
  at: { left: number; top: number; bottom: number }
}

/** The list under the caret. The focus stays in the text; the editor's keys move through it. */
export function Completions({ id, shown, onTake }: { id: string; shown: Shown; onTake: (item: Completion) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState({ left: shown.at.left, top: shown.at.bottom + 6 })
  useLayoutEffect(() => {
    const { offsetWidth, offsetHeight } = box.current!
    const below = shown.at.bottom + 6
    setPlace({
      left: Math.max(8, Math.min(shown.at.left - 10, innerWidth - offsetWidth - 8)),
      top: below + offsetHeight > innerHeight - 8 ? Math.max(8, shown.at.top - offsetHeight - 6) : below,
    })
  }, [shown.at.left, shown.at.bottom, shown.at.top, shown.offer.items.length])
  useLayoutEffect(() => {
    box.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [shown.active])
  return createPortal(
    <div ref={box} className={css.completions} style={place}>
      <ul id={id} role="listbox" aria-label="Suggestions">
        {shown.offer.items.map((item, index) => {
          const Icon = ICONS[item.icon ?? 'word']
          return (
            <li
              key={item.label + item.about}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === shown.active}
              // the text keeps the focus
              onPointerDown={(event) => {
                event.preventDefault()
                onTake(item)
              }}
            >
              <Icon size={15} aria-hidden />
              <span>{item.label}</span>
              <small>{item.about}</small>
            </li>
          )
        })}
      </ul>
      <p aria-hidden>
        <kbd>{shown.offer.asked ? 'Enter' : 'Tab'}</kbd> takes it · <kbd>Esc</kbd> closes
      </p>
    </div>,
    document.body,
  )
}
