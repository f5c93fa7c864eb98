import { useMutation, useQuery } from '@tanstack/react-query'
import { BadgeCheck, ShieldQuestion } from 'lucide-react'
import { useState } from 'react'
import { api, call } from '../api/client'
import { Button, Dialog, Fault, Progress } from '../ui'
import { verifyFile } from '../verify/VerifyPage'
import { VerdictView } from '../verify/Verdict'
import { fileOf, type Clip } from './media'
import css from './clip.module.css'

/** The badge under a clip: what the verify endpoint says of it. Opened, the very file is read, as anybody could have it read. */
export function Provenance({ id, clip }: { id: string; clip: Clip }) {
  const [open, setOpen] = useState(false)
  const known = useQuery({
    queryKey: ['verify', id],
    queryFn: () => call(api.GET('/v1/verify', { params: { query: { generation: id } } })),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  })
  const signed = clip.files.some((one) => one.name === 'manifest.c2pa')
  const read = useMutation({
    mutationFn: async () => {
      const url = fileOf(clip, 'video.mp4')
      if (!url) throw new Error('This clip has no file to read.')
      const answer = await fetch(url)
      if (!answer.ok) throw new Error('The clip did not arrive; load the page again and try once more.')
      return verifyFile(await answer.blob(), 'video.mp4')
    },
  })
  const made = known.data?.made_here ?? false
  return (
    <>
      <button
        type="button"
        className={css.provenance}
        data-good={made || undefined}
        onClick={() => {
          setOpen(true)
          if (!read.data && !read.isPending) read.mutate()
        }}
      >
        {made ? <BadgeCheck size={18} aria-hidden /> : <ShieldQuestion size={18} aria-hidden />}
        <span>{made ? (signed ? 'Made here, signed' : 'Made here') : known.isPending ? 'Origin…' : 'Origin not looked up'}</span>
      </button>
      <Dialog open={open} wide title="Where this clip comes from" onClose={() => setOpen(false)}>
        {read.isPending && (
          <div role="status">
            <p className="quiet">Reading the file: its signature, and the marks in picture and sound.</p>
            <Progress label="Reading the file" />
          </div>
        )}
        {read.error && <Fault error={read.error} again={() => read.mutate()} />}
        {read.data && <VerdictView verdict={read.data} />}
        <p className="quiet small">
          Anybody can have a file read like this, without signing in, on the page <strong>Verify</strong>.
        </p>
        <div>
          <Button small onClick={() => setOpen(false)}>
            Close
          </Button>
        </div>
      </Dialog>
    </>
  )
}
