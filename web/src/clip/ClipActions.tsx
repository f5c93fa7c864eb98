import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ChevronDown, Download, Share2, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { useLocation } from 'wouter'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import { ShareDialog } from '../share/ShareDialog'
import { Button, bytes, Confirm, toast, toastError } from '../ui'
import { running } from './describe'
import css from './clip.module.css'
import { root } from '../api/root'

const FILES: [string, string][] = [
  ['video.mp4', 'The clip, signed (MP4)'],
  ['last_frame.png', 'Its last frame (PNG)'],
  ['poster.webp', 'A still (WebP)'],
  ['subtitles.vtt', 'Subtitles (WebVTT)'],
  ['waveform.png', 'Waveform (PNG)'],
  ['manifest.c2pa', 'Signed manifest alone (C2PA)'],
]

/** Download, share, delete. */
export function ClipActions({ one }: { one: Generation }) {
  const [sharing, setSharing] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const [, go] = useLocation()
  const client = useQueryClient()
  const menu = useId()
  const ready = one.state === 'succeeded' && one.outputs.length > 0
  const remove = useMutation({
    mutationFn: () => call(api.DELETE('/v1/generations/{generation}', { params: { path: { generation: one.id } } })),
    onSuccess: () => {
      toast('The clip and its files are deleted.', { tone: 'good' })
      client.removeQueries({ queryKey: ['generation', one.id] })
      void client.invalidateQueries({ queryKey: ['library'] })
      go('/library')
    },
    onError: (error) => {
      setDeleting(false)
      toastError(error)
    },
  })
  const files = FILES.flatMap(([name, label]) => one.outputs.filter((file) => file.name === name).map((file) => ({ name, label, size: file.bytes })))
  const link = (name: string) => `${root}/v1/generations/${one.id}/outputs/${name}?download=true`
  return (
    <div className={css.tools}>
      {ready && (
        <>
          <Button icon={<Share2 size={17} aria-hidden />} onClick={() => setSharing(true)}>
            Share
          </Button>
          <div className={css.split}>
            <a className={css.download} href={link('video.mp4')} download={`${one.id}.mp4`}>
              <Download size={17} aria-hidden /> Download
            </a>
            <Button icon={<ChevronDown size={16} aria-hidden />} label="More files" popoverTarget={menu} className={css.more} />
            <div id={menu} popover="auto" className={css.menu}>
              <p className="quiet small">Files of this clip</p>
              <ul>
                {files.map((file) => (
                  <li key={file.name}>
                    <a href={link(file.name)} download>
                      {file.label} <span className="quiet numbers">{bytes(file.size)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          </div>
          <ShareDialog id={one.id} open={sharing} onClose={() => setSharing(false)} />
        </>
      )}
      {!running(one) && one.state !== 'removed' && <Button look="plain" icon={<Trash2 size={17} aria-hidden />} label="Delete this clip" onClick={() => setDeleting(true)} />}
      <Confirm open={deleting} title="Delete this clip?" does="Delete" busy={remove.isPending} onNo={() => setDeleting(false)} onYes={() => remove.mutate()}>
        <p>Its files and every link to them are gone for good. Clips made from it stay.</p>
      </Confirm>
    </div>
  )
}
