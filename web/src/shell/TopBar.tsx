import { Clapperboard, Gauge, LayoutTemplate, Library, LogOut, Moon, Scale, ShieldCheck, Sun, UserRound } from 'lucide-react'
import { useId } from 'react'
import { Link, useLocation } from 'wouter'
import { useStore } from '../api/store'
import { sessionOf, signed, signOut } from '../auth/session'
import { Button } from '../ui'
import css from './shell.module.css'
import { flip, theme } from './theme'
import { root } from '../api/root'

export function TopBar() {
  const session = sessionOf(useStore(signed))
  const runs = session?.roles.some((role) => role === 'reviewer' || role === 'operator')
  return (
    <header className={css.bar}>
      <div className={css.inner}>
        <Link to="/" className={css.brand} aria-label="Phonofilm, to the composer">
          <img src={`${root}/favicon.svg`} width={28} height={28} alt="" />
          <span className={css.brandName}>Phonofilm</span>
        </Link>
        <nav className={css.nav} aria-label="Pages">
          {session && (
            <>
              <Item to="/" icon={<Clapperboard size={19} aria-hidden />} exact>
                Compose
              </Item>
              <Item to="/library" icon={<Library size={19} aria-hidden />} also={['/clip', '/compare']}>
                Library
              </Item>
              <Item to="/templates" icon={<LayoutTemplate size={19} aria-hidden />}>
                Templates
              </Item>
              <Item to="/arena" icon={<Scale size={19} aria-hidden />} also={['/rate']}>
                Arena
              </Item>
            </>
          )}
          {runs && (
            <Item to="/console" icon={<Gauge size={19} aria-hidden />}>
              Console
            </Item>
          )}
          <Item to="/verify" icon={<ShieldCheck size={19} aria-hidden />}>
            Verify
          </Item>
        </nav>
        <div className={css.right}>
          <ThemeButton />
          {session && <Account user={session.user} tenant={session.tenant} roles={session.roles} />}
        </div>
      </div>
    </header>
  )
}

function Item({ to, icon, exact, also = [], children }: { to: string; icon: React.ReactNode; exact?: boolean; also?: string[]; children: React.ReactNode }) {
  const [path] = useLocation()
  const here = exact ? path === to : [to, ...also].some((one) => path === one || path.startsWith(`${one}/`))
  return (
    <Link to={to} aria-current={here ? 'page' : undefined}>
      {icon}
      {children}
    </Link>
  )
}

function ThemeButton() {
  const now = useStore(theme)
  return <Button look="plain" icon={now === 'dark' ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />} label={now === 'dark' ? 'Light theme' : 'Dark theme'} onClick={flip} />
}

function Account({ user, tenant, roles }: { user: string; tenant: string; roles: string[] }) {
  const id = useId()
  return (
    <div className={css.account}>
      <Button look="plain" icon={<UserRound size={18} aria-hidden />} label="Account" popoverTarget={id} />
      <div id={id} popover="auto" className={css.menu}>
        <div>
          <strong>{user}</strong>
          <p className="quiet small">
            {tenant} · {roles.join(', ') || 'viewer'}
          </p>
        </div>
        <Button look="plain" wide icon={<LogOut size={17} aria-hidden />} onClick={() => void signOut()} style={{ justifyContent: 'flex-start' }}>
          Sign out
        </Button>
      </div>
    </div>
  )
}
