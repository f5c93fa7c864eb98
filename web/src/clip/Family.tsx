import { useQuery } from '@tanstack/react-query'
import { Columns2 } from 'lucide-react'
import { Link } from 'wouter'
import { api, call } from '../api/client'
import type { Generation } from '../api/contract'
import { ago, Badge, Fault, LinkButton, seconds, Skeleton } from '../ui'
import { running, STATES } from './describe'
import { clipOf, fileOf } from './media'
import { nameOf, takeName } from './naming'
import css from './clip.module.css'

/** The other takes of the same words, what this clip was made from, and what was made from it. */
export function Family({ one }: { one: Generation }) {
  const list = (query: { take_of?: string; parent?: string }) => call(api.GET('/v1/generations', { params: { query: { limit: 24, ...query } } }))
  const family = useQuery({
    queryKey: ['family', one.id],
    queryFn: async () => {
      const [takes, children, parent] = await Promise.all([
        list({ take_of: one.id }),
        list({ parent: one.id }),
        one.parent ? call(api.GET('/v1/generations/{generation}', { params: { path: { generation: one.parent } } })).catch(() => null) : null,
      ])
      return { takes: takes.data.filter((each) => each.id !== one.id), children: children.data, parent }
    },
    refetchInterval: ({ state }) => (state.data && [...state.data.takes, ...state.data.children].some(running) ? 2000 : false),
  })
  if (family.isPending) return <Skeleton height={120} style={{ borderRadius: 16 }} />
  if (!family.data) return <Fault error={family.error} again={() => void family.refetch()} />
  const { takes, children, parent } = family.data
  return (
    <section className={css.card}>
      {parent && (
        <>
          <h2>Made from</h2>
          <Row one={parent} of={one} name={nameOf(parent)} />
        </>
      )}
      <h2>{takes.length ? `Other takes (${takes.length})` : 'Other takes'}</h2>
      {takes.length ? takes.map((each) => <Row key={each.id} one={each} of={one} name={takeName(each)} />) : <p className="quiet small">None yet. “Another take” makes one from the same words.</p>}
      {children.length > 0 && (
        <>
          <h2>Made from this</h2>
          {children.map((each) => (
            <Row key={each.id} one={each} of={one} name={each.task === 'generate' ? nameOf(each) : `${each.task === 'extend' ? 'Extension' : 'Edit'}: ${nameOf(each)}`} />
          ))}
        </>
      )}
    </section>
  )
}

function Row({ one, of, name }: { one: Generation; of: Generation; name: string }) {
  const poster = fileOf(clipOf(one), 'poster.webp')
  const state = STATES[one.state]
  return (
    <div className={css.relative}>
      <Link to={`/clip/${one.id}`} className={css.relativeLink}>
        <span className={css.thumb}>{poster && <img src={poster} alt="" loading="lazy" />}</span>
        <span className={css.relativeName}>
          <span>{name}</span>
          <span className="quiet small">
            {one.engine} · {seconds(one.duration)} · {one.state === 'succeeded' ? ago(one.finished ?? one.created) : <Badge tone={state?.tone}>{state?.word ?? one.state}</Badge>}
          </span>
        </span>
      </Link>
      {one.state === 'succeeded' && of.state === 'succeeded' && (
        <LinkButton small look="plain" icon={<Columns2 size={17} aria-hidden />} label={`Compare with ${name}`} to={`/compare?a=${of.id}&b=${one.id}`} />
      )}
    </div>
  )
}
