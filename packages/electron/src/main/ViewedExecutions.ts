/**
 * The execution that a window shows, as it stands: the menu acts on that. What the window's own engine runs is known
 * already; one that has ended, or that another terminal's engine runs, is followed for as long as it is shown.
 */
import type { ExecutionState } from "@halte/engine/model"
import type { Desk } from "./Desk.ts"
import * as ExecutionFollow from "./ExecutionFollow.ts"

/** What of a desk is looked at. A `Desk` is one. */
export type ViewingDesk = Pick<Desk, "viewing" | "running" | "executions">

export interface ViewedExecutions<D extends ViewingDesk> {
  /** `undefined`: the window shows none, or nothing is known of it yet. */
  readonly of: (desk: D) => ExecutionState.ExecutionState | undefined
  /** Desks show something else now, or there are others. */
  readonly update: () => void
  readonly close: () => void
}

export interface Options<D extends ViewingDesk> {
  readonly desks: () => ReadonlyArray<D>
  readonly onChange: () => void
  /** How soon it is seen that another engine has resumed what had ended. @default 2000 */
  readonly againMillis?: number | undefined
}

interface Followed {
  readonly id: string
  readonly executions: ViewingDesk["executions"]
  readonly follow: ExecutionFollow.ExecutionFollow
  state: ExecutionState.ExecutionState | undefined
}

export const make = <D extends ViewingDesk>(options: Options<D>): ViewedExecutions<D> => {
  const { againMillis = 2000, desks, onChange } = options
  const followed = new Map<D, Followed>()

  const forget = (desk: D): void => {
    followed.get(desk)?.follow.close()
    followed.delete(desk)
  }

  const look = (desk: D): void => {
    const { executions, running, viewing } = desk
    const id = viewing.execution
    if (id === undefined || executions === undefined || running?.states.has(id) === true) return forget(desk)
    const before = followed.get(desk)
    if (before?.id === id && before.executions === executions) return
    forget(desk)
    const tell = (state: ExecutionState.ExecutionState) => {
      if (followed.get(desk) !== one) return
      one.state = state
      onChange()
    }
    const one: Followed = {
      id,
      executions,
      state: undefined,
      follow: ExecutionFollow.make({
        executions,
        id,
        againMillis,
        isLive: () => true,
        onState: tell,
        onEnded: tell,
        onDone: () => undefined
      })
    }
    followed.set(desk, one)
  }

  return {
    of: (desk) => {
      const id = desk.viewing.execution
      if (id === undefined) return undefined
      const own = followed.get(desk)
      return desk.running?.states.get(id) ?? (own?.id === id ? own.state : undefined)
    },
    update: () => {
      const now = new Set(desks())
      for (const desk of [...followed.keys()]) if (!now.has(desk)) forget(desk)
      for (const desk of now) look(desk)
    },
    close: () => {
      for (const desk of [...followed.keys()]) forget(desk)
    }
  }
}
