/** What a server says of itself to a monitoring, and how a request's trace goes on in what it starts. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Tracer } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { ExecutionsLocal, ExecutionStoreMemory, Flow, ObservedStore, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as PrometheusText from "../../../test/support/PrometheusText.ts"
import { read } from "../../../test/support/RepositoryFiles.ts"
import { WebServer } from "../src/index.ts"
import * as RequestMetrics from "../src/RequestMetrics.ts"
import * as Scripted from "./support/Scripted.ts"
import * as Served from "./support/Served.ts"

const metrics = () => PrometheusMetrics.formatUnsafe(Context.empty())
const now = (name: string, labels?: Record<string, string>) =>
  PrometheusText.value(PrometheusText.parse(metrics()), name, labels) ?? 0
const until = (what: string, is: () => boolean) =>
  Bounded.within(
    Effect.callback<void>((resume) => {
      const look = () => (is() ? resume(Effect.void) : void setImmediate(look))
      look()
    }),
    what
  )

const plain = (name: string, steps: ReadonlyArray<Step.Any>) => Flow.make(name, { steps }) as Flow.Flow<unknown, never>

describe("/metrics", () => {
  it.live("is there where it was asked for, in the text of Prometheus, and nowhere else", () =>
    Effect.gen(function* () {
      const served = yield* Served.make(Scripted.make(), { handler: { metrics } })
      const response = yield* Effect.promise(() => served.fetch("/metrics"))
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      assert.strictEqual(response.headers.get("cache-control"), "no-store")
      PrometheusText.parse(yield* Effect.promise(() => response.text()))
      const without = yield* Served.make(Scripted.make())
      assert.strictEqual((yield* Effect.promise(() => without.fetch("/metrics"))).status, 404)
    })
  )

  it.live("needs the token on a port, as everything does that says what happens here", () =>
    Effect.gen(function* () {
      const server = yield* WebServer.listen(Scripted.make(), { port: 0, metrics })
      const before = now("halte_http_requests_total", { method: "GET", route: "/metrics", status: "401" })
      const refused = yield* Effect.promise(() => fetch(`${server.url}/metrics`))
      assert.strictEqual(refused.status, 401)
      assert.strictEqual(
        now("halte_http_requests_total", { method: "GET", route: "/metrics", status: "401" }),
        before + 1,
        "who is refused is counted, too"
      )
    })
  )
})

describe("requests", () => {
  it.live("are counted by the address that they ask for, never by what stands in it", () =>
    Effect.gen(function* () {
      const served = yield* Served.make(Scripted.make())
      const ask = (path: string, init?: RequestInit) =>
        Effect.promise(() => served.fetch(path, init).then((response) => response.arrayBuffer()))
      const of = (route: string, status: string, method = "GET") =>
        now("halte_http_requests_total", { method, route, status })
      const before = [
        of("/executions/:id", "404"),
        of("other", "404"),
        now("halte_http_request_seconds_count")
      ] as const
      for (let i = 0; i < 20; i++) yield* ask(`/executions/01ARZ3NDEKTSV4RRF${1000 + i}?x=${i}`)
      for (let i = 0; i < 20; i++) yield* ask(`/nowhere/${i}`)
      assert.strictEqual(of("/executions/:id", "404"), before[0] + 20)
      assert.strictEqual(of("other", "404"), before[1] + 20)
      assert.strictEqual(now("halte_http_request_seconds_count"), before[2] + 40)
      yield* ask(`/executions/${Scripted.id}/interrupt`, Served.post({}))
      assert.isAtLeast(of("/executions/:id/interrupt", "202", "POST"), 1)
    })
  )

  it.live("have the metrics that the reference names, and no other", () =>
    Effect.gen(function* () {
      const served = yield* Served.make(Scripted.make())
      yield* Effect.promise(() => served.fetch("/health/live").then((response) => response.arrayBuffer()))
      const documented = [...read("docs/reference/metrics.md").matchAll(/^\| `(halte_http_\w+)` \| (\w+) \|/gm)]
      assert.deepStrictEqual(
        documented.map(([, name, type]) => `${name} ${type}`).sort(),
        [...PrometheusText.parse(metrics()).values()]
          .filter(({ name }) => name.startsWith("halte_http_"))
          .map(({ name, type }) => `${name} ${type}`)
          .sort()
      )
    })
  )

  it("have the addresses of the contract, and few others", () => {
    for (const [url, route] of [
      ["/", "/"],
      ["/executions", "/executions"],
      ["/executions?limit=1", "/executions"],
      ["/executions/X", "/executions/:id"],
      ["/executions/", "other"],
      ["/executions/X/events?after=1", "/executions/:id/events"],
      ["/executions/X/logs/build%2Fa", "/executions/:id/logs/:stepId"],
      ["/executions/X/gates/ship", "/executions/:id/gates/:stepId"],
      ["/flows/release/executions", "/flows/:flowId/executions"],
      ["/health/live", "/health/live"],
      ["/problems/not-found", "/problems/:code"],
      ["/assets/index-1234.js", "page"],
      ["/sign.svg", "page"],
      ["/executions/X/unknown", "other"],
      ["//", "other"],
      ["*", "other"],
      ["", "other"]
    ] as const)
      assert.strictEqual(RequestMetrics.routeOf(url), route, url)
  })

  it.live("that are streams are open while they are", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hold")
      const engine = yield* ExecutionsLocal.make({ flows: [plain("f", [hand.step])] })
      const served = yield* Served.make(engine)
      const id = yield* engine.start({ flow: "f" })
      const holding = yield* hand.begun()
      const before = now("halte_http_streams_open")
      const stop = new AbortController()
      const path = `/executions/${id}/events`
      const first = yield* Effect.promise(() => served.fetch(path, { signal: stop.signal }))
      const second = yield* Effect.promise(() => served.fetch(path))
      assert.strictEqual(now("halte_http_streams_open"), before + 2)
      stop.abort()
      void first.body?.cancel().catch(() => {})
      yield* until("the end of the first stream", () => now("halte_http_streams_open") === before + 1)
      yield* holding.succeed()
      yield* Effect.promise(() => second.text())
      yield* until("the end of both streams", () => now("halte_http_streams_open") === before)
    })
  )
})

describe("traceparent", () => {
  it.live("of a request is the span within which its execution is started and resumed", () =>
    Effect.gen(function* () {
      const parents: Array<Tracer.AnySpan | undefined> = []
      const store = ObservedStore.make(ExecutionStoreMemory.make(), {
        claimed: (_claim, parent) => parents.push(parent),
        appended: () => {}
      })
      const hand = HandStep.make("hold")
      const engine = yield* ExecutionsLocal.make({ flows: [plain("f", [hand.step])], store })
      const served = yield* Served.make(engine)
      const trace = (digit: string, flags = "01") => `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`
      const send = (path: string, traceparent?: string) =>
        Effect.promise(() =>
          served.fetch(path, Served.post({}, traceparent === undefined ? undefined : { traceparent }))
        )
      const started = yield* send("/flows/f/executions", trace("a"))
      assert.strictEqual(started.status, 202)
      const holding = yield* hand.begun()
      const location = started.headers.get("location")!
      yield* send(`${new URL(location, "http://localhost").pathname}/interrupt`)
      yield* holding.stopHalfWay()
      yield* Effect.promise(() =>
        served.fetch(`${new URL(location, "http://localhost").pathname}/events`).then((response) => response.text())
      )
      yield* send(`${new URL(location, "http://localhost").pathname}/resume`, trace("b", "00"))
      const again = yield* hand.begun()
      yield* again.succeed()
      assert.deepStrictEqual(
        parents.map((parent) => [parent?.traceId, parent?.spanId, parent?.sampled]),
        [
          ["a".repeat(32), "a".repeat(16), true],
          ["b".repeat(32), "b".repeat(16), false]
        ]
      )
      for (const odd of ["", "00", trace("0"), trace("g"), `${trace("a")}-x`, "é"]) {
        const answer = yield* Effect.exit(send("/flows/f/executions", odd))
        if (answer._tag === "Failure") continue
        assert.strictEqual(answer.value.status, 202, odd)
        yield* Effect.flatMap(hand.begun(), (one) => one.succeed())
        assert.isUndefined(parents.at(-1), odd)
      }
    })
  )
})
