import { lazy, Suspense, useEffect, useRef, useState, type ComponentType } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { reachable } from '../api/connection'
import { asApiError } from '../api/errors'
import { useStore } from '../api/store'
import { begin, signed } from '../auth/session'
import { SignInDialog, SignInPage } from '../auth/SignIn'
import { EmptyState, LinkButton } from '../ui'
import { Banner } from './Banner'
import { Boundary } from './Boundary'
import { TopBar } from './TopBar'
import { Toasts } from './Toasts'
import { Loading } from './Loading'
import css from './shell.module.css'
import { root } from '../api/root'

/** Pages come when they are first opened. `open` ones need nobody signed in. */
const PAGES: { path: string; title: string; page: ComponentType; open?: boolean }[] = [
  { path: '/', title: 'Compose', page: lazy(() => import('../composer/ComposerPage')) },
  { path: '/templates', title: 'Templates', page: lazy(() => import('../templates/TemplatesPage')) },
  { path: '/library', title: 'Library', page: lazy(() => import('../library/LibraryPage')) },
  { path: '/clip/:id', title: 'Clip', page: lazy(() => import('../clip/ClipPage')) },
  { path: '/compare', title: 'Compare', page: lazy(() => import('../compare/ComparePage')) },
  { path: '/arena', title: 'Arena', page: lazy(() => import('../votes/ArenaPage')) },
  { path: '/rate', title: 'Rate clips', page: lazy(() => import('../votes/RatePage')) },
  { path: '/console/*?', title: 'Console', page: lazy(() => import('../console/ConsolePage')) },
  { path: '/verify', title: 'Verify', page: lazy(() => import('../verify/VerifyPage')), open: true },
  { path: '/s/:token', title: 'Shared clip', page: lazy(() => import('../share/SharePage')), open: true },
]

/** Where Back or Forward led to: there the browser scrolls by itself. */
let returned: string | null = null
addEventListener('popstate', () => (returned = location.pathname.slice(root.length) || '/'))

export function App() {
  const [failed, setFailed] = useState(false)
  const [tries, setTries] = useState(0)
  const there = useStore(reachable)
  const { state } = useStore(signed)

  useEffect(() => {
    // again when the server is back, or in a moment, where it was away or busy at the start
    if (!there || signed.get().state !== 'unknown') return
    let timer: ReturnType<typeof setTimeout>
    begin().then(
      () => setFailed(false),
      (thrown) => {
        setFailed(true)
        timer = setTimeout(() => setTries((count) => count + 1), (asApiError(thrown).retryAfter ?? 3) * 1000)
      },
    )
    return () => clearTimeout(timer)
  }, [there, tries])

  useEffect(() => {
    // a sign-in link pasted into a tab that is open already changes the fragment and nothing else
    const onLink = () => location.hash.startsWith('#key=') && void begin().catch(() => undefined)
    addEventListener('hashchange', onLink)
    return () => removeEventListener('hashchange', onLink)
  }, [])

  const [path] = useLocation()
  const before = useRef(path)
  useEffect(() => {
    if (path === before.current) return
    before.current = path
    if (returned !== path) scrollTo(0, 0)
    returned = null
    // the focus goes where a new page begins, so that a screen reader says where it is; what stays on the page keeps it
    const main = document.getElementById('main')
    if (!main?.contains(document.activeElement)) main?.focus({ preventScroll: true })
  }, [path])

  return (
    <>
      <a href="#main" className={css.skip}>
        Skip to the page
      </a>
      <TopBar />
      <Banner />
      <main id="main" tabIndex={-1} className={css.main}>
        <Switch>
          {PAGES.map(({ path, title, page: Page, open }) => (
            <Route key={path} path={path}>
              <Titled title={title}>
                {open || state === 'in' || state === 'expired' ? (
                  <Boundary key={path}>
                    <Suspense fallback={<Loading />}>
                      <Page />
                    </Suspense>
                  </Boundary>
                ) : state === 'out' ? (
                  <SignInPage />
                ) : (
                  <Loading slow={failed} />
                )}
              </Titled>
            </Route>
          ))}
          <Route>
            <Titled title="Not found">
              <EmptyState title="There is no page at this address" action={<LinkButton to="/">To the composer</LinkButton>}>
                The link may be old, or a letter went missing.
              </EmptyState>
            </Titled>
          </Route>
        </Switch>
      </main>
      <SignInDialog />
      <Toasts />
    </>
  )
}

/** The tab's title. */
function Titled({ title, children }: { title: string; children: React.ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Phonofilm`
  }, [title])
  return children
}
