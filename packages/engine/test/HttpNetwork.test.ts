import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net"
import { Flow, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const listening = (server: Server & { readonly closeAllConnections?: () => void }, scheme = "http") =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`))
      )
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections?.()
        server.close(() => resume(Effect.void))
      })
  )
const serve = (handler: Handler) => listening(createServer(handler))

const engineOf = (options: Parameters<typeof Step.http>[1]) =>
  Engine.make(Flow.make("f", { steps: [Step.http("call", options as never)] })).pipe(
    Effect.provide(FetchHttpClient.layer)
  )
const run = (options: Parameters<typeof Step.http>[1]) => Effect.flatMap(engineOf(options), (engine) => engine.run())
const failureOf = (options: Parameters<typeof Step.http>[1]) =>
  Effect.map(run(options), ({ outcome }) => (outcome._tag === "Failed" ? outcome.failure : assert.fail(outcome._tag)))

describe("HTTP steps over a network", () => {
  it.live("P2: a request that gets no reply, and one whose reply never ends, are aborted within 0.5 s", () =>
    Effect.gen(function* () {
      for (const reply of ["none", "endless"]) {
        const arrived = yield* Deferred.make<void>()
        const gone = yield* Deferred.make<void>()
        const url = yield* serve((request, response) => {
          request.socket.on("close", () => Deferred.doneUnsafe(gone, Effect.void))
          if (reply === "endless") response.write("a")
          Deferred.doneUnsafe(arrived, Effect.void)
        })
        const engine = yield* engineOf({ request: { url } })
        const id = yield* engine.begin()
        yield* Deferred.await(arrived)
        yield* engine.interrupt(id)
        const { of, outcome } = yield* engine.ended(id)
        assert.deepStrictEqual(of("interrupt-requested")[0]!.bound, { _tag: "Within", millis: 500, steps: ["call"] })
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.isBelow(of("step-interrupted")[0]!.stopMillis!, 500)
        yield* Engine.Bounded.within(Deferred.await(gone), "the end of the connection")
      }
    })
  )

  it.live("a timeout aborts the request, too", () =>
    Effect.gen(function* () {
      const gone = yield* Deferred.make<void>()
      const url = yield* serve((request) => request.socket.on("close", () => Deferred.doneUnsafe(gone, Effect.void)))
      const failure = yield* failureOf({ request: { url }, timeout: 200 })
      assert.strictEqual(failure.code, "timed-out")
      yield* Engine.Bounded.within(Deferred.await(gone), "the end of the connection")
    })
  )

  it.live("a redirect keeps `Authorization` on the same origin, and drops it on the way to another", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [string, string | undefined]> = []
      const other = yield* serve((request, response) => {
        seen.push(["other", request.headers.authorization])
        response.end("other")
      })
      const url = yield* serve((request, response) => {
        seen.push([request.url!, request.headers.authorization])
        if (request.url === "/start") response.writeHead(302, { location: "/next" }).end()
        else response.writeHead(302, { location: other }).end()
      })
      const { outcome } = yield* run({ request: { url: `${url}/start`, headers: { Authorization: "Bearer t" } } })
      assert.strictEqual((outcome.values["call"] as { readonly body: unknown }).body, "other")
      assert.deepStrictEqual(seen, [
        ["/start", "Bearer t"],
        ["/next", "Bearer t"],
        ["other", undefined]
      ])
    })
  )

  it.live("redirects in a circle are `http-redirects`", () =>
    Effect.gen(function* () {
      const url = yield* serve((_, response) => void response.writeHead(302, { location: "/" }).end())
      assert.strictEqual((yield* failureOf({ request: { url } })).code, "http-redirects")
    })
  )

  it.live("a reply beyond the limit is `output-too-large`, and is not read to its end", () =>
    Effect.gen(function* () {
      const gone = yield* Deferred.make<void>()
      const url = yield* serve((request, response) => {
        request.socket.on("close", () => Deferred.doneUnsafe(gone, Effect.void))
        const more = () => {
          while (response.write("x".repeat(65_536)));
        }
        response.on("drain", more)
        more()
      })
      const failure = yield* failureOf({ request: { url }, captureLimit: 100_000 })
      assert.deepStrictEqual([failure.code, failure.status], ["output-too-large", 200])
      yield* Engine.Bounded.within(Deferred.await(gone), "the end of the connection")
      const whole = yield* serve((_, response) => void response.end("12345"))
      const { outcome } = yield* run({ request: { url: whole }, captureLimit: 5 })
      assert.strictEqual((outcome.values["call"] as { readonly body: unknown }).body, "12345", "the limit itself fits")
    })
  )

  it.live("a status that is no success does not fail by the size of its reply", () =>
    Effect.gen(function* () {
      const url = yield* serve((_, response) => void response.writeHead(500).end("x".repeat(200_000)))
      const failure = yield* failureOf({ request: { url }, captureLimit: 10 })
      assert.deepStrictEqual([failure.code, failure.status], ["http-status", 500])
    })
  )

  it.live("an unknown host, a closed port, a wrong protocol and a broken connection each say what they are", () =>
    Effect.gen(function* () {
      const codeOf = (url: string) =>
        Effect.map(failureOf({ request: { url } }), ({ code, message }) => [code, message])
      const [host, hostText] = yield* codeOf("http://no-such-host.invalid/")
      assert.strictEqual(host, "http-host-not-found")
      assert.include(hostText, "`no-such-host.invalid`")
      const closed = yield* Effect.scoped(serve(() => {}))
      const [port, portText] = yield* codeOf(closed)
      assert.strictEqual(port, "http-not-connected")
      assert.include(portText, closed.slice("http://".length))
      const plain = yield* serve((_, response) => void response.end())
      assert.strictEqual((yield* codeOf(plain.replace("http:", "https:")))[0], "http-tls")
      const broken = yield* listening(createTcpServer((socket) => socket.destroy()))
      assert.strictEqual((yield* codeOf(broken))[0], "http-failed")
      const cut = yield* serve((request, response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write("half", () => request.socket.destroy())
      })
      assert.strictEqual((yield* codeOf(cut))[0], "http-failed")
    })
  )

  it.live("`Idempotency-Key` is the same over tries and attempts, another one for another execution or step", () =>
    Effect.gen(function* () {
      const keys: Array<string | undefined> = []
      let fail = true
      const url = yield* serve((request, response) => {
        keys.push(request.headers["idempotency-key"] as string | undefined)
        response.writeHead(fail ? 503 : 200).end()
      })
      const step = (name: string) =>
        Step.http(name, {
          request: { method: "POST", url, json: {} },
          idempotencyKey: true,
          retry: { tries: 2, delay: 0 }
        })
      const engine = yield* Engine.make(
        Flow.make("f", { steps: [Step.group("g", { steps: [step("a")] }), Step.group("h", { steps: [step("b")] })] })
      ).pipe(Effect.provide(FetchHttpClient.layer))
      const first = yield* engine.run({ stopAfter: 1 })
      fail = false
      yield* engine.resume(first.id)
      yield* engine.ended(first.id)
      yield* engine.run()
      assert.strictEqual(new Set(keys.filter((key) => key === `${first.id}.g.a`)).size, 1)
      assert.isAtLeast(keys.filter((key) => key === `${first.id}.g.a`).length, 3, "two tries, and the next attempt")
      assert.strictEqual(new Set(keys).size, 4, "two steps of two executions")
    })
  )

  it.live("`Retry-After` makes a retry wait so long, in seconds or until a date, at most `maxDelay`", () =>
    Effect.gen(function* () {
      const waitAfter = (header: string, maxDelay?: string) =>
        Effect.gen(function* () {
          let asked = 0
          const url = yield* serve((_, response) => {
            asked++
            response.writeHead(asked === 1 ? 503 : 200, { "retry-after": header }).end()
          })
          const engine = yield* engineOf({
            request: { url },
            retry: {
              tries: 2,
              delay: 1,
              ...(maxDelay === undefined ? undefined : { maxDelay: maxDelay as "1 second" })
            }
          })
          const id = yield* engine.begin()
          const { delayMillis, failure } = yield* engine.seen(id, "step-retrying")
          yield* engine.terminate(id)
          yield* engine.ended(id)
          assert.strictEqual(failure.status, 503)
          return delayMillis
        })
      assert.strictEqual(yield* waitAfter("120"), 120_000)
      assert.strictEqual(yield* waitAfter("120", "10 seconds"), 10_000)
      assert.strictEqual(yield* waitAfter("86400"), 300_000, "five minutes is the longest by default")
      assert.strictEqual(yield* waitAfter("soon"), 1)
      assert.strictEqual(yield* waitAfter("Thu, 01 Jan 1970 00:00:00 GMT"), 1)
      const millis = yield* waitAfter(
        new Date(Math.ceil(performance.timeOrigin + performance.now() + 60_000)).toUTCString()
      )
      assert.isTrue(millis > 50_000 && millis <= 61_000, String(millis))
    })
  )
})
