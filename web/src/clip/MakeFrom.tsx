import { useMutation, useQueryClient } from '@tanstack/react-query'
import { AtSign, Dices, FilePen, ImageUp, PencilRuler, StepForward } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { Generation } from '../api/contract'
import { toast, toastError } from '../ui'
import type { Playback } from './playback'
import { beginWith, continueFrom, reopen, retake, useAsReference as asReference } from './versions'
import css from './clip.module.css'

/** The ways on from a clip. Each ends in the composer with everything in place, but for another take, which begins at once. */
export function MakeFrom({ one, playback }: { one: Generation; playback: Playback | null }) {
  const [, go] = useLocation()
  const client = useQueryClient()
  const act = useMutation({
    mutationFn: async (which: string) => {
      if (which === 'retake') {
        const made = await retake(one)
        void client.invalidateQueries({ queryKey: ['library'] })
        void client.invalidateQueries({ queryKey: ['family'] })
        client.setQueryData(['generation', made.id], made)
        toast('Another take is on its way.', { tone: 'good', action: { label: 'Watch it', run: () => go(`/clip/${made.id}`) } })
        return
      }
      if (which === 'edit' || which === 'extend') await continueFrom(one, which)
      else if (which === 'open') await reopen(one)
      else if (which === 'reference') {
        const trouble = await asReference(one)
        if (trouble) return void toast(trouble, { tone: 'bad' })
        toast('The clip lies in the reference tray; call it by its @name.', { tone: 'good' })
      } else if (which === 'frame' && playback) {
        playback.video?.pause()
        const frame = playback.frame
        const last = frame === playback.frames - 1 && one.outputs.some((file) => file.name === 'last_frame.png')
        await beginWith(one, last ? 'last' : await playback.still(), frame)
      }
      go('/')
    },
    onError: toastError,
  })
  const way = (which: string, icon: ReactNode, name: string, does: string, needsClip = true) =>
    needsClip && !playback ? null : (
      <button key={which} type="button" className={css.way} onClick={() => act.mutate(which)} disabled={act.isPending} aria-busy={act.isPending && act.variables === which}>
        {icon}
        <span>
          <strong>{name}</strong>
          <span>{does}</span>
        </span>
      </button>
    )
  return (
    <section className={css.make} aria-label="Make a version">
      <h2>Go on from here</h2>
      <div className={css.ways}>
        {way('retake', <Dices size={20} aria-hidden />, 'Another take', 'Same words, another seed', false)}
        {way('extend', <StepForward size={20} aria-hidden />, 'Extend', 'What happens next')}
        {way('edit', <PencilRuler size={20} aria-hidden />, 'Edit', 'Change something in it')}
        {way('frame', <ImageUp size={20} aria-hidden />, 'Start from this frame', 'It becomes the first frame')}
        {way('reference', <AtSign size={20} aria-hidden />, 'Use as reference', 'Into the tray, with an @name')}
        {way('open', <FilePen size={20} aria-hidden />, 'Open in composer', 'Its words and settings', false)}
      </div>
    </section>
  )
}
