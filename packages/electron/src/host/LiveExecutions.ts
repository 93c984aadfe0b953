/**
 * What the engine of this process runs: from the event that an attempt begins with until the engine is done with it.
 */
import { ExecutionState, type ExecutionEvent, type ExecutionId, type ObservedStore } from "@halte/engine"
import * as ExecutionName from "../main/ExecutionName.ts"
import type { LiveExecution } from "./HostMessage.ts"

export interface LiveExecutions {
  /** For the project to be opened with. */
  readonly observe: ObservedStore.ExecutionObserver
  /** In the order in which they began. */
  readonly all: () => ReadonlyArray<LiveExecution>
}

export interface Options {
  /** Calls back when the attempt that has just begun has ended, also where its end could not be recorded. */
  readonly whenEnded: (id: ExecutionId.ExecutionId, ended: () => void) => void
  readonly began: (id: ExecutionId.ExecutionId) => void
  readonly changed: () => void
}

export const make = ({ began, changed, whenEnded }: Options): LiveExecutions => {
  const live = new Map<ExecutionId.ExecutionId, LiveExecution>()
  const begin = (event: ExecutionEvent.Of<"execution-started">): void => {
    const id = event.execution as ExecutionId.ExecutionId
    const one: LiveExecution = { id, name: nameOf(event) }
    live.delete(id)
    live.set(id, one)
    changed()
    began(id)
    whenEnded(id, () => {
      // It may have been resumed by now.
      if (live.get(id) !== one) return
      live.delete(id)
      changed()
    })
  }
  return {
    observe: {
      appended: (_, events) => {
        for (const event of events.notable ?? events) if (event.type === "execution-started") begin(event)
      }
    },
    all: () => [...live.values()]
  }
}

const nameOf = (event: ExecutionEvent.Of<"execution-started">): string => {
  const state = ExecutionState.fold(undefined, [event])
  return state === undefined ? event.flow : ExecutionName.of(state)
}
