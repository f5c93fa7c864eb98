import { useMutation, useQuery, useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { Star as StarIcon } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { api, call } from '../api/client'
import type { Generation, GenerationChange, GenerationList } from '../api/contract'
import { ApiError } from '../api/errors'
import { Actions, Button, Dialog, Fault, TextField, toastError } from '../ui'
import { titleOf } from './media'
import css from './naming.module.css'

/** What a clip is called: by its owner, or by the first words of its prompt. */
export const nameOf = (one: Generation) => one.name ?? titleOf(one.prompt)
/** The same among takes of one prompt, where the words would not tell them apart. */
export const takeName = (one: Generation) => one.name ?? `Seed ${one.seed}`

/** A tenant's projects, the one with the newest clip first. */
export function useProjects() {
  return useQuery({ queryKey: ['projects'], queryFn: () => call(api.GET('/v1/projects')), staleTime: 30_000, select: (list) => list.data })
}

/** Name a clip, lay it into a project or make it a favourite. */
function useChange(one: Generation) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: GenerationChange) => call(api.PATCH('/v1/generations/{generation}', { params: { path: { generation: one.id } }, body })),
    onSuccess: (now) => {
      tell(client, now)
      for (const key of ['library', 'projects', 'family']) void client.invalidateQueries({ queryKey: [key] })
    },
  })
}

/** Everything that shows the clip shows it as it is now, before it is asked for again. */
function tell(client: QueryClient, now: Generation): void {
  const newer = (one: Generation) => (one.id === now.id ? { ...one, name: now.name, project: now.project, favourite: now.favourite } : one)
  client.setQueryData<Generation>(['generation', now.id], (one) => one && newer(one))
  client.setQueriesData<InfiniteData<GenerationList>>({ queryKey: ['library'] }, (list) => list && { ...list, pages: list.pages.map((page) => ({ ...page, data: page.data.map(newer) })) })
}

export function Star({ one, small }: { one: Generation; small?: boolean }) {
  const change = useChange(one)
  const on = change.isPending ? Boolean(change.variables.favourite) : one.favourite
  return (
    <Button
      look="plain"
      small={small}
      className={on ? css.star : undefined}
      aria-pressed={on}
      icon={<StarIcon size={small ? 16 : 18} fill={on ? 'currentColor' : 'none'} aria-hidden />}
      label={on ? `${takeName(one)} is a favourite; make it one no more` : `Make ${takeName(one)} a favourite`}
      onClick={() => change.mutate({ favourite: !on }, { onError: toastError })}
    />
  )
}

export function NameDialog({ one, open, onClose }: { one: Generation; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} title="Name and project" onClose={onClose}>
      <NameForm one={one} onClose={onClose} />
    </Dialog>
  )
}

function NameForm({ one, onClose }: { one: Generation; onClose: () => void }) {
  const [name, setName] = useState(one.name ?? '')
  const [project, setProject] = useState(one.project ?? '')
  const projects = useProjects()
  const change = useChange(one)
  const fault = (field: string) => (change.error instanceof ApiError && change.error.field === field ? change.error.message : null)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ name, project }, { onSuccess: onClose })
  }
  return (
    <form className={css.form} onSubmit={onSubmit}>
      <TextField label="Name" placeholder={titleOf(one.prompt)} maxLength={120} value={name} fault={fault('name')} onChange={(event) => setName(event.target.value)} />
      <TextField label="Project" hint="One that is there, or a new one. Empty: none." list="projects" maxLength={60} value={project} fault={fault('project')} onChange={(event) => setProject(event.target.value)} />
      <datalist id="projects">{projects.data?.map((each) => <option key={each.name} value={each.name} />)}</datalist>
      {change.error && !fault('name') && !fault('project') ? <Fault error={change.error} /> : null}
      <Actions>
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" type="submit" busy={change.isPending}>
          Keep
        </Button>
      </Actions>
    </form>
  )
}
