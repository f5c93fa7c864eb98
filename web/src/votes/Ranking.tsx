import { Link } from 'wouter'
import type { components } from '../api/schema'
import { Badge, count } from '../ui'
import css from './votes.module.css'

/** Engines and takes by the votes on pairs. */
export function Ranking({ ranking }: { ranking: components['schemas']['Ranking'] }) {
  if (ranking.votes === 0) return null
  const lows = ranking.engines.map((one) => one.low)
  const highs = ranking.engines.map((one) => one.high)
  const from = Math.min(...lows)
  const wide = Math.max(1, Math.max(...highs) - from)
  const share = (value: number) => `${((value - from) / wide) * 100}%`
  return (
    <section className={css.ranking} aria-label="Ranking">
      <div className={css.head}>
        <h2>Ranking</h2>
        <p className="quiet small">
          {count(ranking.votes, 'vote')} by {ranking.voters === 1 ? 'one person' : `${ranking.voters} people`}
        </p>
      </div>
      {ranking.engines.length > 0 && (
        <>
          <p>
            <Badge tone={ranking.settled ? 'good' : 'note'}>{ranking.settled ? 'settled' : 'open'}</Badge> {ranking.verdict}
          </p>
          <div className={css.scroll} tabIndex={0} role="region" aria-label="Engines by votes">
            <table className={css.table}>
              <thead>
                <tr>
                  <th scope="col">Engine</th>
                  <th scope="col">Strength</th>
                  <th scope="col" className={css.range}>
                    95 % interval
                  </th>
                  <th scope="col">Elo</th>
                  <th scope="col">Won</th>
                  <th scope="col">Votes</th>
                </tr>
              </thead>
              <tbody>
                {ranking.engines.map((one) => (
                  <tr key={one.name}>
                    <th scope="row">{one.name}</th>
                    <td className="numbers">{Math.round(one.score)}</td>
                    <td>
                      <span className={css.bar}>
                        <i style={{ left: share(one.low), right: `calc(100% - ${share(one.high)})` }} aria-hidden />
                        <b style={{ left: share(one.score) }} aria-hidden />
                      </span>
                      <span className="numbers small quiet">
                        {Math.round(one.low)} to {Math.round(one.high)}
                      </span>
                    </td>
                    <td className="numbers">{Math.round(one.elo)}</td>
                    <td className="numbers">{one.votes ? Math.round((100 * one.wins) / one.votes) : 0} %</td>
                    <td className="numbers">{one.votes}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p className="quiet small">Strength is Bradley-Terry's on Elo's scale: 400 points are odds of ten to one. Elo itself hangs on the order of the votes.</p>
        </>
      )}
      {ranking.takes.length > 0 && (
        <details>
          <summary>
            The best takes of their prompts ({ranking.takes.length} of {ranking.total})
          </summary>
          <ol className={css.takes}>
            {ranking.takes.map((one) => (
              <li key={one.generation}>
                <Link to={`/clip/${one.generation}`}>{one.title}</Link>
                <span className="quiet small">
                  {one.engine} · {Math.round(one.score)} · won {one.wins} of {one.votes}
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  )
}
