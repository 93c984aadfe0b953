import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Queue, Stream } from "effect"
import {
  ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  ExecutionsLocal,
  Flow,
  Step
} from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import * as Scripted from "./support/Scripted.ts"

const get = (handler: HttpHandler.HttpHandler, path: string, headers?: Record<string, string>) =>
  Effect.promise(() => handler(new Request(`http://localhost${path}`, { headers: headers ?? {} })))

const text = (response: Response) =>
  Bounded.within(
    Effect.promise(() => response.text()),
    "the whole stream"
  )

/** Reads a body until it has what is waited for; the reading goes on with the next call. */
const reader = (response: Response) => {
  const source = response.body!.getReader()
  const decoder = new TextDecoder()
  let all = ""
  return {
    until: (wanted: string | RegExp) =>
      Bounded.within(
        Effect.promise(async () => {
          for (;;) {
            if (typeof wanted === "string" ? all.includes(wanted) : wanted.test(all)) return all
            const { done, value } = await source.read()
            if (done) throw new Error(`the stream ended without ${String(wanted)}: ${all}`)
            all += decoder.decode(value, { stream: true })
          }
        }),
        `${String(wanted)} in the stream`
      ),
    cancel: Effect.promise(() => source.cancel())
  }
}

const ended = Effect.gen(function* () {
  const step = Step.make("a", {
    run: (_, context) => {
      context.log("one")
      context.log("two: \u001b[1m“é”", "stderr")
      return Effect.succeed({ answer: 42 })
    }
  })
  const silent = Step.make("b", { run: () => Effect.void })
  const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps: [step, silent] })] })
  const id = yield* engine.start({ flow: "f" })
  yield* Watch.status(engine, id, "Completed")
  const events = yield* Stream.runCollect(engine.events(id))
  return { engine, id, events, handler: HttpHandler.make(engine), last: events.at(-1)!.sequence }
})

const frames = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>) =>
  events.map((e) => `id: ${e.sequence}\nevent: ${e.type}\ndata: ${ExecutionEvent.toJson(e)}\n\n`).join("")

describe("events over HTTP", () => {
  it.live("R41: come as they are stored, each with its sequence and its type, and say when they are all there", () =>
    Effect.gen(function* () {
      const { events, handler, id } = yield* ended
      const response = yield* get(handler, `/executions/${id}/events`)
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      assert.strictEqual(response.headers.get("cache-control"), "no-store")
      assert.strictEqual(response.headers.get("x-accel-buffering"), "no")
      assert.strictEqual(yield* text(response), `retry: 2000\n\n${frames(events)}: end\n\n`)
    })
  )

  it.live("go on after the last id that a reader has; the header counts more than the address", () =>
    Effect.gen(function* () {
      const { events, handler, id } = yield* ended
      const path = `/executions/${id}/events`
      const rest = `retry: 2000\n\n${frames(events.slice(2))}: end\n\n`
      assert.strictEqual(yield* text(yield* get(handler, path, { "last-event-id": "2" })), rest)
      assert.strictEqual(yield* text(yield* get(handler, `${path}?after=2`)), rest)
      assert.strictEqual(yield* text(yield* get(handler, `${path}?after=1`, { "last-event-id": "2" })), rest)
    })
  )

  it.live("are no more once the last one is known: 204, which ends an EventSource", () =>
    Effect.gen(function* () {
      const { handler, id, last } = yield* ended
      const response = yield* get(handler, `/executions/${id}/events`, { "last-event-id": String(last) })
      assert.deepStrictEqual([response.status, yield* text(response)], [204, ""])
    })
  )

  it.live("that do not exist yet can't be gone on from", () =>
    Effect.gen(function* () {
      const { handler, id, last } = yield* ended
      const response = yield* get(handler, `/executions/${id}/events?after=${last + 1}`)
      const problem = JSON.parse(yield* text(response)) as { readonly code: string; readonly detail: string }
      assert.deepStrictEqual([response.status, problem.code], [400, "unknown-sequence"])
      assert.include(problem.detail, `no event ${last + 1}`)
    })
  )

  it.live("come as lines of JSON to those who accept them", () =>
    Effect.gen(function* () {
      const { events, handler, id } = yield* ended
      for (const accept of [
        "application/x-ndjson",
        "text/html;q=0.9, application/x-ndjson;q=0.8, text/event-stream;q=0.1"
      ]) {
        const response = yield* get(handler, `/executions/${id}/events?after=1`, { accept })
        assert.strictEqual(response.headers.get("content-type"), "application/x-ndjson")
        const lines = events.slice(1).map((e) => `${ExecutionEvent.toJson(e)}\n`)
        assert.strictEqual(yield* text(response), lines.join(""))
      }
    })
  )

  it.live("of an unknown id are answered 404 before anything is streamed", () =>
    Effect.gen(function* () {
      const { handler } = yield* ended
      for (const path of ["events", "logs", "logs/a"]) {
        const response = yield* get(handler, `/executions/${Scripted.id}/${path}`)
        assert.strictEqual(response.status, 404, path)
        assert.strictEqual((JSON.parse(yield* text(response)) as { readonly code: string }).code, "execution-not-found")
      }
      // The end of an id is no id.
      assert.strictEqual((yield* get(handler, `/executions/${Scripted.id.slice(-4)}/events`)).status, 404)
    })
  )

  it.live("arrive while they happen, and reading ends for the engine when the reader goes", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("a")
      const released = yield* Deferred.make<void>()
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps: [hand.step] })] })
      const watched: Executions.ExecutionsShape = {
        ...engine,
        events: (id, after) => Stream.ensuring(engine.events(id, after), Deferred.succeed(released, undefined))
      }
      const id = yield* engine.start({ flow: "f" })
      const step = yield* hand.begun(id)
      const stream = reader(yield* get(HttpHandler.make(watched), `/executions/${id}/events`))
      yield* stream.until("step-started")
      yield* engine.interrupt(id, { reason: "now" })
      yield* stream.until("interrupt-requested")
      assert.isFalse(Deferred.isDoneUnsafe(released))
      yield* stream.cancel
      yield* Bounded.within(Deferred.await(released), "the end of the reading")
      yield* step.succeed()
    })
  )

  it.live("say that they are still there while nothing happens", () =>
    Effect.gen(function* () {
      const events = yield* Queue.unbounded<ExecutionEvent.ExecutionEvent>()
      const handler = HttpHandler.make(Scripted.make({ events: () => Stream.fromQueue(events) }), {
        keepAlive: "5 millis"
      })
      const stream = reader(yield* get(handler, `/executions/${Scripted.id}/events`))
      yield* stream.until(/^retry: 2000\n\n(: still here\n\n){3}/)
      yield* Queue.offer(events, { v: 1, execution: Scripted.id, sequence: 1, at: 1, attempt: 1, type: "paused" })
      yield* stream.until("event: paused")
      yield* stream.until(/event: paused\ndata: .*\n\n(: still here\n\n)+/)
      yield* stream.cancel
    })
  )

  it.live("that break off inside say why, without an id; lines just break off", () =>
    Effect.gen(function* () {
      const handler = HttpHandler.make(
        Scripted.make({
          events: () => Stream.fail(new ExecutionsError.ExecutionsUnavailable({ reason: "the disk is gone" }))
        })
      )
      const sse = yield* text(yield* get(handler, `/executions/${Scripted.id}/events`))
      assert.match(sse, /^retry: 2000\n\nevent: problem\ndata: \{.*"executions-unavailable".*\}\n\n$/)
      const lines = yield* get(handler, `/executions/${Scripted.id}/events`, { accept: "application/x-ndjson" })
      yield* Effect.flip(Effect.tryPromise(() => lines.text()))
    })
  )

  it.live("a reader that does not read costs a page or two, however much there is", () =>
    Effect.gen(function* () {
      let made = 0
      const page = (n: number): ReadonlyArray<ExecutionEvent.ExecutionEvent> =>
        Array.from({ length: 10 }, (_, i) => ({
          v: 1 as const,
          execution: Scripted.id,
          sequence: n * 10 + i + 1,
          at: 1,
          attempt: 1,
          type: "paused" as const
        }))
      const endless = Stream.flatMap(Stream.fromEffectRepeat(Effect.sync(() => made++)), (n) =>
        Stream.fromArray(page(n) as never)
      ) as Stream.Stream<ExecutionEvent.ExecutionEvent>
      const handler = HttpHandler.make(Scripted.make({ events: () => endless }))
      const stream = reader(yield* get(handler, `/executions/${Scripted.id}/events`))
      yield* stream.until("paused")
      // Turns of the event loop in which an eager source would have made thousands.
      yield* Bounded.turns(50)
      assert.isAtMost(made, 6)
      yield* stream.cancel
    })
  )
})

describe("lines over HTTP", () => {
  const of = (id: ExecutionId.ExecutionId, path = "") => `/executions/${id}/logs${path}`

  it.live("come as text, as lines of JSON or as events, of one step or of all, after a sequence", () =>
    Effect.gen(function* () {
      const { engine, handler, id } = yield* ended
      const lines = yield* Stream.runCollect(engine.logs(id))
      assert.strictEqual(lines.length, 2)
      const plain = yield* get(handler, of(id))
      assert.strictEqual(plain.headers.get("content-type"), "text/plain; charset=utf-8")
      // `curl` writes it to a terminal: no control sequence of a step gets there.
      assert.strictEqual(yield* text(plain), "one\ntwo: “é”\n")
      const json = yield* get(handler, of(id), { accept: "application/x-ndjson" })
      assert.strictEqual(yield* text(json), lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
      const sse = yield* get(handler, of(id, "/a?after=1"), { accept: "text/event-stream" })
      assert.strictEqual(
        yield* text(sse),
        `retry: 2000\n\nid: 2\nevent: line\ndata: ${JSON.stringify(lines[1])}\n\n: end\n\n`
      )
      assert.strictEqual(yield* text(yield* get(handler, of(id, "?step=a&after=1"))), "two: “é”\n")
      assert.strictEqual(yield* text(yield* get(handler, of(id, "/b"))), "")
    })
  )

  it.live("are no more once an execution has ended and the last one is known, or a step wrote none", () =>
    Effect.gen(function* () {
      const { handler, id } = yield* ended
      const accept = "text/event-stream"
      assert.strictEqual((yield* get(handler, of(id), { accept, "last-event-id": "2" })).status, 204)
      assert.strictEqual((yield* get(handler, of(id, "/b"), { accept })).status, 204)
    })
  )
})

describe("states over HTTP", () => {
  it.live("have their sequence as validator: 304 while nothing has happened", () =>
    Effect.gen(function* () {
      const { handler, id, last } = yield* ended
      const path = `/executions/${id}`
      const first = yield* get(handler, path)
      assert.strictEqual(first.headers.get("etag"), `"${last}"`)
      for (const tags of [`"${last}"`, `W/"${last}"`, `"1", "${last}"`]) {
        const again = yield* get(handler, path, { "if-none-match": tags })
        assert.deepStrictEqual([again.status, yield* text(again)], [304, ""])
      }
      assert.strictEqual((yield* get(handler, path, { "if-none-match": '"1"' })).status, 200)
    })
  )

  it.live("an output is the value alone; 204 where there is none", () =>
    Effect.gen(function* () {
      const { handler, id } = yield* ended
      const value = yield* get(handler, `/executions/${id}/outputs/a`)
      assert.deepStrictEqual([value.status, yield* text(value)], [200, '{"answer":42}'])
      assert.strictEqual((yield* get(handler, `/executions/${id}/outputs/b`)).status, 204)
      assert.strictEqual((yield* get(handler, `/executions/${id}/outputs/c`)).status, 204)
      assert.strictEqual((yield* get(handler, `/executions/${Scripted.id}/outputs/a`)).status, 404)
    })
  )

  it.live("flows are described, and one that is not known is answered with those that are", () =>
    Effect.gen(function* () {
      const { engine, handler } = yield* ended
      const flows = yield* engine.flows
      const plain = JSON.parse(JSON.stringify(flows)) as unknown
      assert.deepStrictEqual(JSON.parse(yield* text(yield* get(handler, "/flows"))), { flows: plain })
      assert.deepStrictEqual(JSON.parse(yield* text(yield* get(handler, "/flows/f"))), (plain as Array<unknown>)[0])
      const missing = yield* get(handler, "/flows/g")
      assert.strictEqual(missing.status, 404)
      assert.deepStrictEqual((JSON.parse(yield* text(missing)) as { readonly error: unknown }).error, {
        _tag: "FlowNotFound",
        flow: "g",
        known: ["f"]
      })
    })
  )

  it.live("a server is live, and ready until it ends", () =>
    Effect.gen(function* () {
      const { handler } = yield* ended
      assert.strictEqual((yield* get(handler, "/health/live")).status, 200)
      assert.strictEqual((yield* get(handler, "/health/ready")).status, 200)
      handler.endStreams()
      assert.strictEqual((yield* get(handler, "/health/live")).status, 200)
      const ending = yield* get(handler, "/health/ready")
      assert.deepStrictEqual([ending.status, ending.headers.get("retry-after")], [503, "2"])
    })
  )

  it.live("HEAD is answered as GET, without a body, also of streams", () =>
    Effect.gen(function* () {
      const { handler, id } = yield* ended
      for (const path of [`/executions/${id}`, `/executions/${id}/events`]) {
        const response = yield* Effect.promise(() =>
          handler(new Request(`http://localhost${path}`, { method: "HEAD" }))
        )
        assert.deepStrictEqual([response.status, yield* text(response)], [200, ""])
      }
    })
  )
})
