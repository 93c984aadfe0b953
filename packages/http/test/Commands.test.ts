import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { type Executions, ExecutionsError, ExecutionsLocal, ExecutionStateJson, Flow, Step } from "@halte/engine"
import { Bounded, Watch } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import * as EveryError from "./support/EveryError.ts"
import * as Scripted from "./support/Scripted.ts"
import * as Served from "./support/Served.ts"

const ask = (handler: HttpHandler.HttpHandler, path: string, init?: RequestInit) =>
  Effect.promise(async () => {
    const response = await handler(new Request(`http://localhost${path}`, init))
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) }
  })

const at = `/executions/${Scripted.id}`
const commands = ["interrupt", "pause", "resume", "terminate", "undo", "gates/ship"] as const
const scripted = (answer: Effect.Effect<Executions.Receipt, never>): Partial<Executions.ExecutionsShape> => ({
  interrupt: () => answer,
  pause: () => answer,
  resume: () => answer,
  terminate: () => answer,
  undo: () => answer,
  answer: () => answer
})

describe("commands over HTTP", () => {
  for (const [effect, status] of [
    ["done", 202],
    ["repeat", 202],
    ["late", 200],
    ["none", 200]
  ] as const)
    it.live(`answers ${status} to what was \`${effect}\`, with the state it left`, () =>
      Effect.gen(function* () {
        const receipt: Executions.Receipt = { execution: Scripted.id, status: "Interrupting", effect }
        const handler = HttpHandler.make(Scripted.make(scripted(Effect.succeed(receipt))))
        for (const command of commands) {
          const answer = yield* ask(handler, `${at}/${command}`, Served.post({}))
          assert.strictEqual(answer.status, status, command)
          assert.deepStrictEqual(answer.body, receipt)
        }
      })
    )

  it.live("passes on what was said as it was said; the door is `Http` where none is stated", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const handler = HttpHandler.make(engine)
      const said = { source: "Cli", by: "ada", reason: "no", via: "SIGINT", strategy: { _tag: "PollNextN", n: 2 } }
      yield* ask(handler, `${at}/interrupt`, Served.post(said))
      yield* ask(handler, `${at}/interrupt`, { method: "POST" })
      yield* ask(handler, `${at}/pause`, Served.post({ by: "bob" }))
      yield* ask(handler, `${at}/resume`, Served.post({ rerun: ["a/b"], params: { n: 1 }, definition: "stored" }))
      yield* ask(handler, `${at}/terminate`, Served.post({ reason: "stuck" }))
      yield* ask(handler, `${at}/undo`, Served.post({ reason: "no", steps: ["a/b"], definition: "stored" }))
      yield* ask(
        handler,
        `${at}/gates/${encodeURIComponent("ship/to/eu")}`,
        Served.post({ value: null, source: "Page" })
      )
      yield* ask(handler, `${at}/gates/ship`, Served.post({}))
      yield* ask(handler, `${at}/gates/ship`, Served.post({ reject: true, reason: "not today" }))
      assert.deepStrictEqual(engine.asked, [
        ["interrupt", Scripted.id, said],
        ["interrupt", Scripted.id, { source: "Http" }],
        ["pause", Scripted.id, { source: "Http", by: "bob" }],
        ["resume", Scripted.id, { source: "Http", rerun: ["a/b"], params: { n: 1 }, definition: "stored" }],
        ["terminate", Scripted.id, { source: "Http", reason: "stuck" }],
        ["undo", Scripted.id, { source: "Http", reason: "no", steps: ["a/b"], definition: "stored" }],
        ["answer", Scripted.id, "ship/to/eu", null, { source: "Page" }],
        ["answer", Scripted.id, "ship", undefined, { source: "Http" }],
        ["answer", Scripted.id, "ship", undefined, { source: "Http", reject: true, reason: "not today" }]
      ])
    })
  )

  for (const door of ["Page", "Desktop"] as const)
    it.live(`P10: what comes through the door \`${door}\` counts as that, whatever it states`, () =>
      Effect.gen(function* () {
        const starts: Array<unknown> = []
        const start: Executions.ExecutionsShape["start"] = (request) => {
          starts.push(request.source)
          return Effect.fail(new ExecutionsError.FlowNotFound({ flow: request.flow, known: [] }))
        }
        const engine = Scripted.make({ start })
        const handler = HttpHandler.make(engine)
        const stated = [undefined, "Page", "Desktop", "Cli", "Sdk", "Http", "Cluster"]
        for (const source of stated) {
          const said = Served.post(source === undefined ? {} : { source })
          for (const command of commands)
            yield* Effect.promise(() => handler(new Request(`http://localhost${at}/${command}`, said), { door }))
          yield* Effect.promise(() => handler(new Request("http://localhost/flows/x/executions", said), { door }))
        }
        const sources = engine.asked.map((call) => (call.at(-1) as Executions.Asker).source)
        assert.deepStrictEqual(
          sources,
          stated.flatMap(() => commands.map(() => door))
        )
        assert.deepStrictEqual(
          starts,
          stated.map(() => door)
        )
      })
    )

  for (const { error, status } of EveryError.all)
    it.live(`answers \`${error._tag}\` (${error.code}) with ${status}, whatever was asked`, () =>
      Effect.gen(function* () {
        const handler = HttpHandler.make(Scripted.failing(error))
        for (const [path, init] of [
          ["/flows", undefined],
          ["/flows/release", undefined],
          ["/flows/release/executions", Served.post({})],
          ["/executions", undefined],
          [at, undefined],
          [`${at}/outputs/a`, undefined],
          [`${at}/events`, undefined],
          [`${at}/logs`, undefined],
          [`${at}/logs/a`, undefined],
          ...commands.map((command) => [`${at}/${command}`, Served.post({})] as const)
        ] as const) {
          const answer = yield* ask(handler, path, init)
          assert.strictEqual(answer.status, status, path)
          assert.strictEqual(answer.headers.get("content-type"), "application/problem+json")
          assert.strictEqual(answer.body.code, error.code)
        }
      })
    )

  it.live("says with a refusal how the execution ended, its values left out", () =>
    Effect.gen(function* () {
      const engine = yield* ExecutionsLocal.make({
        flows: [Flow.make("f", { steps: [Step.make("a", { run: () => Effect.succeed("x") })] })]
      })
      const handler = HttpHandler.make(engine)
      const id = yield* engine.start({ flow: "f" })
      yield* Watch.status(engine, id, "Completed")
      const answer = yield* ask(handler, `/executions/${id}/resume`, Served.post({}))
      assert.strictEqual(answer.status, 409)
      assert.strictEqual(answer.body.code, "completed")
      assert.strictEqual(answer.body.executionStatus, "Completed")
      assert.strictEqual(answer.body.outcome._tag, "Completed")
      assert.deepStrictEqual(answer.body.outcome.completed, ["a"])
      assert.notProperty(answer.body.outcome, "values")
      const late = yield* ask(handler, `/executions/${id}/interrupt`, Served.post({}))
      assert.deepStrictEqual([late.status, late.body.effect], [200, "late"])
      const none = yield* ask(handler, `/executions/${id}/terminate`, Served.post({}))
      assert.strictEqual(none.status, 200)
    })
  )

  it.live("a resumed execution has the same address", () =>
    Effect.gen(function* () {
      const { headers } = yield* ask(HttpHandler.make(Scripted.make()), `${at}/resume`, Served.post({}))
      assert.strictEqual(headers.get("location"), at)
    })
  )

  it.live("a command goes on to its end when the one who asked goes away", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const engine = Scripted.make({
        interrupt: (execution) =>
          Effect.gen(function* () {
            yield* Deferred.succeed(begun, undefined)
            yield* Deferred.await(go)
            yield* Deferred.succeed(ended, undefined)
            return { execution, status: "Interrupting", effect: "done" }
          })
      })
      const { fetch } = yield* Served.make(engine)
      const gone = new AbortController()
      const asked = fetch(`${at}/interrupt`, { ...Served.post({}), signal: gone.signal }).catch(() => "gone")
      yield* Bounded.within(Deferred.await(begun), "the command")
      gone.abort()
      assert.strictEqual(yield* Effect.promise(() => asked), "gone")
      yield* Deferred.succeed(go, undefined)
      yield* Bounded.within(Deferred.await(ended), "the end of the command")
    })
  )
})

describe("starting over HTTP", () => {
  const make = Effect.gen(function* () {
    const steps = [Step.gate("ask", { message: "Go on?" })]
    const engine = yield* ExecutionsLocal.make({
      flows: [Flow.make("f", { steps }), Flow.make("one", { single: true, steps })]
    })
    return { engine, handler: HttpHandler.make(engine) }
  })
  const key = (name: string) => ({ "idempotency-key": name })

  it.live("answers 202, where the execution is, and how it is; the door is `Http`", () =>
    Effect.gen(function* () {
      const { engine, handler } = yield* make
      const answer = yield* ask(handler, "/flows/f/executions", { method: "POST" })
      assert.strictEqual(answer.status, 202)
      const state = ExecutionStateJson.fromJson(JSON.stringify(answer.body))
      assert.strictEqual(answer.headers.get("location"), `/executions/${state.id}`)
      assert.strictEqual(state.source, "Http")
      assert.deepStrictEqual((yield* engine.get(state.id)).definition, state.definition)
    })
  )

  it.live("the same key and the same body start one execution, and answer it again", () =>
    Effect.gen(function* () {
      const { engine, handler } = yield* make
      const first = yield* ask(handler, "/flows/f/executions", Served.post({ by: "ada" }, key("k")))
      const second = yield* ask(handler, "/flows/f/executions", Served.post({ by: "ada" }, key("k")))
      assert.deepStrictEqual([first.status, second.status], [202, 202])
      assert.strictEqual(first.body.id, second.body.id)
      assert.strictEqual((yield* engine.list()).length, 1)
      const other = yield* ask(handler, "/flows/f/executions", Served.post({ by: "ada" }, key("other")))
      assert.notStrictEqual(first.body.id, other.body.id)
    })
  )

  it.live(
    "the same key with another body, or for another flow, is refused with the execution that it has started",
    () =>
      Effect.gen(function* () {
        const { engine, handler } = yield* make
        const body = { params: { a: 1, b: [2] }, stopAfter: 1, by: "ada" }
        const first = yield* ask(handler, "/flows/f/executions", Served.post(body, key("k")))
        for (const [path, other] of [
          ["/flows/f/executions", { ...body, params: { a: 1, b: [3] } }],
          ["/flows/f/executions", { ...body, stopAfter: 2 }],
          ["/flows/f/executions", { ...body, strategy: { _tag: "PollNextN", n: 1 } }],
          ["/flows/one/executions", body]
        ] as const) {
          const answer = yield* ask(handler, path, Served.post(other, key("k")))
          assert.deepStrictEqual([answer.status, answer.body.code], [422, "idempotency-key-reused"])
          assert.strictEqual(answer.body.executionId, first.body.id)
        }
        // The same request in other words.
        const again = { by: "bob", stopAfter: 1, params: { b: [2], a: 1 } }
        const second = yield* ask(handler, "/flows/f/executions", Served.post(again, key("k")))
        assert.deepStrictEqual([second.status, second.body.id], [202, first.body.id])
        assert.strictEqual((yield* engine.list()).length, 1)
      })
  )

  it.live("a key whose start is on its way is answered 409; what did not start leaves its key free", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const begun = yield* Deferred.make<void>()
      let starts = 0
      const handler = HttpHandler.make(
        Scripted.make({
          start: () =>
            Effect.gen(function* () {
              starts++
              yield* Deferred.succeed(begun, undefined)
              yield* Deferred.await(go)
              return yield* new ExecutionsError.ExecutionsUnavailable({ reason: "the disk is full" })
            })
        })
      )
      const first = handler(new Request("http://localhost/flows/f/executions", Served.post({}, key("k"))))
      yield* Bounded.within(Deferred.await(begun), "the first start")
      const second = yield* ask(handler, "/flows/f/executions", Served.post({}, key("k")))
      assert.deepStrictEqual([second.status, second.body.code], [409, "idempotency-key-in-use"])
      assert.strictEqual(starts, 1)
      yield* Deferred.succeed(go, undefined)
      const failed = yield* Effect.promise(() => first)
      assert.strictEqual(failed.status, 503)
      assert.strictEqual(failed.headers.get("retry-after"), "2")
      const third = yield* ask(handler, "/flows/f/executions", Served.post({ by: "other" }, key("k")))
      assert.strictEqual(third.status, 503)
      assert.strictEqual(starts, 2)
    })
  )

  it.live("a flow that runs one at a time is refused with the id of the one that runs", () =>
    Effect.gen(function* () {
      const { handler } = yield* make
      const first = yield* ask(handler, "/flows/one/executions", Served.post({}))
      const second = yield* ask(handler, "/flows/one/executions", Served.post({}))
      assert.deepStrictEqual([second.status, second.body.code], [409, "flow-busy"])
      assert.strictEqual(second.body.executionId, first.body.id)
    })
  )
})
