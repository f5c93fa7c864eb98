import createClient from 'openapi-fetch'
import { askAgain, csrf, declined, renew } from '../auth/session'
import { found, lost } from './connection'
import { ApiError, asApiError, errorOf, isAbort, offline } from './errors'
import type { Paths } from './contract'
import { root } from './root'

/**
 * The typed client. Use it through `call`, which throws ApiError instead of returning one:
 *
 *     const list = await call(api.GET('/v1/generations', { params: { query: { limit: 20 } } }))
 */
export const api = createClient<Paths>({ baseUrl: location.origin + root, fetch: send })

/** Await an answer of `api`; throws ApiError for anything but success. */
export async function call<D>(pending: Promise<{ data?: D; error?: unknown; response: Response }>): Promise<NonNullable<D>> {
  const { data, error, response } = await pending.catch((thrown: unknown) => {
    if (isAbort(thrown)) throw thrown
    throw asApiError(thrown)
  })
  if (!response.ok) throw errorOf(response.status, error, response.headers)
  return data as NonNullable<D>
}

/** What the composer asks at each pause in typing, as a GET in all but name. */
const BY_ITSELF = ['/v1/lint', '/v1/preview', '/v1/plan', '/v1/estimate']

/** fetch with the cookie, the CSRF header, and one more try after the person has signed in again, here or in another tab. */
export async function send(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await reach(guarded(request))
  const path = new URL(request.url).pathname.slice(root.length)
  if (response.status === 401 && !path.startsWith('/v1/session')) {
    const byItself = (request.method === 'GET' || BY_ITSELF.includes(path)) && declined()
    if (!byItself && (await askAgain())) return reach(guarded(again))
  } else if (response.status === 403) {
    const { code } = errorOf(403, await response.clone().json().catch(() => null))
    if (code === 'csrf' && (await renew())) return reach(guarded(again))
  }
  return response
}

function guarded(request: Request): Request {
  if (request.method === 'GET' || request.method === 'HEAD') return request
  const token = csrf()
  if (token) request.headers.set('X-CSRF-Token', token)
  return request
}

async function reach(request: Request): Promise<Response> {
  try {
    const response = await fetch(request)
    if (response.status >= 502 && response.status <= 504 && !response.headers.get('X-Request-Id')) {
      lost()
      throw offline()
    }
    found()
    return response
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ApiError) throw thrown
    lost()
    throw offline()
  }
}
