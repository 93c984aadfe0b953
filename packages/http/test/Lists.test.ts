import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ExecutionId, type Executions, ExecutionsLocal, Flow, Step } from "@halte/engine"
import { HandStep, Watch } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import * as Scripted from "./support/Scripted.ts"

const get = (handler: HttpHandler.HttpHandler, path: string, headers: Record<string, string> = {}) =>
  Effect.promise(async () => {
    const response = await handler(new Request(`http://localhost${path}`, { headers }))
    const text = await response.text()
    return {
      status: response.status,
      etag: response.headers.get("etag") ?? "",
      text,
      body: (text === "" ? undefined : JSON.parse(text)) as Record<string, unknown>
    }
  })

const idOf = (n: number) => `01ARZ3NDEKTSV4RRF${String(n).padStart(3, "0")}` as ExecutionId.ExecutionId

/** Executions as a list of lines, newest first, as a store lists them. */
const listing = (lines: ReturnType<typeof Scripted.summary>[]) =>
  HttpHandler.make(
    Scripted.make({
      list: ({ before, limit = 50 }: Executions.ListFilter = {}) =>
        Effect.sync(() => lines.filter(({ id }) => before === undefined || id < before).slice(0, limit))
    })
  )

describe("lists over HTTP", () => {
  it.live("have a validator that changes with every line, its events, its engine and the next page", () =>
    Effect.gen(function* () {
      const lines = [Scripted.summary({ id: idOf(2), sequence: 4 }), Scripted.summary({ id: idOf(1), sequence: 9 })]
      const handler = listing(lines)
      const first = yield* get(handler, "/executions")
      assert.match(first.etag, /^W\/"[0-9a-f]{64}"$/)
      const seen = new Set([first.etag])
      const known = yield* get(handler, "/executions", { "if-none-match": first.etag })
      assert.deepStrictEqual([known.status, known.text, known.etag], [304, "", first.etag])
      const changes: ReadonlyArray<() => void> = [
        () => (lines[1] = Scripted.summary({ id: idOf(1), sequence: 10 })),
        () => (lines[1] = Scripted.summary({ id: idOf(1), sequence: 10, owner: "engine" })),
        () => lines.unshift(Scripted.summary({ id: idOf(3) })),
        () => lines.pop()
      ]
      for (const change of changes) {
        change()
        const next = yield* get(handler, "/executions", { "if-none-match": [...seen].join(", ") })
        assert.strictEqual(next.status, 200)
        assert.isFalse(seen.has(next.etag))
        seen.add(next.etag)
      }
      const one = yield* get(handler, "/executions?limit=1")
      assert.strictEqual(one.body["next"], idOf(3))
      lines.pop()
      const alone = yield* get(handler, "/executions?limit=1", { "if-none-match": one.etag })
      assert.strictEqual(alone.status, 200, "the same line without a next page is another page")
      assert.notProperty(alone.body, "next")
    })
  )

  it.live("write nothing for a reader who has it already, nor does the state of an execution or a flow", () =>
    Effect.gen(function* () {
      const engine = yield* ExecutionsLocal.make({
        flows: [Flow.make("f", { steps: [Step.make("a", { run: () => 1 })] })]
      })
      const id = yield* engine.start({ flow: "f" })
      yield* Watch.status(engine, id, "Completed")
      const handler = HttpHandler.make(engine)
      for (const path of ["/executions", "/flows", "/flows/f", `/executions/${id}`, `/executions/${id}/graph`]) {
        const { etag } = yield* get(handler, path)
        for (const tags of [etag, etag.replace(/^(W\/)?/, "W/"), `"other", ${etag}`, "*"]) {
          const { status, text } = yield* get(handler, path, { "if-none-match": tags })
          assert.deepStrictEqual([status, text], [304, ""], `${path} ${tags}`)
        }
        assert.strictEqual((yield* get(handler, path, { "if-none-match": '"other"' })).status, 200)
      }
    })
  )

  it.live("go through all pages by cursor, each execution once", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 23 }, (_, i) => Scripted.summary({ id: idOf(100 - i) }))
      const handler = listing(lines)
      const found: Array<unknown> = []
      let path: string | undefined = "/executions?limit=5"
      while (path !== undefined) {
        const { body }: { readonly body: Record<string, unknown> } = yield* get(handler, path)
        found.push(...(body["executions"] as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id))
        path = body["next"] === undefined ? undefined : `/executions?limit=5&cursor=${String(body["next"])}`
      }
      assert.deepStrictEqual(
        found,
        lines.map(({ id }) => id)
      )
      assert.deepStrictEqual((yield* get(handler, "/executions?limit=0")).body["executions"], [])
    })
  )

  it.live("are counted by state, of all flows or of one", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("a")
      const engine = yield* ExecutionsLocal.make({
        flows: [
          Flow.make("held", { steps: [hand.step] }),
          Flow.make("quick", { steps: [Step.make("a", { run: () => 1 })] })
        ]
      })
      const handler = HttpHandler.make(engine)
      assert.deepStrictEqual((yield* get(handler, "/executions/counts")).body, { total: 0, counts: {} })
      for (let i = 0; i < 2; i++) yield* Watch.status(engine, yield* engine.start({ flow: "quick" }), "Completed")
      const id = yield* engine.start({ flow: "held" })
      const taken = yield* hand.begun()
      yield* Effect.addFinalizer(() => Effect.forkDetach(taken.succeed()))
      yield* Watch.event(engine, id, "step-started")
      assert.deepStrictEqual((yield* get(handler, "/executions/counts")).body, {
        total: 3,
        counts: { Completed: 2, Running: 1 }
      })
      assert.deepStrictEqual((yield* get(handler, "/executions/counts?flow=held")).body, {
        total: 1,
        counts: { Running: 1 }
      })
      assert.strictEqual((yield* get(handler, "/executions/counts?flow=none")).body["total"], 0)
      yield* taken.succeed()
    })
  )
})

describe("the graph of an execution over HTTP", () => {
  it.live("R38: has every step and group with its state, and every edge with whether it was passed", () =>
    Effect.gen(function* () {
      const build = Step.make("build", { label: "Build it", run: () => 1 })
      const part1 = Step.make("part-1", { run: () => 1 })
      const part2 = HandStep.make("part-2", { after: part1 })
      const upload = Step.group("upload", { after: build, steps: [part1, part2.step] })
      const ship = Step.make("ship", { after: upload, run: () => 1 })
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("release", { steps: [build, upload, ship] })] })
      const handler = HttpHandler.make(engine)
      const id = yield* engine.start({ flow: "release" })
      const taken = yield* part2.begun()
      // Whatever fails: the engine waits for what it runs.
      yield* Effect.addFinalizer(() => Effect.forkDetach(taken.succeed()))
      yield* Watch.event(engine, id, "step-started", { step: "upload/part-2" })
      const { body, etag } = yield* get(handler, `/executions/${id}/graph`)
      const { sequence } = yield* engine.get(id)
      assert.strictEqual(etag, `"${sequence}"`)
      assert.deepStrictEqual(body, {
        execution: id,
        flow: "release",
        status: "Running",
        sequence,
        nodes: [
          { id: "build", kind: "function", label: "Build it", status: "Completed" },
          { id: "upload", kind: "group", label: "upload", status: "Running" },
          { id: "upload/part-1", parent: "upload", kind: "function", label: "part-1", status: "Completed" },
          { id: "upload/part-2", parent: "upload", kind: "function", label: "part-2", status: "Running" },
          { id: "ship", kind: "function", label: "ship", status: "Waiting" }
        ],
        edges: [
          { from: "build", to: "upload", state: "passed" },
          { from: "upload/part-1", to: "upload/part-2", state: "passed" },
          { from: "upload", to: "ship", state: "ahead" }
        ]
      })
      yield* taken.succeed()
      yield* Watch.status(engine, id, "Completed")
      const after = yield* get(handler, `/executions/${id}/graph`, { "if-none-match": etag })
      assert.deepStrictEqual(
        (after.body["edges"] as ReadonlyArray<{ readonly state: string }>).map(({ state }) => state),
        ["passed", "passed", "passed"]
      )
      assert.strictEqual((yield* get(handler, `/executions/${Scripted.id}/graph`)).status, 404)
    })
  )
})
