import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { api, call } from '../api/client'
import type { Template } from '../api/contract'
import { compose, type Draft } from '../composer/draft'
import { Badge, EmptyState, Fault, Skeleton, TextField } from '../ui'
import css from './templates.module.css'
import { root } from '../api/root'

/** Prompts to start from. One click, and the composer has it. */
export default function TemplatesPage() {
  const { data, error, refetch } = useQuery({ queryKey: ['templates'], queryFn: () => call(api.GET('/v1/templates')), staleTime: Infinity })
  const [category, setCategory] = useState('')
  const [search, setSearch] = useState('')
  const [, go] = useLocation()
  const categories = useMemo(() => [...new Set(data?.map((one) => one.category))], [data])
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = data?.filter((one) => (!category || one.category === category) && words.every((word) => `${one.title} ${one.description} ${one.prompt}`.toLowerCase().includes(word)))

  const use = (one: Template) => {
    compose({ prompt: one.prompt, duration: one.duration, ratio: one.ratio as Draft['ratio'], seed: one.seed }, `“${one.title}” is in the composer.`)
    go('/')
  }

  return (
    <div className={css.page}>
      <header className={css.head}>
        <div>
          <h1>Templates</h1>
          <p className="quiet">Scripts that work as they stand. Take one, then change who, where and what.</p>
        </div>
        <div className={css.search}>
          <Search size={16} aria-hidden />
          <TextField bare label="Search the templates" placeholder="Search" type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
        </div>
      </header>
      <div className={css.chips} role="group" aria-label="Categories">
        {['', ...categories].map((one) => (
          <button key={one} type="button" aria-pressed={one === category} onClick={() => setCategory(one)}>
            {one ? title(one) : 'All'}
          </button>
        ))}
      </div>
      {error ? <Fault error={error} again={() => void refetch()} /> : null}
      {found?.length === 0 && (
        <EmptyState icon={<Search size={28} />} title="Nothing like that">
          Try another word, or all categories.
        </EmptyState>
      )}
      <ul className={css.grid}>
        {!data && !error && Array.from({ length: 9 }, (_, at) => <Skeleton key={at} height={250} style={{ borderRadius: 16 }} />)}
        {found?.map((one) => (
          <li key={one.id}>
            <button type="button" className={css.card} onClick={() => use(one)}>
              <span className={css.picture}>
                <img src={root + one.thumbnail} alt="" loading="lazy" />
                <span className={css.use} aria-hidden>
                  Use this
                </span>
              </span>
              <span className={css.words}>
                <strong>{one.title}</strong>
                <span className={css.says}>{one.description}</span>
                <span className={css.facts}>
                  <Badge>{title(one.category)}</Badge>
                  <span className="numbers">
                    {one.duration} s · {one.ratio}
                  </span>
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function title(category: string): string {
  return category.charAt(0).toUpperCase() + category.slice(1)
}
