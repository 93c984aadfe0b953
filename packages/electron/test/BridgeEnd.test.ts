import { MessageChannel, Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Bounded } from "@halte/engine/testing"
import { connect, PortClosed } from "../src/bridge/RequestPort.ts"
import { type Bridge, bytes, make, rejection, source, type Source, textOf, url, within } from "./support/Bridge.ts"
import { NodePort } from "./support/NodePort.ts"

/** Requests of every kind under way at once, at both ends. */
const busy = Effect.gen(function* () {
  const signals: Array<AbortSignal> = []
  const sources: Array<Source> = []
  const bridge = yield* make((request) => {
    signals.push(request.signal)
    if (new URL(request.url).search === "?never") return new Promise<never>(() => {})
    const body = source()
    sources.push(body)
    body.push(bytes("one"))
    return Promise.resolve(new Response(body.body))
  })
  const unanswered = Array.from({ length: 50 }, () =>
    rejection(bridge.fetch(new Request(`${url}?never`)), "one without an answer")
  )
  const waiting: Array<Effect.Effect<unknown>> = []
  const unread: Array<ReadableStreamDefaultReader<Uint8Array>> = []
  for (let i = 0; i < 50; i++) {
    const response = yield* within(bridge.fetch(new Request(url)), "an answer")
    const reader = response.body!.getReader()
    if (i % 2 === 0) unread.push(reader)
    else {
      assert.strictEqual(textOf((yield* within(reader.read(), "a piece")).value), "one")
      waiting.push(rejection(reader.read(), "one that waits for more"))
    }
  }
  yield* Bounded.eventually(() => signals.length === 100, "all the requests")
  yield* Bounded.turns(5)

  /** Whatever has happened, all of it has ended. */
  const ended = (reason: string) =>
    Effect.gen(function* () {
      for (const failed of [...unanswered, ...waiting]) {
        const error = yield* failed
        assert.instanceOf(error, PortClosed)
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.message, `The connection to the engine is closed: ${reason}.`)
      }
      for (const reader of unread) {
        // What had come is there, and then it is over.
        assert.strictEqual(textOf((yield* within(reader.read(), "what had come")).value), "one")
        assert.instanceOf(yield* rejection(reader.read(), "the rest"), PortClosed)
        assert.instanceOf(yield* rejection(reader.closed, "the end"), PortClosed)
      }
      assert.strictEqual((yield* rejection(bridge.fetch(new Request(url)), "a later one")) instanceof PortClosed, true)
      yield* Bounded.eventually(() => signals.every(({ aborted }) => aborted), "the signals in the handler")
      yield* Bounded.eventually(() => sources.every((one) => one.isCanceled()), "the streams in the handler")
      assert.lengthOf(signals, 100)
    })
  return { bridge, ended }
})

const gone = "the process at its other end has ended, or has closed it"

describe("a port that closes fails all that is under way, at both ends", () => {
  const ways: ReadonlyArray<readonly [how: string, close: (bridge: Bridge) => void, reason: string]> = [
    [
      "by the one that asks, with a reason",
      ({ client }) => client.close("it was ended by SIGKILL"),
      "it was ended by SIGKILL"
    ],
    ["by the one that answers", ({ server }) => server.close(), gone],
    ["by the port of the one that asks", ({ asking }) => asking.port.close(), gone],
    ["by the port of the one that answers", ({ answering }) => answering.port.close(), gone]
  ]
  for (const [how, close, reason] of ways)
    it.live(how, () =>
      Effect.gen(function* () {
        const { bridge, ended } = yield* busy
        close(bridge)
        yield* ended(reason)
        // Again is no different.
        bridge.client.close("another reason")
        bridge.server.close()
        const error = yield* rejection(bridge.fetch(new Request(url)), "a later one")
        assert.strictEqual((error as PortClosed).reason, reason)
      })
    )

  it.live("by a send that fails", () =>
    Effect.gen(function* () {
      const { bridge, ended } = yield* busy
      bridge.asking.postMessage = () => {
        throw new Error("Object has been destroyed")
      }
      const error = yield* rejection(bridge.fetch(new Request(url)), "the answer")
      assert.strictEqual((error as PortClosed).reason, "Object has been destroyed")
      yield* ended("Object has been destroyed")
    })
  )

  it.live("by the end of the thread that answers, in the middle of a stream", () =>
    Effect.gen(function* () {
      const { port1, port2 } = new MessageChannel()
      const worker = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new Worker(new URL("./support/BridgeWorker.ts", import.meta.url), {
              workerData: port2,
              transferList: [port2],
              execArgv: ["-C", "@halte/source", "--no-warnings"]
            })
        ),
        (worker) => Effect.promise(() => worker.terminate())
      )
      yield* within(new Promise((resolve) => void worker.once("message", resolve)), "the thread")
      const { close, fetch } = connect(new NodePort(port1))
      yield* Effect.addFinalizer(() => Effect.sync(() => close("the test is over")))
      const open = (path: string) =>
        Effect.map(within(fetch(new Request(`halte://app${path}`)), path), ({ body }) => body!.getReader())
      const readers = yield* Effect.all([open("/endless"), open("/endless"), open("/silent")])
      const [read] = readers
      for (let i = 0; i < 500; i++) yield* within(read!.read(), "a piece")
      const never = rejection(fetch(new Request("halte://app/never")), "the answer")
      const rest = readers.map((reader) =>
        rejection(
          (async () => {
            for (;;) assert.isFalse((await reader.read()).done)
          })(),
          "the rest"
        )
      )
      yield* within(worker.terminate(), "the end of the thread")
      for (const error of [yield* never, ...(yield* Effect.all(rest))]) assert.instanceOf(error, PortClosed)
      assert.instanceOf(yield* rejection(fetch(new Request("halte://app/later")), "a later one"), PortClosed)
    })
  )

  it.live("leaves what had come whole to its readers", () =>
    Effect.gen(function* () {
      const { answering, client, fetch } = yield* make(async () => new Response("all of it"))
      const response = yield* within(fetch(new Request(url)), "the answer")
      yield* Bounded.eventually(() => answering.sent.some(({ _tag }) => _tag === "End"), "the end")
      yield* Bounded.turns(5)
      client.close("it ended")
      assert.strictEqual(yield* within(response.text(), "the body"), "all of it")
    })
  )
})
