/** The one error the studio knows: what happened, where, and the id to quote. */
export class ApiError extends Error {
  override name = 'ApiError'
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly field: string | null = null,
    readonly requestId: string | null = null,
    /** Seconds after which it is worth trying again. */
    readonly retryAfter: number | null = null,
  ) {
    super(message)
  }

  /** The server was not reached at all. */
  get offline(): boolean {
    return this.status === 0
  }
}

const OFFLINE = 'The server cannot be reached. What you wrote is kept; this page goes on by itself when the server is back.'

export function offline(): ApiError {
  return new ApiError(OFFLINE, 0, 'offline')
}

/** The error body of an answer, or the plainest thing that can be said without one. */
export function errorOf(status: number, body: unknown, headers?: Headers): ApiError {
  const retry = Number(headers?.get('Retry-After'))
  const retryAfter = Number.isFinite(retry) && retry > 0 ? retry : null
  const detail = typeof body === 'object' && body !== null && 'error' in body ? (body as { error: unknown }).error : null
  if (typeof detail === 'object' && detail !== null && 'message' in detail) {
    const { message, code, field, request_id } = detail as { message: unknown; code?: unknown; field?: unknown; request_id?: unknown }
    return new ApiError(sentence(String(message)), status, String(code ?? 'error'), field ? String(field) : null, request_id ? String(request_id) : null, retryAfter)
  }
  // a proxy in front of a server that is starting answers 502 to 504 with a page of its own
  if (status >= 502 && status <= 504) return offline()
  return new ApiError(`The server answered ${status} without saying why. Try again.`, status, 'error', null, headers?.get('X-Request-Id') ?? null, retryAfter)
}

/** Anything thrown, as an ApiError. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  if (thrown instanceof TypeError) return offline() // what fetch throws where no connection came about
  return new ApiError(thrown instanceof Error ? thrown.message : String(thrown), -1, 'internal')
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError'
}

function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?。]$/.test(upper) ? upper : `${upper}.`
}
