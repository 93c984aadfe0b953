/** R47: one command at a time in one place, whoever asks and however close together. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  CommandParams,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  ExecutionsLocal,
  Flow,
  type Step
} from "@halte/engine"
import { Check, HandStep } from "@halte/engine/testing"
import { CommandGuard } from "@halte/process"

const command = { flow: CommandParams.flow, params: { line: "true", graceMillis: 0 } }
const busy = (execution: string) => new ExecutionsError.FlowBusy({ flow: CommandParams.flow, execution })

const guarded = Effect.gen(function* () {
  const hand = HandStep.make("a")
  const other = HandStep.make("b")
  const of = (name: string, step: Step.Any) => Flow.make(name, { steps: [step] }) as Flow.Flow<unknown, never>
  const engine = yield* ExecutionsLocal.make({ flows: [of(CommandParams.flow, hand.step), of("other", other.step)] })
  const guard = CommandGuard.make(engine, { directory: "/project", started: engine.started })
  const begin = (request: Partial<Executions.StartRequest> = {}) => guard.start({ ...command, ...request })
  const end = (id: ExecutionId.ExecutionId, half = false) =>
    Effect.gen(function* () {
      const run = yield* hand.begun(id)
      yield* half ? run.stopHalfWay() : run.succeed()
      return yield* engine.outcome(id)
    })
  return { begin, end, engine, guard, hand, other }
})

describe("a command guard", () => {
  it.effect("R47 refuses a second command and names the one that runs, until that has ended", () =>
    Effect.gen(function* () {
      const { begin, end } = yield* guarded
      const first = yield* begin()
      assert.deepStrictEqual(yield* Effect.flip(begin()), busy(first))
      yield* end(first)
      const second = yield* begin()
      assert.notStrictEqual(second, first)
      assert.deepStrictEqual(yield* Effect.flip(begin()), busy(second))
      yield* end(second)
    })
  )

  it.effect("R47 starts one of many that come in the same tick, and names it to the others", () =>
    Effect.gen(function* () {
      const { begin, end, engine } = yield* guarded
      const answers = yield* Effect.all(
        Array.from({ length: 20 }, () => Effect.result(begin())),
        { concurrency: "unbounded" }
      )
      const started = answers.flatMap((one) => (one._tag === "Success" ? [one.success] : []))
      assert.strictEqual(started.length, 1)
      for (const one of answers) if (one._tag === "Failure") assert.deepStrictEqual(one.failure, busy(started[0]!))
      assert.strictEqual((yield* engine.list()).length, 1)
      yield* end(started[0]!)
    })
  )

  it.effect("leaves other flows alone, and other commands of the same project that are not started here", () =>
    Effect.gen(function* () {
      const { begin, end, engine, guard, other } = yield* guarded
      const elsewhere = yield* engine.start(command)
      const here = yield* begin()
      const flows = yield* Effect.all([guard.start({ flow: "other" }), guard.start({ flow: "other" })])
      for (const id of flows) yield* (yield* other.begun(id)).succeed()
      yield* end(elsewhere)
      assert.deepStrictEqual(yield* Effect.flip(begin()), busy(here))
      yield* end(here)
    })
  )

  it.effect("answers the same key with the same execution, while it runs and afterwards", () =>
    Effect.gen(function* () {
      const { begin, end } = yield* guarded
      const first = yield* begin({ idempotencyKey: "k" })
      assert.strictEqual(yield* begin({ idempotencyKey: "k" }), first)
      assert.deepStrictEqual(yield* Effect.flip(begin({ idempotencyKey: "l" })), busy(first))
      yield* end(first)
      const second = yield* begin({ idempotencyKey: "l" })
      assert.strictEqual(yield* begin({ idempotencyKey: "k" }), first)
      assert.deepStrictEqual(yield* Effect.flip(begin()), busy(second), "the repeat took nobody's place")
      yield* end(second)
    })
  )

  it.effect("R47 answers a key that another server has started with, whatever runs here by now", () =>
    Effect.gen(function* () {
      const { begin, end, engine } = yield* guarded
      const first = yield* begin({ idempotencyKey: "k" })
      yield* end(first)
      const after = CommandGuard.make(engine, { directory: "/project", started: engine.started })
      const running = yield* after.start({ ...command, idempotencyKey: "l" })
      assert.strictEqual(yield* after.start({ ...command, idempotencyKey: "k" }), first)
      const other = after.start({ flow: command.flow, params: { line: "false" }, idempotencyKey: "k" })
      const refused = yield* Check.failsWith(other, "KeyRefused", "another command with the key")
      assert.strictEqual((refused as ExecutionsError.KeyRefused).code, "idempotency-key-reused")
      assert.deepStrictEqual(yield* Effect.flip(after.start(command)), busy(running), "the repeat took nobody's place")
      yield* end(running)
    })
  )

  it.effect("counts the resume of a command that had ended like a start", () =>
    Effect.gen(function* () {
      const { begin, end, guard } = yield* guarded
      const first = yield* begin()
      yield* end(first, true)
      const second = yield* begin()
      assert.deepStrictEqual(yield* Effect.flip(guard.resume(first)), busy(second))
      yield* end(second)
      yield* guard.resume(first)
      assert.deepStrictEqual(yield* Effect.flip(begin()), busy(first))
      yield* end(first)
    })
  )

  it.effect("lets a paused command go on, also while it is the one that runs", () =>
    Effect.gen(function* () {
      const { begin, end, engine, guard, hand } = yield* guarded
      const id = yield* begin()
      const run = yield* hand.begun(id)
      yield* guard.pause(id)
      const goesOn = yield* run.begin()
      yield* guard.resume(id)
      yield* goesOn
      yield* run.succeed()
      assert.strictEqual((yield* engine.outcome(id))._tag, "Completed")
      yield* end(yield* begin())
    })
  )

  it.effect("starts a command after one that failed to start, and resumes nothing that is not there", () =>
    Effect.gen(function* () {
      const { begin, end, engine } = yield* guarded
      const picky: Executions.ExecutionsShape = {
        ...engine,
        start: (request) =>
          request.by === undefined
            ? Effect.fail(new ExecutionsError.InvalidParams({ flow: "command", problems: [] }))
            : engine.start(request)
      }
      const guard = CommandGuard.make(picky, { directory: "/project", started: engine.started })
      yield* Check.failsWith(guard.start(command), "InvalidParams", "a start")
      const id = yield* guard.start({ ...command, by: "ann" })
      yield* end(id)
      const gone = "01ARZ3NDEKTSV4RRFFQ6" as ExecutionId.ExecutionId
      yield* Check.failsWith(guard.resume(gone), "ExecutionNotFound", "a resume")
      yield* end(yield* begin())
    })
  )

  it.effect("records the directory that a command runs in, relative to its own", () =>
    Effect.gen(function* () {
      const { begin, end, engine } = yield* guarded
      const given: ReadonlyArray<readonly [object | string, unknown]> = [
        [{}, "/project"],
        [{ directory: "sub" }, "/project/sub"],
        [{ directory: "/elsewhere" }, "/elsewhere"],
        [{ directory: 7 }, 7],
        ["no params", undefined]
      ]
      for (const [params, directory] of given) {
        const id = yield* begin({ params })
        yield* end(id)
        const recorded = (yield* engine.get(id)).params as { readonly directory?: unknown }
        assert.strictEqual(recorded.directory, directory)
      }
    })
  )
})
