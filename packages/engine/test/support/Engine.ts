/**
 * An engine in a test: starts executions of one flow, waits with bounds, and looks at what every execution must have in
 * common when it has ended.
 */
import { assert } from "@effect/vitest"
import { Effect, Exit, Scope, Stream } from "effect"
import {
  type ExecutionEvent,
  ExecutionEvent as Event,
  type ExecutionId,
  type Executions,
  ExecutionsLocal,
  ExecutionState,
  Flow,
  type FlowError,
  type LogLine,
  type Outcome,
  Partition,
  type Step,
  type StepContext
} from "@halte/engine"
import * as Bounded from "../../src/testing/Bounded.ts"

type Id = ExecutionId.ExecutionId
type Any = ExecutionEvent.ExecutionEvent

export interface Ended {
  readonly id: Id
  readonly outcome: Outcome.Outcome
  readonly state: ExecutionState.ExecutionState
  readonly events: ReadonlyArray<Any>
  readonly types: ReadonlyArray<string>
  /** `type step` of what happened to steps, in order. */
  readonly steps: ReadonlyArray<string>
  readonly of: <Type extends Any["type"]>(type: Type, step?: string) => ReadonlyArray<Event.Of<Type>>
}

export interface Engine extends ExecutionsLocal.LocalExecutions {
  readonly begin: (
    request?: Omit<Executions.StartRequest, "flow"> & { readonly flow?: string }
  ) => ReturnType<Executions.ExecutionsShape["start"]>
  /** Waits for the end of the latest attempt and checks what must hold for every execution. */
  readonly ended: (id: Id) => Effect.Effect<Ended>
  /** Starts and waits. */
  readonly run: (request?: Parameters<Engine["begin"]>[0]) => Effect.Effect<Ended>
  /** Waits for an event. */
  readonly seen: <Type extends Any["type"]>(
    id: Id,
    type: Type,
    options?: { readonly step?: string; readonly after?: number }
  ) => Effect.Effect<Event.Of<Type>>
  readonly lines: (id: Id, options?: { readonly step?: string }) => Effect.Effect<ReadonlyArray<LogLine.LogLine>>
}

/** Makes an engine of one or more flows. */
export const make = <R = never>(
  flows: Flow.Flow<unknown, R> | ReadonlyArray<Flow.Flow<unknown, R>>,
  options?: Omit<ExecutionsLocal.Options<R>, "flows">
): Effect.Effect<Engine, FlowError.FlowError, R | Scope.Scope> =>
  Effect.gen(function* () {
    const all = Array.isArray(flows)
      ? (flows as ReadonlyArray<Flow.Flow<unknown, R>>)
      : [flows as Flow.Flow<unknown, R>]
    const engine = yield* ExecutionsLocal.make({ flows: all, ...options })
    const begin: Engine["begin"] = (request) => engine.start({ flow: all[0]!.name, ...request })
    const ended: Engine["ended"] = (id) =>
      Effect.gen(function* () {
        const outcome = yield* Bounded.within(engine.outcome(id), `the end of \`${id}\``)
        const events = Array.from(
          yield* Bounded.within(Stream.runCollect(engine.events(id)), `the events of \`${id}\``)
        )
        return check(id, outcome, events, all)
      }).pipe(Effect.orDie)
    return {
      ...engine,
      begin,
      ended,
      run: (request) => Effect.flatMap(Effect.orDie(begin(request)), ended),
      seen: (id, type, { after, step } = {}) =>
        Bounded.within(
          engine.events(id, after).pipe(
            Stream.filter((e) => e.type === type && (step === undefined || ("step" in e && e.step === step))),
            Stream.runHead,
            Effect.map((found) => {
              if (found._tag === "None") throw new Error(`the execution ended without \`${type}\` ${step ?? ""}`)
              return found.value as never
            })
          ),
          `event \`${type}\` ${step ?? ""}`
        ).pipe(Effect.orDie),
      lines: (id, options) =>
        Bounded.within(Stream.runCollect(engine.logs(id, options)), `the lines of \`${id}\``).pipe(
          Effect.map((lines) => Array.from(lines)),
          Effect.orDie
        )
    }
  })

/** An engine whose process is going to be killed: nobody waits for its end. */
export const doomed: typeof make = (flows, options) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Effect.addFinalizer(() => Effect.sync(() => void Effect.runFork(Scope.close(scope, Exit.void))))
    return yield* Scope.provide(make(flows, options), scope)
  })

/** Runs some steps that need no services as a flow `f`. */
export const runSteps = (
  steps: ReadonlyArray<Step.Any>,
  options: Partial<Parameters<typeof Flow.make>[1]> = {}
): Effect.Effect<Ended, FlowError.FlowError, Scope.Scope> =>
  Effect.flatMap(make(of(steps, options)), (engine) => engine.run())

/** Some steps that need no services as a flow `f`. */
export const of = (
  steps: ReadonlyArray<Step.Any>,
  options: Partial<Parameters<typeof Flow.make>[1]> = {}
): Flow.Flow<unknown, never> => Flow.make("f", { ...options, steps }) as Flow.Flow<unknown, never>

const check = (
  id: Id,
  outcome: Outcome.Outcome,
  events: ReadonlyArray<Any>,
  flows: ReadonlyArray<Flow.Flow<unknown, unknown>>
): Ended => {
  const state = ExecutionState.fold(undefined, events)!
  assert.deepStrictEqual(
    events.map((e) => e.sequence),
    events.map((_, i) => i + 1),
    "sequences have no gap"
  )
  for (const event of events) {
    const line = Event.toJson(event)
    assert.strictEqual(Event.toJson(Event.fromJson(line)), line, `\`${event.type}\` is the same after JSON`)
  }
  const known = flows.find((flow) => flow.name === outcome.flow)
  assert.strictEqual(Partition.size(outcome), state.steps.size, `the partition holds every step of \`${known?.name}\``)
  assert.strictEqual(state.status, outcome._tag)
  assert.deepStrictEqual(summary(ExecutionState.outcome(state)!), summary(outcome), "the fold ends like the engine")
  return {
    id,
    outcome,
    state,
    events,
    types: events.map((e) => e.type),
    steps: events.flatMap((e) => ("step" in e ? [`${e.type} ${e.step}`] : [])),
    of: (type, step) =>
      events.filter((e) => e.type === type && (step === undefined || ("step" in e && e.step === step))) as never
  }
}

// Values aside: secrets are masked in the recorded ones.
const summary = ({ values, ...outcome }: Outcome.Outcome) => ({ ...outcome, values: Object.keys(values) })

/** Waits until a step does nothing: it holds, waits for time, or for an answer; its timer is then set. */
export const quiet = (context: () => StepContext.StepContextShape | undefined): Effect.Effect<void> =>
  Bounded.eventually(
    () => (context() as { readonly isQuiet?: boolean } | undefined)?.isQuiet === true,
    "a step to be waiting"
  ).pipe(Effect.andThen(Bounded.turns(3)))

export { Bounded }
