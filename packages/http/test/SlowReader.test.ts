/**
 * Readers that don't read: they hold up nobody, cost the server one page each however much there is to tell, are cut off
 * after a while, and go on later where they were, without a gap.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { ExecutionEvent } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import * as LoadServer from "./support/LoadServer.ts"
import * as Scripted from "./support/Scripted.ts"

const largeSteps = 50_000
const events = 2 * largeSteps + 2
const readers = 100

/**
 * What a reader that does not read may hold in the server: a page of 1,024 events, 64 kB of text, and the connection.
 * Measured: 0.4 to 0.5 MB; the rest is room. All that this execution has to tell are 14 MB.
 */
const bytesPerReader = 1_000_000

const bounded = <A>(what: string, promise: () => Promise<A>) =>
  Bounded.within(Effect.promise(promise), what, LoadServer.patience)

/** Starts an execution of many steps and waits for its end. */
const told = (server: LoadServer.LoadServer) =>
  Effect.gen(function* () {
    const id = yield* server.start("large")
    const completed = Effect.map(server.ask("GET", "/executions?status=Completed"), ({ body }) => body.includes(id))
    yield* Bounded.within(
      Effect.repeat(completed, { until: (yes) => yes }),
      "the execution to end",
      LoadServer.patience
    )
    return id
  })

// The first event has the definition of 50,000 steps: after it they are small.
const slowly = (server: LoadServer.LoadServer, id: string, socket: boolean) => {
  const reader = server.watch(id, { after: 1, socket })
  reader.pause()
  return reader
}

describe("readers that don't read", () => {
  it.live("get large events piece by piece, not a page of them at once", () =>
    Effect.gen(function* () {
      const value = "x".repeat(100_000)
      const many = Array.from({ length: 1_024 }, (_, i): ExecutionEvent.ExecutionEvent => ({
        v: 1,
        execution: Scripted.id,
        sequence: i + 1,
        at: 1,
        attempt: 1,
        type: "step-completed",
        step: `s${i}`,
        try: 1,
        tookMillis: 1,
        value
      }))
      const handler = HttpHandler.make(Scripted.make({ events: () => Stream.fromIterable(many) }))
      const response = yield* Effect.promise(() =>
        handler(new Request(`http://localhost/executions/${Scripted.id}/events`))
      )
      const reader = response.body!.getReader()
      let bytes = 0
      for (;;) {
        const { done, value: piece } = yield* Effect.promise(() => reader.read())
        if (done) break
        bytes += piece.byteLength
        assert.isBelow(piece.byteLength, 200_000)
      }
      assert.isAbove(bytes, many.length * value.length)
    })
  )

  it.live(
    "cost one page each, also 100 of them on an execution of 100,002 events, and hold nobody up",
    () =>
      Effect.gen(function* () {
        const server = yield* LoadServer.make({ largeSteps })
        const id = yield* told(server)
        const before = yield* server.memory
        const slow = Array.from({ length: readers }, () => slowly(server, id, true))
        yield* bounded("the streams to open", () => Promise.all(slow.map(({ opened }) => opened)))
        // Somebody reads all of it beside them.
        const quick = server.watch(id)
        const end = yield* bounded("all events to be read", () => quick.over)
        assert.deepStrictEqual(end, { whole: true, last: events })
        const held = ((yield* server.memory) - before) / readers
        assert.isBelow(held, bytesPerReader, "bytes that such a reader holds")
        // One reads on, and nothing is missing.
        const [one, ...rest] = slow
        for (const reader of rest) reader.close()
        one!.resume()
        assert.deepStrictEqual(yield* bounded("the slow reader to read the rest", () => one!.over), {
          whole: true,
          last: events
        })
      }),
    4 * LoadServer.patience
  )

  it.live(
    "are cut off, and go on with `Last-Event-ID` where they were",
    () =>
      Effect.gen(function* () {
        const server = yield* LoadServer.make({ largeSteps, limits: { stalledReader: "300 millis" } })
        const id = yield* told(server)
        const first = slowly(server, id, false)
        yield* bounded("the stream to open", () => first.opened)
        yield* Bounded.within(
          Effect.repeat(server.metric("halte_http_readers_dropped_total"), { until: (dropped) => dropped === 1 }),
          "the reader to be cut off",
          LoadServer.patience
        )
        first.resume()
        const cut = yield* bounded("the end of the connection", () => first.over)
        assert.isFalse(cut.whole, "it did not get all of it")
        assert.isUndefined(cut.wrong, "what it got was in order")
        assert.isAbove(cut.last, 1, "what was on its way did arrive")
        assert.isBelow(cut.last, events)
        const second = server.watch(id, { after: cut.last })
        assert.deepStrictEqual(yield* bounded("the rest", () => second.over), { whole: true, last: events })
      }),
    4 * LoadServer.patience
  )
})
