/**
 * An execution in each state there is, on a real engine, for as long as a test lasts.
 */
import { Effect, type Scope } from "effect"
import { type ExecutionId, ExecutionsLocal, type ExecutionStatus, Flow, Step } from "@halte/engine"
import { HandStep, Watch } from "@halte/engine/testing"

export interface Live {
  readonly engine: ExecutionsLocal.LocalExecutions
  readonly id: ExecutionId.ExecutionId
}

type Reach = Effect.Effect<Live, unknown, Scope.Scope>

/** A step that goes on whatever is asked of it, until `end`. */
const stubborn = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { step: Step.make("stubborn", { run: () => promise }), end: Effect.sync(() => resolve()) }
}

const engineOf = (steps: ReadonlyArray<Step.Step<string, unknown, unknown, never>>) =>
  ExecutionsLocal.make({ flows: [Flow.make("flow", { steps })] })

/** One whose only step is in hand. Who lets go of it outlives the test, since the engine waits for it. */
const held = Effect.gen(function* () {
  const hand = HandStep.make("a")
  const engine = yield* engineOf([done, hand.step])
  const id = yield* engine.start({ flow: "flow" })
  const taken = yield* hand.begun()
  return { engine, id, hand, taken }
})

const running: Reach = Effect.gen(function* () {
  const { end, step } = stubborn()
  const engine = yield* engineOf([step])
  // Added after the engine, and so done before that waits for what it runs.
  yield* Effect.addFinalizer(() => end)
  const id = yield* engine.start({ flow: "flow" })
  yield* Watch.event(engine, id, "step-started")
  return { engine, id }
})

const then = (reach: Reach, more: (live: Live) => Effect.Effect<unknown, unknown>): Reach =>
  Effect.flatMap(reach, (live) => Effect.as(more(live), live))

/** What can be taken back of one that has ended. */
const done = Step.make("done", { run: () => 1, undo: () => undefined })

const ended = (step: Step.Step<string, unknown, unknown, never>): Reach =>
  Effect.gen(function* () {
    const engine = yield* engineOf([done, step])
    const id = yield* engine.start({ flow: "flow" })
    yield* engine.outcome(id)
    return { engine, id }
  })

export const reach: { readonly [S in ExecutionStatus.ExecutionStatus]: Reach } = {
  Pending: Effect.gen(function* () {
    const { end, step } = stubborn()
    const hold = Flow.make("hold", { steps: [step] })
    const flow = Flow.make("flow", { steps: [Step.make("a", { run: () => 1 })] })
    const engine = yield* ExecutionsLocal.make({ flows: [hold, flow], maxExecutions: 1 })
    yield* Effect.addFinalizer(() => end)
    yield* engine.start({ flow: "hold" })
    return { engine, id: yield* engine.start({ flow: "flow" }) }
  }),
  Running: running,
  Pausing: then(running, ({ engine, id }) => engine.pause(id)),
  Paused: Effect.gen(function* () {
    const { engine, id, taken } = yield* held
    yield* engine.pause(id)
    const answer = yield* taken.begin()
    yield* Effect.forkDetach(Effect.andThen(answer, taken.stopHalfWay()))
    yield* Watch.status(engine, id, "Paused")
    return { engine, id }
  }),
  Interrupting: then(running, ({ engine, id }) => engine.interrupt(id)),
  Terminating: then(running, ({ engine, id }) => engine.terminate(id)),
  Interrupted: Effect.gen(function* () {
    const { engine, hand, id, taken } = yield* held
    yield* engine.interrupt(id)
    yield* taken.check()
    yield* taken.stopHalfWay()
    yield* engine.outcome(id)
    // The next attempt, if there is one, ends at once.
    yield* Effect.forkDetach(Effect.flatMap(hand.begun(), (again) => again.succeed()))
    return { engine, id }
  }),
  Failed: ended(Step.make("a", { run: () => Effect.fail(new Error("no")) })),
  Terminated: Effect.gen(function* () {
    const { engine, hand, id, taken } = yield* held
    yield* engine.terminate(id)
    yield* taken.interrupted
    yield* engine.outcome(id)
    yield* Effect.forkDetach(Effect.flatMap(hand.begun(), (again) => again.succeed()))
    return { engine, id }
  }),
  Completed: ended(Step.make("a", { run: () => 1 }))
}
