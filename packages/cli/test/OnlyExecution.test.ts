/** R44: a page that belongs to one run starts nothing else, and says what runs. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { type ExecutionId, ExecutionsError, ExecutionsLocal, Flow, type Step } from "@halte/engine"
import { Check, HandStep } from "@halte/engine/testing"
import * as OnlyExecution from "../src/OnlyExecution.ts"

const given = Effect.gen(function* () {
  const [hand, other] = [HandStep.make("a"), HandStep.make("b")]
  const of = (name: string, step: Step.Any) => Flow.make(name, { steps: [step] }) as Flow.Flow<unknown, never>
  const engine = yield* ExecutionsLocal.make({ flows: [of("release", hand.step), of("other", other.step)] })
  const started = Deferred.makeUnsafe<ExecutionId.ExecutionId>()
  const only = OnlyExecution.make(engine, "release", started)
  const begin = Effect.tap(engine.start({ flow: "release" }), (id) => Deferred.succeed(started, id))
  return { begin, engine, hand, only, other }
})

describe("the executions of a page beside a run", () => {
  it.effect("R44 start nothing else: whoever tries is told which one runs, also before it has begun", () =>
    Effect.gen(function* () {
      const { begin, engine, hand, only } = yield* given
      const early = yield* Effect.forkChild(Effect.flip(only.start({ flow: "other" })), { startImmediately: true })
      const id = yield* begin
      const busy = new ExecutionsError.FlowBusy({ flow: "release", execution: id })
      assert.deepStrictEqual(yield* Fiber.join(early), busy)
      for (const flow of ["release", "other", "unknown"])
        assert.deepStrictEqual(yield* Effect.flip(only.start({ flow })), busy)
      assert.strictEqual((yield* engine.list()).length, 1)
      yield* (yield* hand.begun(id)).succeed()
      yield* engine.outcome(id)
    })
  )

  it.effect("resume no other, nor this one once it has ended; while it is paused it goes on", () =>
    Effect.gen(function* () {
      const { begin, engine, hand, only, other } = yield* given
      const earlier = yield* engine.start({ flow: "other" })
      yield* (yield* other.begun(earlier)).stopHalfWay()
      yield* engine.outcome(earlier)
      const id = yield* begin
      const run = yield* hand.begun(id)
      assert.deepStrictEqual(
        yield* Effect.flip(only.resume(earlier)),
        new ExecutionsError.FlowBusy({ flow: "release", execution: id })
      )
      yield* only.pause(id)
      const goesOn = yield* run.begin()
      yield* only.resume(id)
      yield* goesOn
      yield* only.interrupt(id)
      yield* run.stopHalfWay()
      yield* engine.outcome(id)
      const error = yield* Check.failsWith(only.resume(id), "ExecutionsUnavailable", "a resume")
      assert.include((error as Error).message, "the run that this server belongs to has ended")
    })
  )
})
