/**
 * Which step is selected, and which one the keyboard is at: of thousands of steps only two are drawn anew when one moves.
 */
import { useSyncExternalStore } from "react"

export type Mark = "selected" | "current"

export class Marks {
  private readonly at: { [K in Mark]?: string | undefined } = {}
  private readonly listeners = new Map<string, Set<() => void>>()

  set(mark: Mark, id: string | undefined): void {
    const before = this.at[mark]
    if (before === id) return
    this.at[mark] = id
    for (const changed of [before, id])
      if (changed !== undefined) for (const listener of this.listeners.get(changed) ?? []) listener()
  }

  get(mark: Mark): string | undefined {
    return this.at[mark]
  }

  subscribe(id: string, listener: () => void): () => void {
    const known = this.listeners.get(id) ?? new Set()
    known.add(listener)
    this.listeners.set(id, known)
    return () => {
      known.delete(listener)
      if (known.size === 0) this.listeners.delete(id)
    }
  }
}

/** Whether a step has a mark. */
export const useMark = (marks: Marks, mark: Mark, id: string): boolean => {
  const read = () => marks.get(mark) === id
  return useSyncExternalStore((changed) => marks.subscribe(id, changed), read, read)
}
