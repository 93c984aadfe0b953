/**
 * The suite that every front end passes: the same flows, asked to stop at the same moments, give the same record and the
 * same outcome through any door. Only `source`, and who asked and how, differ.
 *
 * Each test plays a scene twice, on two engines: once through the engine's own `Executions`, once through the front
 * end. Both must give what the scene expects, and the same events.
 *
 * @since 0.1.0
 */
import { Effect, type Scope, Stream } from "effect"
import * as ExecutionsLocal from "../ExecutionsLocal.ts"
import type { ExecutionEvent } from "../model/ExecutionEvent.ts"
import type { ExecutionId } from "../model/ExecutionId.ts"
import type { ExecutionsShape } from "../model/Executions.ts"
import type { InterruptSource } from "../model/InterruptSignal.ts"
import * as Bounded from "./Bounded.ts"
import * as Check from "./Check.ts"
import * as FrontEndScenes from "./FrontEndScenes.ts"
import * as Suite from "./Suite.ts"
import * as Watch from "./Watch.ts"

/**
 * A front end as the suite uses it.
 *
 * @since 0.1.0
 */
export interface FrontEnd {
  /** What its users see of the engine: the engine itself, or a client of it. */
  readonly executions: ExecutionsShape
  /**
   * Asks an execution to stop the way a user of this front end does: the click, the request, the signal. Ends once the
   * front end has passed it on; fails with what the front end answers.
   */
  readonly interrupt: (id: ExecutionId) => Effect.Effect<unknown, unknown>
}

/**
 * Registers the suite for a front end. `open` puts it around an engine and is closed after each test.
 *
 * **Example** (The engine's own door, with Vitest)
 *
 * ```ts
 * FrontEndTest.suite({ describe, it }, "SDK", {
 *   source: "Sdk",
 *   open: (executions) => Effect.succeed({ executions, interrupt: (id) => executions.interrupt(id) })
 * })
 * ```
 *
 * @since 0.1.0
 */
export const suite = <E>(
  api: Suite.TestApi,
  name: string,
  options: {
    /** The source that requests through this front end must have. */
    readonly source: InterruptSource
    readonly open: (engine: ExecutionsShape) => Effect.Effect<FrontEnd, E, Scope.Scope>
  }
): void =>
  Suite.register(
    api,
    `FrontEnd: ${name}`,
    [...FrontEndScenes.all.map((make) => scene(make, options.source)), unknownId],
    Effect.succeed(options.open)
  )

type Open = (engine: ExecutionsShape) => Effect.Effect<FrontEnd, unknown, Scope.Scope>

const ownDoor: Open = (executions) =>
  Effect.succeed({ executions, interrupt: (id) => executions.interrupt(id, { source: "Sdk" }) })

const scene = (make: () => FrontEndScenes.Scene, source: InterruptSource): Suite.Case<Open> => ({
  title: make().title,
  test: (open) =>
    Effect.gen(function* () {
      const reference = yield* play(make(), ownDoor, "Sdk")
      const found = yield* play(make(), open, source)
      Check.same(found, reference, "the events, compared with those of the engine's own door")
    })
})

/** Plays a scene and answers its events without what may differ between doors. */
const play = (scene: FrontEndScenes.Scene, open: Open, source: InterruptSource) =>
  Effect.scoped(
    Effect.gen(function* () {
      const engine = yield* ExecutionsLocal.make({
        flows: scene.flows,
        ...(scene.maxExecutions === undefined ? undefined : { maxExecutions: scene.maxExecutions })
      })
      const front = yield* open(engine)
      const ids = yield* scene.play(front)
      const records: Array<unknown> = []
      for (const [k, id] of ids.entries()) {
        const outcome = yield* Watch.outcome(front.executions, id)
        const { completed, failed, interrupted, notStarted, skipped, terminated } = outcome
        Check.same(
          { _tag: outcome._tag, completed, failed, interrupted, notStarted, skipped, terminated },
          { ...FrontEndScenes.nothing, ...scene.expected[k] },
          `the outcome of execution ${k + 1}`
        )
        const state = yield* front.executions.get(id)
        for (const { kind, signal } of state.requests)
          if (signal.source !== "StepFailed") Check.same(signal.source, source, `the source of the ${kind} request`)
        const events = yield* Bounded.within(Stream.runCollect(front.executions.events(id)), "the events at the end")
        const started = events.find((e) => e.type === "execution-started")
        Check.that(started !== undefined, "the events begin with the start")
        Check.same(
          events.map((e) => e.sequence),
          events.map((_, i) => i + 1),
          "the sequences of the events"
        )
        records.push(byStep(events))
      }
      return records
    })
  )

/**
 * What happened to each step and to the whole, in its order. Of two steps that run side by side, whose event comes first
 * is of the single run.
 */
const byStep = (events: ReadonlyArray<ExecutionEvent>): Readonly<Record<string, ReadonlyArray<unknown>>> => {
  const stepOf = (event: ExecutionEvent) => ("step" in event ? event.step : undefined)
  const steps = [...new Set(events.map(stepOf))].filter((step) => step !== undefined).sort()
  return Object.fromEntries(
    ["", ...steps].map((step) => [
      step,
      events.filter((event) => [undefined, step].includes(stepOf(event))).map(comparable)
    ])
  )
}

// Ids, times and who asked are of the single run; everything else is the same at every door.
const comparable = (event: ExecutionEvent): unknown => {
  const {
    at: _at,
    by: _by,
    cause,
    execution: _execution,
    sequence: _sequence,
    signal,
    source: _source,
    stopMillis: _stop,
    tookMillis: _took,
    ...rest
  } = event as ExecutionEvent & Record<string, unknown>
  // The cause of a stop is the source of its request; that of a failure is a code, the same everywhere.
  const failed = event.type === "execution-ended" && event.status === "Failed"
  // The signal of an operating system is a name, the request to stop is a record.
  return { ...rest, ...(failed ? { cause } : undefined), ...(typeof signal === "string" ? { signal } : undefined) }
}

const unknownId: Suite.Case<Open> = {
  title: "R41: answers a request for an unknown id with a typed error that names it",
  test: (open) =>
    Effect.gen(function* () {
      const engine = yield* ExecutionsLocal.make({ flows: FrontEndScenes.all[0]!().flows })
      const front = yield* open(engine)
      const id = "01ARZ3NDEKTSV4RRFFQ6" as ExecutionId
      const error = yield* Check.failsWith(front.interrupt(id), "ExecutionNotFound", "interrupt")
      Check.same((error as { readonly execution: string }).execution, id, "the id in the error")
      yield* Check.failsWith(front.executions.get(id), "ExecutionNotFound", "get")
      yield* Check.failsWith(Stream.runDrain(front.executions.events(id)), "ExecutionNotFound", "events")
    })
}
