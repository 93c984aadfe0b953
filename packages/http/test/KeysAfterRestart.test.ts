/** An `Idempotency-Key` over the end of a server: the next one on the same store answers as the first one would have. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Schema, Scope } from "effect"
import { ExecutionsLocal, Flow, Params, Step } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { WebServer } from "@halte/http"
import { SqliteStore } from "@halte/store-sqlite"
import * as Served from "./support/Served.ts"

const gate = [Step.gate("ask", { message: "Go on?" })]
const params = Params.make(Schema.Struct({ version: Schema.String, pin: Schema.optional(Schema.String) }), {
  secrets: ["pin"]
})
const flows = [
  Flow.make("release", { params, steps: [Step.make("build", { run: () => 1 })] }),
  Flow.make("alone", { steps: gate, single: true })
]

/** A server with its engine and its connection to the store, as one process has them. */
const process = (file: string, given: ReadonlyArray<Flow.Flow<never, never>> = flows as never) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const server = yield* Effect.gen(function* () {
      const store = yield* SqliteStore.open({ file })
      const engine = yield* ExecutionsLocal.make({ flows: given as never, store })
      return { engine, ...(yield* WebServer.listen(engine, { port: 0, grace: "50 millis" })) }
    }).pipe(Scope.provide(scope))
    const end = Bounded.within(Scope.close(scope, Exit.void), "the end of the server")
    yield* Effect.addFinalizer(() => end)
    const start = (flow: string, body: unknown, key: string) =>
      Effect.promise(async () => {
        const answer = await fetch(
          `${server.url}/flows/${flow}/executions`,
          Served.post(body, {
            "idempotency-key": key,
            authorization: `Bearer ${Redacted.value(server.token)}`,
            connection: "close"
          })
        )
        const json = (await answer.json()) as {
          readonly id: string
          readonly code: string
          readonly executionId: string
        }
        return { ...json, status: answer.status, location: answer.headers.get("location") }
      })
    return { end, engine: server.engine, start }
  })

const file = Effect.map(Served.directory, (directory) => join(directory, "halte.db"))

describe("Idempotency-Key, after a restart of the server", () => {
  it.live("the same request is answered 202 with the same execution, and another one 422 with its id", () =>
    Effect.gen(function* () {
      const path = yield* file
      const first = yield* process(path)
      const body = { params: { version: "1.2.3", pin: "1234" }, by: "ada" }
      const started = yield* first.start("release", body, "nightly-7")
      assert.strictEqual(started.status, 202)
      yield* first.end

      const second = yield* process(path)
      const again = yield* second.start("release", body, "nightly-7")
      assert.deepStrictEqual([again.status, again.id, again.location], [202, started.id, started.location])
      for (const [flow, other] of [
        ["release", { params: { version: "1.2.4" } }],
        ["release", { ...body, stopAfter: 1 }],
        ["alone", body]
      ] as const) {
        const refused = yield* second.start(flow, other, "nightly-7")
        assert.deepStrictEqual(
          [refused.status, refused.code, refused.executionId],
          [422, "idempotency-key-reused", started.id]
        )
      }
      assert.strictEqual((yield* second.engine.list()).length, 1)
      yield* second.end

      // Of a server that has the flow no more, the key is answered all the same.
      const third = yield* process(path, [])
      assert.strictEqual((yield* third.start("release", body, "nightly-7")).id, started.id)
      assert.strictEqual((yield* third.start("release", body, "another")).code, "flow-not-found")
    })
  )

  it.live("one that was stopped by the end of the server is answered, while another one of its flow runs", () =>
    Effect.gen(function* () {
      const path = yield* file
      const first = yield* process(path)
      const started = yield* first.start("alone", {}, "k")
      yield* first.end
      const second = yield* process(path)
      const other = yield* second.start("alone", {}, "l")
      assert.deepStrictEqual([other.status, other.id === started.id], [202, false])
      assert.strictEqual((yield* second.start("alone", {}, "k")).id, started.id)
      const busy = yield* second.start("alone", {}, "m")
      assert.deepStrictEqual([busy.status, busy.code, busy.executionId], [409, "flow-busy", other.id])
    })
  )

  it.live("two servers on one store that are asked at once start one execution, and both answer it", () =>
    Effect.gen(function* () {
      const path = yield* file
      const servers = [yield* process(path), yield* process(path)]
      for (const flow of ["release", "alone"]) {
        const body = flow === "release" ? { params: { version: "1" } } : {}
        const answers = yield* Effect.forEach(servers, (server) => server.start(flow, body, flow), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          [202, 202]
        )
        assert.strictEqual(answers[0]!.id, answers[1]!.id)
      }
      assert.strictEqual((yield* servers[0]!.engine.list()).length, 2)
    })
  )
})
