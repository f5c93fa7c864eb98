import { useQuery } from '@tanstack/react-query'
import { Activity, ChartLine, FileWarning, Gavel, HandHeart, KeyRound, Server, Waypoints } from 'lucide-react'
import { lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import { Link, Redirect, useLocation } from 'wouter'
import { api, call } from '../api/client'
import type { Role } from '../api/contract'
import { useStore } from '../api/store'
import { sessionOf, signed } from '../auth/session'
import { EmptyState, Skeleton } from '../ui'
import css from './console.module.css'

interface Part {
  path: string
  name: string
  icon: ReactNode
  role: Role
  page: ComponentType
}

const PARTS: Part[] = [
  { path: 'reviews', name: 'Reviews', icon: <Gavel size={18} aria-hidden />, role: 'reviewer', page: lazy(() => import('./Reviews')) },
  { path: 'notices', name: 'Notices', icon: <FileWarning size={18} aria-hidden />, role: 'reviewer', page: lazy(() => import('./Notices')) },
  { path: 'consents', name: 'Consents', icon: <HandHeart size={18} aria-hidden />, role: 'creator', page: lazy(() => import('./Consents')) },
  { path: 'keys', name: 'Keys & budgets', icon: <KeyRound size={18} aria-hidden />, role: 'operator', page: lazy(() => import('./Keys')) },
  { path: 'engines', name: 'Engines & log', icon: <Server size={18} aria-hidden />, role: 'operator', page: lazy(() => import('./Engines')) },
  { path: 'rollouts', name: 'Rollouts', icon: <Waypoints size={18} aria-hidden />, role: 'operator', page: lazy(() => import('./Rollouts')) },
  { path: 'metrics', name: 'Metrics', icon: <Activity size={18} aria-hidden />, role: 'operator', page: lazy(() => import('./Metrics')) },
  { path: 'numbers', name: 'Numbers', icon: <ChartLine size={18} aria-hidden />, role: 'operator', page: lazy(() => import('./Numbers')) },
]

/** For those who run the place. What a person may not do is not shown to them; the service refuses it anyway. */
export default function ConsolePage() {
  const [path] = useLocation()
  const roles = sessionOf(useStore(signed))?.roles ?? []
  const parts = PARTS.filter((part) => roles.includes(part.role))
  const here = parts.find((part) => path === `/console/${part.path}`)
  const reviewer = roles.includes('reviewer')
  const waiting = useQuery({
    queryKey: ['console', 'waiting'],
    enabled: reviewer,
    refetchInterval: 10_000,
    queryFn: async () => {
      const [reviews, notices] = await Promise.all([
        call(api.GET('/v1/admin/reviews', { params: { query: { limit: 1 } } })),
        call(api.GET('/v1/admin/notices', { params: { query: { limit: 1 } } })),
      ])
      return { reviews: reviews.waiting, notices: notices.waiting } as Record<string, number>
    },
  })

  if (!parts.length) return <EmptyState title="Nothing here for this key">The console is for reviewers and operators. Sign in with a key that has the scope “review” or “operate”.</EmptyState>
  if (!here) return path === '/console' || path === '/console/' ? <Redirect to={`/console/${parts[0]!.path}`} replace /> : <EmptyState title="There is no such part of the console, or it needs another key" />
  return (
    <div className={css.page}>
      <nav className={css.nav} aria-label="Parts of the console">
        {parts.map((part) => (
          <Link key={part.path} to={`/console/${part.path}`} aria-current={part === here ? 'page' : undefined}>
            {part.icon}
            {part.name}
            {(waiting.data?.[part.path] ?? 0) > 0 && (
              <span className={css.waiting}>
                {waiting.data![part.path]}
                <span className="unseen"> waiting</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className={css.part}>
        <Suspense fallback={<Skeleton height={300} style={{ borderRadius: 16 }} />}>
          <here.page key={here.path} />
        </Suspense>
      </div>
    </div>
  )
}
