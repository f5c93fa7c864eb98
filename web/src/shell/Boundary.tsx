import { Component, type ReactNode } from 'react'
import { Button, EmptyState } from '../ui'

/** A page that breaks takes nothing else with it. A part that no longer exists (the studio was updated) is fetched anew. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override componentDidCatch(error: Error) {
    console.error(error)
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    const gone = /dynamically imported module|module script|Unable to preload/i.test(error.message)
    return (
      <div role="alert">
        <EmptyState title={gone ? 'A part of this page did not arrive' : 'This page broke'} action={<Button onClick={() => location.reload()}>Load it again</Button>}>
          {gone ? 'The server may be away for a moment, or the studio was updated.' : `What you wrote is kept. If it happens again, report this: ${error.message}`}
        </EmptyState>
      </div>
    )
  }
}
