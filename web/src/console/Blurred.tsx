import { Eye, EyeOff, Volume2, VolumeX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Button, Fault, Skeleton } from '../ui'
import { useKeys } from '../clip/keys'
import css from './console.module.css'

/** Files to be judged. Blurred and silent until somebody chooses to see: by key, by a click, or only while the button is held. */
export function Blurred({ files, of }: { files: string[]; of: string }) {
  const [at, setAt] = useState(0)
  const [clear, setClear] = useState(false)
  const [held, setHeld] = useState(false)
  const [sound, setSound] = useState(false)
  const video = useRef<HTMLVideoElement>(null)
  const file = files[at]
  const shown = clear || held

  useEffect(() => {
    setAt(0)
    setClear(false)
    setSound(false)
  }, [of])
  useEffect(() => {
    const element = video.current
    if (!element) return
    if (shown) void element.play().catch(() => undefined)
    else element.pause()
  }, [shown, file])

  useKeys({
    b: () => setClear(!clear),
    s: () => setSound(!sound),
    ...(files.length > 1 && { ArrowRight: () => setAt((at + 1) % files.length), ArrowLeft: () => setAt((at + files.length - 1) % files.length) }),
  })

  const kind = useQuery({
    queryKey: ['evidence', file],
    enabled: file !== undefined,
    staleTime: Infinity,
    queryFn: async () => {
      const answer = await fetch(file!, { headers: { Range: 'bytes=0-0' } })
      if (!answer.ok) throw new Error('The file did not arrive; take the case again.')
      void answer.body?.cancel()
      return (answer.headers.get('Content-Type') ?? '').split('/')[0] ?? ''
    },
  })

  if (!files.length) return <p className={css.nothing}>There is only the prompt to judge.</p>
  return (
    <div className={css.evidence}>
      <div className={css.veil} data-shown={shown || undefined}>
        {kind.isPending && <Skeleton height="100%" />}
        {kind.data === 'video' && <video ref={video} src={file} loop muted={!sound} playsInline controls={clear} preload="metadata" aria-label="What is to be judged" />}
        {kind.data === 'image' && <img src={file} alt="What is to be judged" />}
        {kind.data === 'audio' && <audio src={file} controls aria-label="What is to be judged" />}
        {!shown && (
          <div className={css.cover} aria-hidden>
            <EyeOff size={28} />
          </div>
        )}
      </div>
      {kind.error && <Fault error={kind.error} again={() => void kind.refetch()} />}
      <div className={css.evidenceTools}>
        <Button
          small
          aria-pressed={clear}
          icon={clear ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
          onClick={() => setClear(!clear)}
        >
          {clear ? 'Blur' : 'Show'} <kbd>B</kbd>
        </Button>
        <Button
          small
          look="plain"
          onPointerDown={() => setHeld(true)}
          onPointerUp={() => setHeld(false)}
          onPointerLeave={() => setHeld(false)}
          onKeyDown={(event) => (event.key === ' ' || event.key === 'Enter') && setHeld(true)}
          onKeyUp={() => setHeld(false)}
          onBlur={() => setHeld(false)}
        >
          Hold to look
        </Button>
        {kind.data === 'video' && (
          <Button small look="plain" aria-pressed={sound} icon={sound ? <Volume2 size={16} aria-hidden /> : <VolumeX size={16} aria-hidden />} label={sound ? 'Mute (S)' : 'Sound on (S)'} onClick={() => setSound(!sound)} />
        )}
        {files.length > 1 && (
          <span className={css.pager}>
            {files.map((each, index) => (
              <button key={each} type="button" aria-current={index === at || undefined} aria-label={index === 0 ? 'The first file' : `File ${index + 1}`} onClick={() => setAt(index)}>
                {index + 1}
              </button>
            ))}
          </span>
        )}
      </div>
    </div>
  )
}
