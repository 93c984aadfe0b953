import { connect, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, type Scope, Stream } from "effect"
import { Bounded } from "@halte/engine/testing"
import * as RequestsAhead from "../src/RequestsAhead.ts"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const events = `/executions/${Scripted.id}/events`

/** A connection that is there until the test ends, and what came on it. */
const connection = (port: number): Effect.Effect<Socket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect({ host: "127.0.0.1", port })
      socket.on("error", () => {})
      socket.once("connect", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

const closed = (socket: Socket, what: string): Effect.Effect<string> =>
  Bounded.within(
    Effect.callback<string>((resume) => {
      let text = ""
      socket.on("data", (data) => (text += data.toString()))
      if (socket.destroyed) resume(Effect.succeed(text))
      else socket.once("close", () => resume(Effect.succeed(text)))
    }),
    what
  )

describe("open streams", () => {
  it.live("are limited for each client: one more is told when to come back, and gets in when one has ended", () =>
    Effect.gen(function* () {
      const { ask, bearer, signIn, tell } = yield* OnPort.make(Scripted.make(), { limits: { streams: 2 } })
      const cookies = [yield* signIn, yield* signIn]
      for (const headers of [bearer, ...cookies.map((cookie) => ({ cookie }))]) {
        const gone = new AbortController()
        const first = yield* ask(events, { headers, signal: gone.signal })
        const second = yield* ask(`/executions/${Scripted.id}/logs`, { headers })
        assert.deepStrictEqual([first.status, second.status], [200, 200])
        const third = yield* ask(events, { headers })
        assert.strictEqual(third.status, 429)
        assert.strictEqual(third.headers.get("retry-after"), "2")
        assert.strictEqual((yield* OnPort.problemOf(third)).code, "too-many-streams")
        // What is no stream is answered.
        assert.strictEqual((yield* ask("/executions", { headers })).status, 200)
        gone.abort()
        yield* Bounded.within(
          Effect.repeat(
            Effect.flatMap(ask(events, { headers }), ({ body, status }) =>
              Effect.as(
                Effect.promise(async () => body?.cancel()),
                status
              )
            ),
            { until: (status) => status === 200 }
          ),
          "the place of the one that has ended"
        )
        yield* Effect.promise(() => second.body!.cancel())
      }
      assert.strictEqual((yield* tell("/executions")).status, 200)
    })
  )

  it.live("are given back when they end by themselves", () =>
    Effect.gen(function* () {
      const engine = Scripted.make({ events: () => Stream.empty })
      const { tell } = yield* OnPort.make(engine, { limits: { streams: 1 } })
      for (let i = 0; i < 5; i++) {
        const response = yield* tell(events)
        assert.strictEqual(response.status, 200)
        yield* Effect.promise(() => response.text())
      }
    })
  )

  it.live("whose reader takes nothing are ended for the engine, too", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const line = { sequence: 1, at: 1, step: "a", try: 1, stream: "stdout", text: "x".repeat(64 * 1024) } as const
      const engine = Scripted.make({
        logs: () =>
          Stream.ensuring(Stream.fromEffectRepeat(Effect.succeed(line)), Deferred.succeed(released, undefined))
      })
      const { bearer, port } = yield* OnPort.make(engine, { limits: { stalledReader: "100 millis" } })
      const socket = yield* connection(port)
      socket.pause()
      socket.write(
        `GET /executions/${Scripted.id}/logs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${bearer.authorization}\r\n\r\n`
      )
      yield* Bounded.within(Deferred.await(released), "the end of the reading")
    })
  )
})

describe("connections", () => {
  it.live("are limited: one more is closed at once, and the others go on", () =>
    Effect.gen(function* () {
      const { port, server } = yield* OnPort.make(Scripted.make(), { limits: { connections: 3 } })
      const three = [yield* connection(port), yield* connection(port), yield* connection(port)]
      const fourth = yield* connection(port)
      assert.strictEqual(yield* closed(fourth, "the fourth to be closed"), "")
      three[0]!.write(`GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
      assert.match(yield* closed(three[0]!, "the answer"), /^HTTP\/1\.1 200 /)
      // There is a place again.
      yield* Bounded.within(
        Effect.retry(
          Effect.tryPromise(() => fetch(`${server.url}/health/live`)),
          { while: () => true }
        ),
        "a place"
      )
    })
  )

  it.live("that send requests ahead are answered in their order, and cut when it is too many", () =>
    Effect.gen(function* () {
      const { port, tell } = yield* OnPort.make(Scripted.make())
      const one = `GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
      const some = yield* connection(port)
      some.write(`${one}\r\n`.repeat(RequestsAhead.most - 1) + `${one}Connection: close\r\n\r\n`)
      const text = yield* closed(some, "the last answer")
      assert.strictEqual(text.split("HTTP/1.1 200 ").length - 1, RequestsAhead.most)
      // Each of these would be answered late, and all of them at once.
      const flood = yield* connection(port)
      flood.write(`${one}Authorization: Bearer wrong\r\n\r\n`.repeat(RequestsAhead.most + 1))
      assert.strictEqual(yield* closed(flood, "the cut"), "")
      assert.strictEqual((yield* tell("/executions")).status, 200)
    })
  )

  it.live("that send their request too slowly are answered 408 and closed, however they do it", () =>
    Effect.gen(function* () {
      const limits = { headerTimeout: "150 millis", requestTimeout: "300 millis" } as const
      const { bearer, port, tell } = yield* OnPort.make(Scripted.make(), { limits })
      const host = `Host: 127.0.0.1:${port}`
      const post = `POST /executions/${Scripted.id}/interrupt HTTP/1.1\r\n${host}\r\nAuthorization: ${bearer.authorization}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`
      for (const [what, begin, drip] of [
        ["nothing", "", ""],
        ["half a line", "GET /execu", ""],
        ["headers that never end", `GET /executions HTTP/1.1\r\n${host}\r\n`, "X-A: b\r\n"],
        ["a line that never ends", "GET /", "a"],
        ["half a body", post, ""],
        ["a body byte by byte", post, " "]
      ] as const) {
        const socket = yield* connection(port)
        socket.write(begin)
        const timer = setInterval(() => socket.write(drip), 20)
        const text = yield* Effect.ensuring(
          closed(socket, `the end of ${what}`),
          Effect.sync(() => clearInterval(timer))
        )
        assert.match(text, /^HTTP\/1\.1 408 /, what)
        assert.match(text, /"code":"request-timeout"/, what)
      }
      assert.strictEqual((yield* tell("/executions")).status, 200)
    })
  )

  it.live("may be watched for longer than a request may take: a stream is not cut for its length", () =>
    Effect.gen(function* () {
      const limits = { headerTimeout: "50 millis", requestTimeout: "50 millis", keepAlive: "50 millis" } as const
      const { tell } = yield* OnPort.make(Scripted.make(), { limits, keepAlive: "20 millis" })
      const response = yield* tell(events)
      const reader = response.body!.getReader()
      let text = ""
      yield* Bounded.within(
        Effect.promise(async () => {
          for (let i = 0; i < 20; i++) text += new TextDecoder().decode((await reader.read()).value)
        }),
        "twenty signs of life"
      )
      assert.isAtLeast(text.split(": still here").length, 15)
      yield* Effect.promise(() => reader.cancel())
    })
  )
})
