import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ExecutionsLocal, Flow } from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import { rejection, textOf, within } from "./support/Bridge.ts"
import * as DesktopPath from "./support/DesktopPath.ts"

const sse = { accept: "text/event-stream" }

/** One execution whose first step is in hand, and the way to it. */
const running = Effect.gen(function* () {
  const { a, b, steps } = HandStep.chain("a", "b")
  const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
  const path = yield* DesktopPath.make(engine)
  const id = yield* engine.start({ flow: "f" })
  const hand = yield* a.begun(id)
  return { b, engine, hand, id, path }
})

/** Reads a stream until it has what is waited for. */
const reader = (response: Response) => {
  const source = response.body!.getReader()
  let all = ""
  return {
    source,
    until: (wanted: RegExp) =>
      within(async () => {
        while (!wanted.test(all)) {
          const { done, value } = await source.read()
          if (done) throw new Error(`the stream ended without ${wanted}: ${all}`)
          all += textOf(value)
        }
        return all
      }, `${wanted} in the stream`),
    rest: within(async () => {
      for (;;) {
        const { done, value } = await source.read()
        if (done) return all
        all += textOf(value)
      }
    }, "the end of the stream")
  }
}

const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

describe("events of an execution, from the engine to the page", () => {
  it.live("come as they happen, and the stream ends with the execution", () =>
    Effect.gen(function* () {
      const { b, engine, hand, id, path } = yield* running
      const response = yield* path.ask(`/executions/${id}/events`, { headers: sse })
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      const events = reader(response)
      const first = yield* events.until(/event: step-started/)
      assert.notInclude(first, "step-completed")
      yield* hand.succeed(1)
      yield* events.until(/event: step-completed[^]*event: step-started/)
      yield* (yield* b.begun(id)).succeed(2)
      const all = yield* events.rest
      const stored = yield* Stream.runCollect(engine.events(id))
      assert.deepStrictEqual(
        ids(all),
        stored.map(({ sequence }) => sequence)
      )
      assert.match(all, /event: execution-ended/)
    })
  )

  it.live("go on after the last one that the page has, and are nothing after the very last one", () =>
    Effect.gen(function* () {
      const { b, engine, hand, id, path } = yield* running
      const has = (last: number) => ({ headers: { ...sse, "last-event-id": String(last) } })
      yield* hand.succeed(1)
      yield* Watch.event(engine, id, "step-completed")
      const before = (yield* engine.get(id)).sequence
      const response = yield* path.ask(`/executions/${id}/events`, has(2))
      assert.strictEqual(response.status, 200)
      const events = reader(response)
      yield* (yield* b.begun(id)).succeed()
      const all = ids(yield* events.rest)
      yield* Watch.status(engine, id, "Completed")
      const last = (yield* engine.get(id)).sequence
      assert.isAbove(last, before)
      assert.deepStrictEqual(
        all,
        Array.from({ length: last - 2 }, (_, i) => i + 3)
      )
      const nothing = yield* path.ask(`/executions/${id}/events`, has(last))
      assert.strictEqual(nothing.status, 204)
      assert.isNull(nothing.body)
      const unknown = yield* path.ask(`/executions/${id}/events`, has(last + 1))
      assert.strictEqual(unknown.status, 400)
      assert.include(yield* within(unknown.text(), "the problem"), "unknown-sequence")
    })
  )

  it.live("are followed in the engine no longer than the page follows them, however it leaves", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* running
      let followed = 0
      const path = yield* DesktopPath.make({
        ...engine,
        events: (of, after) =>
          engine
            .events(of, after)
            .pipe(
              Stream.onStart(Effect.sync(() => void followed++)),
              Stream.ensuring(Effect.sync(() => void followed--))
            )
      })
      const follow = (init?: RequestInit) =>
        Effect.gen(function* () {
          const events = reader(yield* path.ask(`/executions/${id}/events`, { headers: sse, ...init }))
          yield* events.until(/event: step-started/)
          return events
        })
      const left = (what: string) => Bounded.eventually(() => followed === 0, `nobody to follow after ${what}`, 15_000)

      const read = yield* follow()
      assert.strictEqual(followed, 1)
      yield* within(read.source.cancel(), "the cancel")
      yield* left("a cancel")

      const gone = new AbortController()
      const aborted = yield* follow({ signal: gone.signal })
      gone.abort()
      assert.strictEqual(((yield* rejection(aborted.source.read(), "the rest")) as Error).name, "AbortError")
      yield* left("an abort")

      yield* Effect.all([follow(), follow(), follow()])
      assert.strictEqual(followed, 3)
      path.bridge.asking.port.close()
      yield* left("the end of the port")
      yield* engine.terminate(id)
    })
  )

  it.live("come whole to each of hundreds that follow them, while commands go their way", () =>
    Effect.gen(function* () {
      const { b, engine, hand, id, path } = yield* running
      const readers = yield* Effect.forEach(
        Array.from({ length: 200 }),
        // By the port itself: a window has fewer at a time.
        () =>
          within(
            path.bridge.client.fetch(new Request(`halte://app/executions/${id}/events`, { headers: sse })),
            "the stream"
          ),
        { concurrency: "unbounded" }
      )
      const all = readers.map((response) => {
        const { rest } = reader(response)
        return Effect.map(rest, ids)
      })
      const answer = yield* path.ask(`/executions/${id}/pause`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}"
      })
      assert.strictEqual(answer.status, 202)
      const held = yield* hand.begin()
      yield* Watch.status(engine, id, "Paused")
      yield* engine.resume(id)
      yield* held
      yield* hand.succeed()
      yield* (yield* b.begun(id)).succeed()
      yield* Watch.status(engine, id, "Completed")
      const last = (yield* engine.get(id)).sequence
      const whole = Array.from({ length: last }, (_, i) => i + 1)
      for (const got of yield* Effect.all(all, { concurrency: "unbounded" })) assert.deepStrictEqual(got, whole)
    })
  )
})
