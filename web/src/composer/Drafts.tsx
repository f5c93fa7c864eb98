import { FilePlus, Trash2 } from 'lucide-react'
import { useStore } from '../api/store'
import { Button, Select, toast } from '../ui'
import { draft, drafts, dropDraft, newDraft, openDraft, slot } from './draft'

/** The drafts of this browser: another one, a new one, this one away. */
export function Drafts() {
  const open = useStore(slot)
  useStore(draft) // its first words are its name
  const all = drafts()
  return (
    <>
      {all.length > 1 && (
        <>
          <Select
            bare
            label="Draft"
            options={all.map(({ id, words }) => ({ value: id, label: words }))}
            value={open}
            onPick={(id) => void openDraft(id).then((opened) => opened || toast('That draft is open in another tab.'))}
          />
          <Button small look="plain" icon={<Trash2 size={15} aria-hidden />} label="Throw this draft away" onClick={() => void dropDraft()} />
        </>
      )}
      <Button small look="plain" icon={<FilePlus size={15} aria-hidden />} onClick={() => void newDraft()}>
        New draft
      </Button>
    </>
  )
}
