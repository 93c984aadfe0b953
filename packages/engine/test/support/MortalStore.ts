/**
 * A store as one process sees it that is going to be killed: over a store that all processes share, it counts the writes
 * of this one and ends its life at one of them. From then on every call hangs, as it does for a process that is gone.
 */
import { Deferred, Effect } from "effect"
import { type EventBatch, ExecutionEvent, type ExecutionStore } from "@halte/engine"

type Shape = ExecutionStore.ExecutionStoreShape

/** At which write the process is killed: before it reaches the store, or before its answer comes back. */
export interface Death {
  readonly write: number
  readonly when: "before" | "after"
}

export interface MortalStore extends Shape {
  readonly isDead: () => boolean
  /** Waits for the death. */
  readonly died: Effect.Effect<void>
  /** The writes so far, by name. */
  readonly writes: ReadonlyArray<string>
  /** Kills the process now. */
  readonly kill: () => void
}

/** Events as a store that outlives its process keeps them: as text, read back. */
export const asText = (events: EventBatch.EventBatch): ReadonlyArray<ExecutionEvent.ExecutionEvent> =>
  Array.from(events, (event) => JSON.parse(ExecutionEvent.toJson(event)) as ExecutionEvent.ExecutionEvent)

/** `turns`: how many turns of the event loop each write takes. */
export const make = (shared: Shape, death?: Death, turns = 0): MortalStore => {
  const writes: Array<string> = []
  const died = Deferred.makeUnsafe<void>()
  let dead = false
  const kill = () => {
    dead = true
    Deferred.doneUnsafe(died, Effect.void)
  }
  const live = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => (dead ? Effect.never : effect))
  const write = <A, E>(name: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    live(
      Effect.suspend(() => {
        writes.push(name)
        if (writes.length === death?.write) {
          if (death.when === "after") return Effect.andThen(Effect.andThen(effect, Effect.sync(kill)), Effect.never)
          kill()
          return Effect.never
        }
        return turns === 0 ? effect : Effect.andThen(Effect.repeat(Effect.yieldNow, { times: turns - 1 }), live(effect))
      })
    )
  return {
    durable: true,
    isDead: () => dead,
    writes,
    kill,
    died: Deferred.await(died),
    claim: (...args) => write("claim", shared.claim(...args)),
    heartbeat: (...args) => write("heartbeat", shared.heartbeat(...args)),
    release: (...args) => write("release", shared.release(...args)),
    disown: (...args) => write("disown", shared.disown(...args)),
    append: (claim, events, options) =>
      Effect.suspend(() => {
        const kept = asText(events)
        return write(options?.release === true ? "append and release" : "append", shared.append(claim, kept, options))
      }),
    appendLog: (...args) => write("appendLog", shared.appendLog(...args)),
    remove: (...args) => write("remove", shared.remove(...args)),
    owners: live(shared.owners),
    read: (...args) => live(shared.read(...args)),
    list: (...args) => live(shared.list(...args)),
    counts: (...args) => live(shared.counts(...args)),
    keyUse: (...args) => live(shared.keyUse(...args)),
    readBlob: (...args) => live(shared.readBlob(...args)),
    readLog: (...args) => live(shared.readLog(...args)),
    sharedLimits: {
      take: (...args) => write("take", shared.sharedLimits.take(...args)),
      giveBack: (...args) => write("giveBack", shared.sharedLimits.giveBack(...args)),
      look: (...args) => live(shared.sharedLimits.look(...args))
    }
  }
}
