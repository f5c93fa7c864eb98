import { BadgeCheck, CircleHelp, EarOff, Eye, FileSignature, ShieldAlert, Ear, EyeOff } from 'lucide-react'
import type { ReactNode } from 'react'
import type { components } from '../api/schema'
import css from './verify.module.css'

export type Verdict = components['schemas']['Verdict']

interface Signature {
  state: string
  signed_by?: string
  generator?: string
  provider?: string
  created?: string
  problems?: string[]
  source_type?: string
  engine?: string
  model_version?: string
  ingredients?: { title?: string }[]
}

/** The verdict's one sentence. */
export function headline(verdict: Verdict): { tone: 'good' | 'warn' | 'plain'; title: string; text: string } {
  const signature = verdict.signature as Signature | null
  if (verdict.made_here && signature?.state === 'invalid')
    return { tone: 'warn', title: 'Made here, and changed since', text: 'The clip comes from this service, but the file was altered after it was signed. What it shows may not be what was made.' }
  if (verdict.made_here && signature?.state === 'expired')
    return { tone: 'good', title: 'This was made here', text: 'A machine generated this with this service. It is unchanged, but the certificate that signed it has expired since.' }
  if (verdict.made_here) return { tone: 'good', title: 'This was made here', text: 'A machine generated this with this service. It is not a recording of something that happened.' }
  if (signature?.state === 'trusted' || signature?.state === 'valid' || signature?.state === 'expired')
    return {
      tone: 'plain',
      title: 'Signed, but not made here',
      text: `The file carries a signed history${signature.generator ? ` by ${signature.generator}` : ''}, and no sign that this service made it.`,
    }
  if (signature?.state === 'invalid') return { tone: 'warn', title: 'Its signature does not hold', text: 'The file says something about its origin, but was changed afterwards or not properly signed. Do not rely on what it says.' }
  return {
    tone: 'plain',
    title: 'Nothing here says it was made with this service',
    text: 'No signature and no mark of ours was found. That does not prove that it is real: it may come from another tool, or the marks may be lost.',
  }
}

/** What a file says about its origin, in plain words. */
export function VerdictView({ verdict, only }: { verdict: Verdict; only?: 'rows' }) {
  const { tone, title, text } = headline(verdict)
  const signature = verdict.signature as Signature | null
  return (
    <div className={css.verdict}>
      {only !== 'rows' && (
        <div className={css.head} data-tone={tone}>
          {tone === 'good' ? <BadgeCheck size={36} aria-hidden /> : tone === 'warn' ? <ShieldAlert size={36} aria-hidden /> : <CircleHelp size={36} aria-hidden />}
          <div>
            <h2>{title}</h2>
            <p>{text}</p>
          </div>
        </div>
      )}
      <ul className={css.rows}>
        <Row icon={<FileSignature size={19} aria-hidden />} title="Signature" good={signature?.state === 'trusted'} bad={signature?.state === 'invalid'} said={signatureWord(signature)}>
          {signatureText(signature)}
        </Row>
        <Row icon={verdict.picture.found ? <Eye size={19} aria-hidden /> : <EyeOff size={19} aria-hidden />} title="Mark in the picture" good={verdict.picture.found} said={verdict.picture.found ? 'Found' : 'Not found'}>
          {markText(verdict.picture, 'picture')}
        </Row>
        <Row icon={verdict.sound.found ? <Ear size={19} aria-hidden /> : <EarOff size={19} aria-hidden />} title="Mark in the sound" good={verdict.sound.found} said={verdict.sound.found ? 'Found' : 'Not found'}>
          {markText(verdict.sound, 'sound')}
        </Row>
      </ul>
      {verdict.generation && (
        <dl className={css.facts}>
          <div>
            <dt>Made</dt>
            <dd>{new Date(verdict.generation.created * 1000).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short' })}</dd>
          </div>
          <div>
            <dt>By the engine</dt>
            <dd>{signature?.model_version ?? [verdict.generation.engine, verdict.generation.model_version].filter(Boolean).join(' ')}</dd>
          </div>
          <div>
            <dt>Number</dt>
            <dd className="mono">{verdict.generation.id}</dd>
          </div>
          {verdict.generation.state === 'removed' && (
            <div>
              <dt>Today</dt>
              <dd>It was removed from the service.</dd>
            </div>
          )}
        </dl>
      )}
      {verdict.notes.length > 0 && <p className="quiet small">{verdict.notes.map((note) => note.charAt(0).toUpperCase() + note.slice(1)).join('. ')}.</p>}
    </div>
  )
}

function Row({ icon, title, said, good, bad, children }: { icon: ReactNode; title: string; said: string; good?: boolean; bad?: boolean; children: ReactNode }) {
  return (
    <li data-good={good || undefined} data-bad={bad || undefined}>
      {icon}
      <div>
        <h3>
          {title} <span>{said}</span>
        </h3>
        <p>{children}</p>
      </div>
    </li>
  )
}

function signatureWord(signature: Signature | null): string {
  return { trusted: 'Whole and ours', valid: 'Whole', expired: 'Whole, certificate expired', invalid: 'Broken' }[signature?.state ?? ''] ?? 'None'
}

function signatureText(signature: Signature | null): string {
  if (!signature) return 'The file carries no signed manifest. Copying a clip through a messenger or an editor often takes it off.'
  const when = signature.created ? ` on ${new Date(signature.created).toLocaleDateString('en', { dateStyle: 'long' })}` : ''
  const by = signature.signed_by ? ` by ${signature.signed_by}` : ''
  if (signature.state === 'trusted') return `Signed${by}${when}, and picture and sound are unchanged since.`
  if (signature.state === 'valid') return `Signed${by}${when} and picture and sound are unchanged since, by somebody this service has no reason to trust or to doubt.`
  if (signature.state === 'expired') return `Signed${by}${when}, and picture and sound are unchanged since. The certificate has expired, and no time stamp proves that it was signed before.`
  return `What it says does not hold${signature.problems?.length ? ` (${signature.problems.slice(0, 2).join(', ')})` : ''}.`
}

function markText(mark: Verdict['picture'], where: string): string {
  if (!mark.found) return `No mark of this service was read in the ${where}. Strong cropping, turning or very small copies can lose it.`
  const sure = mark.confidence != null ? ` (${mark.confidence >= 0.9995 ? 'all' : `${Math.round(mark.confidence * 100)} %`} of its bits agree)` : ''
  return `An invisible mark is in the ${where} itself${sure}. It survives copies that lose the signature.`
}
