/**
 * What is on the disk of an execution, read back by somebody who took no part in it, and whether it says what happened.
 *
 * @since 0.1.0
 */
import { join } from "node:path"
import { Effect } from "effect"
import {
  type ExecutionEvent,
  type ExecutionId,
  ExecutionState,
  ExecutionStatus,
  type ExecutionStore,
  ExecutionsLocal
} from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import type { Place } from "./Sandbox.ts"

/**
 * An execution as it is stored.
 *
 * @since 0.1.0
 */
export interface AttemptRecord {
  readonly state: ExecutionState.ExecutionState
  readonly events: ReadonlyArray<ExecutionEvent.ExecutionEvent>
  /** Sub-flows that have not ended. */
  readonly open: ReadonlyArray<string>
  /** What the completed steps gave, large values included. */
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * The path of the store of a place.
 *
 * @since 0.1.0
 */
export const fileOf = (place: Pick<Place, "state">): string => join(place.state, "halte.db")

/**
 * Makes an empty store, which every copy of the place is then given: making one takes longer than copying it.
 *
 * @since 0.1.0
 */
export const make = (place: Pick<Place, "state">): Effect.Effect<void, ExecutionStore.StoreUnavailable> =>
  Effect.scoped(Effect.asVoid(SqliteStore.open({ file: fileOf(place), synchronous: "off" })))

/**
 * Opens the store anew and reads an execution; `undefined` when it holds none of this id.
 *
 * @since 0.1.0
 */
export const read = (
  place: Pick<Place, "state">,
  id: ExecutionId.ExecutionId
): Effect.Effect<AttemptRecord | undefined, ExecutionStore.StoreUnavailable> =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* SqliteStore.open({ file: fileOf(place), synchronous: "off" })
      const events = yield* store.read(id, 0, Number.MAX_SAFE_INTEGER)
      const state = ExecutionState.fold(undefined, events)
      if (state === undefined) return undefined
      const local = yield* Effect.orDie(ExecutionsLocal.make({ flows: [], store }))
      const values: Record<string, unknown> = {}
      for (const { id: step, references, status, value } of state.steps.values()) {
        if (status !== "Completed") continue
        values[step] = references?.["value"] === undefined ? value : yield* Effect.orDie(local.output(id, step))
      }
      const others = yield* store.list({ limit: Number.MAX_SAFE_INTEGER })
      const open = others.flatMap((one) => (one.id === id || ExecutionStatus.isEnded(one.status) ? [] : [one.flow]))
      return { state, events, values, open }
    })
  )

/**
 * How often the programs and modules of steps were called for the steps themselves in the last attempt: a clean-up or an
 * undo is called by the name of its step, too.
 *
 * @since 0.1.0
 */
export const withoutCleanUps = (
  { events, state }: AttemptRecord,
  ran: Readonly<Record<string, number>>
): Readonly<Record<string, number>> => {
  const own = { ...ran }
  for (const event of events)
    if (event.type === "clean-up-started" && event.attempt === state.attempt && own[event.step] !== undefined)
      own[event.step]!--
  return own
}

/**
 * What is wrong with a record after an attempt: a sentence each. `ran` says how often the programs and modules of steps
 * were really called in that attempt, for the steps themselves.
 *
 * @since 0.1.0
 */
export const problems = (
  { events, open, state }: AttemptRecord,
  ran: Readonly<Record<string, number>>
): ReadonlyArray<string> => {
  const found: Array<string> = open.map((flow) => `the sub-flow \`${flow}\` has no end`)
  const gap = events.findIndex((event, i) => event.sequence !== i + 1)
  if (gap >= 0) found.push(`event ${gap + 1} has the sequence ${events[gap]!.sequence}`)
  const own = events.filter(({ attempt }) => attempt === state.attempt)
  const { ended } = state
  if (ended === undefined) return [...found, `attempt ${state.attempt} has no end`]
  const { completed, failed, interrupted, notStarted, skipped, terminated } = ended.partition
  const parts = [
    ...completed,
    ...failed,
    ...interrupted.map(({ step }) => step),
    ...notStarted,
    ...skipped,
    ...terminated
  ]
  const doubled = parts.find((step, i) => parts.indexOf(step) !== i)
  if (doubled !== undefined) found.push(`\`${doubled}\` is in two parts of the partition`)
  for (const id of state.steps.keys()) if (!parts.includes(id)) found.push(`\`${id}\` is in no part of the partition`)
  const folded = ExecutionState.partition(state)
  if (JSON.stringify(folded) !== JSON.stringify(ended.partition))
    found.push("the partition is not the one that the events give")
  for (const step of notStarted)
    if (own.some((event) => event.type === "step-started" && event.step === step) && !wasUndone(own, step))
      found.push(`\`${step}\` has begun and counts as not started`)
  for (const [step, count] of Object.entries(ran)) {
    if (count <= 0) continue
    if (notStarted.includes(step) && !wasUndone(own, step)) found.push(`\`${step}\` ran and counts as not started`)
    if (!own.some((event) => event.type === "step-started" && event.step === step) && state.steps.has(step))
      found.push(`\`${step}\` ran and no event says that it has begun`)
  }
  return found
}

const wasUndone = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>, step: string): boolean =>
  events.some((event) => event.type === "clean-up-ended" && event.kind === "undo" && event.step === step)

/**
 * What was done more than once in the whole life of an execution: steps that completed twice, batches of a loop that were
 * committed twice. A crash may repeat one batch: that is what a cursor promises.
 *
 * @since 0.1.0
 */
export const repeated = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>): ReadonlyArray<string> => {
  const found: Array<string> = []
  const completed = new Map<string, number>()
  const cursors = new Map<string, number>()
  for (const event of events) {
    if (event.type === "clean-up-ended" && event.kind === "undo") completed.delete(event.step)
    if (event.type === "step-completed") {
      const count = (completed.get(event.step) ?? 0) + 1
      completed.set(event.step, count)
      if (count === 2) found.push(event.step)
    }
    if (event.type === "step-started" && event.try > 1) cursors.delete(event.step)
    if (event.type === "step-cursor" && typeof event.cursor === "number" && event.items === undefined) {
      const last = cursors.get(event.step)
      if (last !== undefined && event.cursor < last) found.push(`${event.step} (cursor ${event.cursor} after ${last})`)
      cursors.set(event.step, event.cursor)
    }
  }
  return found
}
