import { QueryClient } from '@tanstack/react-query'
import { reachable } from './connection'
import { ApiError } from './errors'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // a server that is away is waited for by the probe; what it refused is refused again
      retry: (count, error) => error instanceof ApiError && error.status >= 500 && count < 2,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

reachable.subscribe(() => {
  if (reachable.get()) void queries.invalidateQueries()
})
