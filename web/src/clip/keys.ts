import { useLayoutEffect } from 'react'

/** Keys of a page: `' '`, `,`, `Shift+?` is just `?`. They rest while something is typed, a dialog is open, or a modifier is held. */
export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>, on = true): void {
  // with the picture and not after it: a key pressed the moment its button is free must find the page that is seen
  useLayoutEffect(() => {
    if (!on) return
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      const target = event.target instanceof HTMLElement ? event.target : null
      if (document.querySelector('dialog[open]')) return
      if (target?.closest('input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable=true], [popover]')) return
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
      // a focused button or link keeps its own keys
      if ((key === ' ' || key === 'Enter') && target?.closest('button, a, summary, label, input, [role=tab], [role=button]')) return
      if (key.startsWith('Arrow') && target?.closest('input, [role=tab], [role=slider], media-time-range, media-volume-range')) return
      const act = keys[key]
      if (!act) return
      event.preventDefault()
      act(event)
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  })
}
