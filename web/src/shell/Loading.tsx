import { useEffect, useState } from 'react'
import { Skeleton } from '../ui'
import css from './shell.module.css'

/** The shape of a page to come; shown only where it takes longer than a blink. */
export function Loading({ slow }: { slow?: boolean }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150)
    return () => clearTimeout(timer)
  }, [])
  if (!shown) return null
  return (
    <div className={css.loading} role="status" aria-label={slow ? 'Waiting for the server' : 'Loading'}>
      <Skeleton width="40%" height={28} />
      <Skeleton height={120} />
      <Skeleton width="70%" height={20} />
    </div>
  )
}
