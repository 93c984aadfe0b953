import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import {
  ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  ExecutionsLocal,
  ExecutionState,
  Flow,
  Step
} from "@halte/engine"
import { Bounded, Watch } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import { ExecutionsRemote } from "@halte/client"
import * as Scripted from "../../http/test/support/Scripted.ts"
import * as Served from "../../http/test/support/Served.ts"

const over = (engine: Executions.ExecutionsShape, options?: ExecutionsRemote.Options) =>
  ExecutionsRemote.make({ transport: HttpHandler.make(engine), ...options })

/** An id that is the n-th, in the order of their text. */
const numbered = (n: number) => `01ARZ3NDEK${String(n).padStart(10, "0")}` as ExecutionId.ExecutionId

describe("ExecutionsRemote, reads", () => {
  it.live("R41: lists what the engine lists, however it is asked", () =>
    Effect.gen(function* () {
      const flows = ["f", "g"].map((name) => Flow.make(name, { steps: [Step.make("a", { run: () => Effect.void })] }))
      const waits = Flow.make("h", { steps: [Step.gate("ask", { message: "Go on?" })] })
      const engine = yield* ExecutionsLocal.make({ flows: [...flows, waits] })
      const remote = over(engine)
      const ids: Array<ExecutionId.ExecutionId> = []
      for (const flow of ["f", "g", "f", "h", "g", "f"]) ids.push(yield* remote.start({ flow, by: "ada & “bob”" }))
      for (const id of ids.filter((_, i) => i !== 3)) yield* Watch.status(engine, id, "Completed")
      yield* Watch.event(engine, ids[3]!, "gate-opened")
      const filters: ReadonlyArray<Executions.ListFilter | undefined> = [
        undefined,
        {},
        { limit: 2 },
        { limit: 0 },
        { flow: "f" },
        { flow: "none" },
        { status: ["Running", "Paused"] },
        { status: ["Completed"] },
        { status: [] },
        { before: ids[3]! },
        { before: ids[3]!, limit: 2, flow: "f" },
        { ending: ids[2]!.slice(-6) },
        { ending: "&=%" },
        { status: undefined, flow: undefined, limit: 3 }
      ]
      for (const filter of filters)
        assert.deepStrictEqual(
          Array.from(yield* remote.list(filter)),
          Array.from(yield* engine.list(filter)),
          JSON.stringify(filter)
        )
    })
  )

  it.live("lists more than a page has by asking for page after page", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 2500 }, (_, i) => Scripted.summary({ id: numbered(2500 - i) }))
      const limits: Array<number> = []
      const engine = Scripted.make({
        list: ({ before, limit = 50 } = {}) =>
          Effect.sync(() => {
            limits.push(limit)
            return all.filter(({ id }) => before === undefined || id < before).slice(0, limit)
          })
      })
      const remote = over(engine)
      assert.deepStrictEqual(Array.from(yield* remote.list({ limit: 5000 })), all)
      assert.deepStrictEqual(limits, [1001, 1001, 1001])
      assert.deepStrictEqual(Array.from(yield* remote.list({ limit: 1200 })), all.slice(0, 1200))
      assert.deepStrictEqual(Array.from(yield* remote.list()), all.slice(0, 50))
    })
  )

  it.live("a page says where the next one begins, and the last one says nothing", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 5 }, (_, i) => Scripted.summary({ id: numbered(5 - i) }))
      const handler = HttpHandler.make(
        Scripted.make({
          list: ({ before, limit = 50 } = {}) =>
            Effect.succeed(all.filter(({ id }) => before === undefined || id < before).slice(0, limit))
        })
      )
      const page = (query: string) =>
        Effect.promise(async () => {
          const response = await handler(new Request(`http://localhost/executions?${query}`))
          return (await response.json()) as {
            readonly executions: ReadonlyArray<{ readonly id: string }>
            readonly next?: string
          }
        })
      const seen: Array<string> = []
      let cursor = ""
      for (let pages = 1; ; pages++) {
        const { executions, next } = yield* page(`limit=2${cursor}`)
        seen.push(...executions.map(({ id }) => id))
        if (next === undefined) {
          assert.strictEqual(pages, 3)
          break
        }
        cursor = `&cursor=${next}`
      }
      assert.deepStrictEqual(
        seen,
        all.map(({ id }) => id)
      )
      assert.notProperty(yield* page("limit=5"), "next")
    })
  )

  it.live("describes flows, states and outputs as the engine does", () =>
    Effect.gen(function* () {
      const upload = Step.group("upload", {
        steps: [Step.make("part-1", { run: () => Effect.succeed({ parts: [1, null, "“é”"] }) })]
      })
      const engine = yield* ExecutionsLocal.make({
        flows: [
          Flow.make("f", {
            steps: [
              upload,
              Step.make("nothing", { run: () => Effect.void }),
              Step.make("null", { run: () => Effect.succeed(null) }),
              Step.make("fails", { run: () => Effect.fail(new Error("no")) })
            ],
            onFailure: "continue"
          })
        ]
      })
      const { remote } = yield* Served.make(engine)
      assert.deepStrictEqual(yield* remote.flows, yield* engine.flows)
      const id = yield* remote.start({ flow: "f", by: "ada" })
      yield* Watch.status(remote, id, "Failed")
      yield* remote.interrupt(id, { reason: "late", via: "test" })
      const state = yield* engine.get(id)
      const read = ExecutionState.fold(
        undefined,
        Array.from(yield* Stream.runCollect(engine.events(id)), (e) =>
          ExecutionEvent.fromJson(ExecutionEvent.toJson(e))
        )
      )
      assert.deepStrictEqual(yield* remote.get(id), read)
      assert.deepStrictEqual(yield* remote.output(id, "upload/part-1"), { parts: [1, null, "“é”"] })
      assert.strictEqual(yield* remote.output(id, "null"), null)
      for (const step of ["nothing", "fails", "unknown", "upload"])
        assert.strictEqual(yield* remote.output(id, step), undefined, step)
      assert.strictEqual(state.requests[0]?.signal.source, "Sdk")
    })
  )

  it.live("values that JSON can't hold are read as the record has them", () =>
    Effect.gen(function* () {
      const circle: { self?: unknown } = {}
      circle.self = circle
      const values: Readonly<Record<string, unknown>> = {
        big: 12345678901234567890n,
        circle,
        map: new Map([[1, 2]]),
        date: new Date(0),
        nan: Number.NaN,
        sparse: [undefined, 1]
      }
      const steps = Object.entries(values).map(([name, value]) => Step.make(name, { run: () => Effect.succeed(value) }))
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
      const remote = over(engine)
      const id = yield* remote.start({ flow: "f" })
      yield* Watch.status(remote, id, "Completed")
      const state = yield* remote.get(id)
      for (const event of yield* Stream.runCollect(remote.events(id))) {
        if (event.type !== "step-completed") continue
        assert.deepStrictEqual(yield* remote.output(id, event.step), event.value, event.step)
        assert.deepStrictEqual(state.steps.get(event.step)?.value, event.value, event.step)
      }
    })
  )
})

describe("ExecutionsRemote, commands", () => {
  it.live("states its door and who asks; a source that is the engine's own is not stated", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const cli = over(engine, { source: "Cli" })
      const { id } = Scripted
      yield* cli.interrupt(id)
      yield* cli.interrupt(id, { by: "ada", reason: "no", via: "SIGINT", strategy: { _tag: "PollNextN", n: 1 } })
      yield* cli.interrupt(id, { source: "Page" })
      yield* cli.interrupt(id, { source: "Shutdown" })
      yield* cli.pause(id, { by: undefined })
      yield* cli.resume(id, { rerun: ["a"], params: { n: 1n }, definition: "current", stopAfter: 2 })
      yield* cli.terminate(id, { reason: "stuck" })
      yield* cli.undo(id, { reason: "no", steps: ["a"], params: { n: 1n }, definition: "current" })
      yield* cli.answer(id, "ship/eu", { ok: true }, { by: "ada" })
      yield* over(engine).answer(id, "ship", undefined)
      assert.deepStrictEqual(engine.asked, [
        ["interrupt", id, { source: "Cli" }],
        [
          "interrupt",
          id,
          { source: "Cli", by: "ada", reason: "no", via: "SIGINT", strategy: { _tag: "PollNextN", n: 1 } }
        ],
        ["interrupt", id, { source: "Page" }],
        ["interrupt", id, { source: "Cli" }],
        ["pause", id, { source: "Cli" }],
        ["resume", id, { source: "Cli", rerun: ["a"], params: { n: "1" }, definition: "current", stopAfter: 2 }],
        ["terminate", id, { source: "Cli", reason: "stuck" }],
        ["undo", id, { source: "Cli", reason: "no", steps: ["a"], params: { n: "1" }, definition: "current" }],
        ["answer", id, "ship/eu", { ok: true }, { source: "Cli", by: "ada" }],
        ["answer", id, "ship", undefined, { source: "Sdk" }]
      ])
    })
  )

  it.live("starts one execution for one key, also when both ask at once", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const begun = yield* Deferred.make<void>()
      const local = yield* ExecutionsLocal.make({
        flows: [Flow.make("f", { steps: [Step.gate("ask", { message: "Go on?" })] })]
      })
      const slow: Executions.ExecutionsShape = {
        ...local,
        start: (request) =>
          Effect.andThen(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go)), local.start(request))
      }
      const remote = over(slow)
      const request = { flow: "f", idempotencyKey: "once", strategy: { _tag: "PollNextN", n: 3 }, by: "ada" } as const
      const first = yield* Effect.forkChild(remote.start(request))
      yield* Bounded.within(Deferred.await(begun), "the first start")
      const second = yield* Effect.forkChild(remote.start(request))
      yield* Bounded.turns(20)
      yield* Deferred.succeed(go, undefined)
      const id = yield* Bounded.within(Fiber.join(first), "the first id")
      // Its strategy lets the gate wait for ever.
      yield* Effect.addFinalizer(() => Effect.ignore(local.terminate(id)))
      assert.strictEqual(yield* Bounded.within(Fiber.join(second), "the second id"), id)
      const state = yield* remote.get(id)
      assert.deepStrictEqual([state.source, state.by, state.strategy], ["Sdk", "ada", { _tag: "PollNextN", n: 3 }])
      assert.strictEqual((yield* remote.list()).length, 1)
      assert.strictEqual(yield* remote.start({ ...request, by: "bob" }), id, "who asks does not count")
      const other = yield* Effect.flip(remote.start({ ...request, stopAfter: 1 }))
      assert.deepStrictEqual(
        other,
        new ExecutionsError.KeyRefused({ key: "once", code: "idempotency-key-reused", execution: id })
      )
      assert.deepStrictEqual(yield* Effect.flip(local.start({ ...request, stopAfter: 1 })), other)
    })
  )

  it.live("a gate is answered from afar", () =>
    Effect.gen(function* () {
      const engine = yield* ExecutionsLocal.make({
        flows: [Flow.make("f", { steps: [Step.group("ship", { steps: [Step.gate("ask", { message: "Go on?" })] })] })]
      })
      const { remote } = yield* Served.make(engine, { source: "Page" })
      const id = yield* remote.start({ flow: "f" })
      yield* Watch.event(remote, id, "gate-opened")
      const early = yield* Effect.flip(remote.answer(id, "ship/other", true))
      assert.strictEqual(early._tag === "CommandRefused" ? early.code : early._tag, "gate-not-open")
      yield* remote.answer(id, "ship/ask", true, { by: "ada" })
      const outcome = yield* Watch.outcome(remote, id)
      assert.strictEqual(outcome._tag, "Completed")
      const answered = yield* Watch.event(remote, id, "gate-answered")
      assert.deepStrictEqual([answered.source, answered.by], ["Page", "ada"])
    })
  )
})
