import { Keyboard } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useKeys } from '../clip/keys'
import { Button, Dialog } from '../ui'

const KeyTable = lazy(() => import('../clip/ClipView').then(({ KeyTable: table }) => ({ default: table })))

/** The list of the composer's keys, and the key that opens it. */
export function Keys() {
  const [open, setOpen] = useState(false)
  useKeys({ '?': () => setOpen(true) })
  return (
    <>
      <Button small look="plain" icon={<Keyboard size={15} aria-hidden />} onClick={() => setOpen(true)}>
        Keys
      </Button>
      <Dialog open={open} title="Keys" onClose={() => setOpen(false)}>
        <Suspense>
          <KeyTable
            keys={[
              ['Ctrl+Enter', 'Generate'],
              ['Alt+↓ Alt+↑', 'Next shot, shot before'],
              ['Alt+S', 'Cut the shot where the preview stands'],
              ['Alt+P', 'Play or pause the preview'],
              ['@', 'A reference, in the text'],
              ['[', 'A shot with its times, in the text'],
              ['Ctrl+Z', 'Undo, in the text'],
              ['?', 'This list, outside the text'],
            ]}
          />
        </Suspense>
      </Dialog>
    </>
  )
}

/** Keys that count in the text too. By their place on the keyboard: with Alt many layouts write something else. */
export function altKeys(keys: Record<string, () => void>): (event: KeyboardEvent) => void {
  return (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing || event.target instanceof HTMLSelectElement || document.querySelector('dialog[open]')) return
    const act = keys[event.code]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
}
