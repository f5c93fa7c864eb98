import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { api, call } from '../api/client'
import { useStore } from '../api/store'
import { sessionOf, signed } from '../auth/session'
import type { Generation } from '../api/contract'
import { Button, toastError } from '../ui'
import css from './queue.module.css'

/** Why a take waits for a person. Whether its files show somebody is its owner's to say, and it goes on by itself then; what else is doubtful is a reviewer's. */
export function Hold({ one }: { one: Generation }) {
  const queries = useQueryClient()
  const answer = useMutation({
    mutationFn: async (person: boolean) => {
      for (const asset of one.held?.ask ?? []) await call(api.PATCH('/v1/assets/{asset}', { params: { path: { asset } }, body: { person } }))
    },
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['queue'] }), queries.invalidateQueries({ queryKey: ['generation', one.id] })]),
    onError: toastError,
  })
  const cancel = useMutation({
    mutationFn: () => call(api.POST('/v1/generations/{generation}/cancel', { params: { path: { generation: one.id } } })),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['queue'] }), queries.invalidateQueries({ queryKey: ['generation', one.id] })]),
    onError: toastError,
  })
  const decides = sessionOf(useStore(signed))?.roles.includes('reviewer')
  const asked = (one.held?.ask.length ?? 0) > 0
  const found = [...new Set(one.held?.reasons.map((reason) => reason.category))].filter((category) => !(asked && category === 'person'))
  return (
    <>
      {asked && <p className={css.error}>Do the files it uses show or sound like a real person?</p>}
      {(found.length > 0 || !asked) && <p className={css.error}>A person looks at it{found.length > 0 && ` (${found.join(', ')})`}. You need not stay.</p>}
      {decides && (found.length > 0 || !asked) && (
        <p className={css.error}>
          <Link to="/console/reviews">Decide it in the console</Link>
        </p>
      )}
      {asked && (
        <div className={css.row}>
          <Button small busy={answer.isPending} onClick={() => answer.mutate(false)}>
            No real person
          </Button>
          <Button small look="plain" busy={answer.isPending} onClick={() => answer.mutate(true)}>
            A real person
          </Button>
        </div>
      )}
      <Button small look="plain" busy={cancel.isPending} onClick={() => cancel.mutate()}>
        Cancel
      </Button>
    </>
  )
}
