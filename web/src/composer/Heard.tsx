import type { Plan } from '../api/contract'
import css from './composer.module.css'

const HOW = { drawn: '', 'stand-in': ' (stand-in)', card: ' (card)' }

/** What the stage heard: first what it lost, then who plays where in each shot. */
export function Heard({ plan, current, onVisit }: { plan: Plan; current: boolean; onVisit: (from: number, to: number) => void }) {
  const lost = plan.words.filter((one, at, all) => one.state === 'unknown' && all.findIndex((other) => other.word.toLowerCase() === one.word.toLowerCase()) === at)
  const bare = plan.shots.every((shot) => !shot.cast.length)
  return (
    <details className={css.heard} data-stale={!current || undefined} open={bare || undefined}>
      <summary>
        What the stage heard{bare ? ': nobody it can show' : ''}
        {lost.length > 0 && `, ${lost.length} ${lost.length === 1 ? 'word' : 'words'} not understood`}
      </summary>
      {lost.length > 0 && (
        <p>
          Not understood:{' '}
          {lost.slice(0, 12).map((one) => (
            <button key={one.word} type="button" onClick={() => one.position >= 0 && onVisit(one.position, one.position + one.length)}>
              {one.word}
            </button>
          ))}
        </p>
      )}
      <ol>
        {plan.shots.map((shot) => (
          <li key={shot.start}>
            {shot.cast.map((one) => one.word + HOW[one.how]).join(', ') || 'nobody'}; {[shot.place, ...shot.through].join(', then ').replaceAll('_', ' ')}, {shot.hour}, {shot.weather};{' '}
            {shot.camera.replaceAll('_', ' ')}
          </li>
        ))}
      </ol>
      {plan.kept_out.length > 0 && <p>Kept out: {plan.kept_out.join(', ')}</p>}
    </details>
  )
}
