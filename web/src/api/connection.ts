import { Store } from './store'
import { root } from './root'

/** Is the server there? Any request that fails to reach it says no; a patient probe says yes again. */
export const reachable = new Store(true)

let probing = false

export function lost(): void {
  reachable.set(false)
  if (!probing) void probe()
}

export function found(): void {
  reachable.set(true)
}

async function probe(): Promise<void> {
  probing = true
  let wait = 500
  while (!reachable.get()) {
    await new Promise((resolve) => setTimeout(resolve, wait))
    wait = Math.min(wait * 1.5, 5000)
    try {
      const answer = await fetch(`${root}/livez`, { cache: 'no-store' })
      if (answer.ok) found()
    } catch {
      // still away
    }
  }
  probing = false
}
