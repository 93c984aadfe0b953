/** What a collector of OpenTelemetry is sent, and that one that is away or slow costs an execution nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Metric, Queue, Scope, Tracer } from "effect"
import { type ExecutionId, ExecutionsLocal, ExecutionStoreMemory, Flow, ObservedStore, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as PrometheusText from "../../../test/support/PrometheusText.ts"
import { Telemetry } from "../src/node/index.ts"
import * as TelemetryConfig from "../src/node/TelemetryConfig.ts"

interface Received {
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: Buffer
  readonly json: Sent
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
interface Attributed {
  readonly attributes: ReadonlyArray<Attribute>
}
interface SentSpan extends Attributed {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: ReadonlyArray<Attributed & { readonly name: string }>
}
interface SentRecord extends Attributed {
  readonly severityText: string
  readonly body: { readonly stringValue: string }
  readonly traceId?: string
}
/** What a request holds, as far as a test looks into it. */
interface Sent {
  readonly resourceSpans?: ReadonlyArray<{
    readonly resource: Attributed
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<SentSpan> }>
  }>
  readonly resourceLogs?: ReadonlyArray<{
    readonly scopeLogs: ReadonlyArray<{ readonly logRecords: ReadonlyArray<SentRecord> }>
  }>
  readonly resourceMetrics?: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{ readonly metrics: ReadonlyArray<{ readonly name: string }> }>
  }>
}

/** A collector that answers as it is told. */
const collector = (answer: (n: number, out: ServerResponse) => void = (_n, out) => void out.end("{}")) =>
  Effect.gen(function* () {
    const received = yield* Queue.unbounded<Received>()
    const all: Array<Received> = []
    const server = createServer((message, out) => {
      const chunks: Array<Buffer> = []
      message.on("data", (chunk: Buffer) => chunks.push(chunk))
      message.on("end", () => {
        const raw = Buffer.concat(chunks)
        const body = message.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw
        const json = message.headers["content-type"] === "application/json" ? (JSON.parse(body.toString()) as Sent) : {}
        const one = { path: message.url ?? "", headers: message.headers, body, json }
        all.push(one)
        Queue.offerUnsafe(received, one)
        answer(all.length, out)
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.sync(() => {
          server.closeAllConnections()
          server.close()
        })
    )
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, all, next: Bounded.within(Queue.take(received), "something to be sent") }
  })

const json = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_BSP_SCHEDULE_DELAY: "5", OTEL_BLRP_SCHEDULE_DELAY: "5" }

const plain = (name: string, steps: ReadonlyArray<Step.Any>, options: object = {}) =>
  Flow.make(name, { steps, ...options }) as Flow.Flow<unknown, never>

const observed = (flows: ReadonlyArray<Flow.Flow<unknown, never>>, env: Record<string, string>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
    const problems: Array<string> = []
    const telemetry = yield* Scope.provide(Telemetry.make({ env, report: (problem) => problems.push(problem) }), scope)
    const store = ObservedStore.make(ExecutionStoreMemory.make(), telemetry.observe)
    const engine = yield* ExecutionsLocal.make({ flows, store })
    return {
      telemetry,
      engine,
      problems,
      run: (flow: string) =>
        Effect.flatMap(engine.start({ flow }), (id) =>
          Effect.as(Bounded.within(engine.outcome(id), `the end of \`${id}\``), id)
        ),
      ended: (id: ExecutionId.ExecutionId) => Bounded.within(engine.outcome(id), `the end of \`${id}\``),
      of: (name: string, labels?: Record<string, string>) =>
        PrometheusText.value(PrometheusText.parse(telemetry.metrics()), name, labels),
      /** Ends the sending, with what is left. */
      close: Scope.close(scope, Exit.void)
    }
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

/** Spans by their names, in the order in which they were sent. */
const spansIn = (all: ReadonlyArray<Received>): ReadonlyArray<SentSpan> =>
  all
    .flatMap(({ json: { resourceSpans = [] } }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
const attributesIn = ({ attributes }: Attributed): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

describe("traces", () => {
  it.live(
    "are one for each attempt: its span, one for each step, and one for each try of a step that was retried",
    () =>
      Effect.gen(function* () {
        const { all, url } = yield* collector()
        let tries = 0
        const flaky = Step.make("flaky", {
          retry: { tries: 3, delay: "1 millis" },
          run: () => (++tries < 3 ? Effect.fail(`no ${tries}`) : 7)
        })
        const last = Step.make("last", { after: flaky, run: () => Effect.fail("it is broken") })
        const { close, run } = yield* observed([plain("f", [flaky, last])], {
          ...json,
          OTEL_EXPORTER_OTLP_ENDPOINT: url,
          OTEL_LOGS_EXPORTER: "none",
          OTEL_METRICS_EXPORTER: "none",
          OTEL_SERVICE_NAME: "nightly",
          OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test,team=a%20b",
          OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc,x-tenant=7"
        })
        const id = yield* run("f")
        yield* close
        const spans = spansIn(all)
        const named = (name: string) => spans.find((span) => span.name === name)!
        const root = named("execution f")
        assert.deepStrictEqual(
          spans.map(({ name }) => name).sort(),
          ["execution f", "flaky", "flaky try 1", "flaky try 2", "flaky try 3", "last"].sort()
        )
        assert.isUndefined(root.parentSpanId)
        assert.strictEqual(new Set(spans.map(({ traceId }) => traceId)).size, 1)
        assert.strictEqual(new Set(spans.map(({ spanId }) => spanId)).size, spans.length)
        for (const step of ["flaky", "last"]) assert.strictEqual(named(step).parentSpanId, root.spanId)
        for (const n of [1, 2, 3]) assert.strictEqual(named(`flaky try ${n}`).parentSpanId, named("flaky").spanId)
        assert.deepStrictEqual(
          spans.map(({ name, status }) => `${name} ${status.code}`).sort(),
          ["execution f 2", "flaky 1", "flaky try 1 2", "flaky try 2 2", "flaky try 3 1", "last 2"].sort()
        )
        assert.match(named("last").status.message ?? "", /it is broken/)
        assert.include(attributesIn(root), {
          "halte.execution.id": id,
          "halte.flow.name": "f",
          "halte.attempt": 1,
          "halte.status": "Failed"
        })
        assert.include(attributesIn(named("flaky")), { "halte.step.kind": "function", "halte.step.tries": 3 })
        for (const { endTimeUnixNano, startTimeUnixNano } of spans)
          assert.isTrue(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano))
        const [first] = all
        assert.strictEqual(first!.headers["authorization"], "Bearer abc")
        assert.strictEqual(first!.headers["x-tenant"], "7")
        const resource = attributesIn(first!.json.resourceSpans![0]!.resource)
        assert.include(resource, { "service.name": "nightly", "deployment.environment": "test", team: "a b" })
      })
  )

  it.live("show a stop as an event, and an execution that was stopped is no error", () =>
    Effect.gen(function* () {
      const { all, url } = yield* collector()
      const hand = HandStep.make("hold")
      const { close, ended, engine } = yield* observed([plain("f", [hand.step])], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces`
      })
      const id = yield* engine.start({ flow: "f" })
      const holding = yield* hand.begun()
      yield* engine.pause(id, { source: "Page" })
      yield* engine.interrupt(id, { source: "Cli" })
      yield* holding.stopHalfWay()
      yield* ended(id)
      yield* close
      const spans = spansIn(all)
      assert.deepStrictEqual(
        spans.map(({ name, status }) => [name, status.code]),
        [
          ["hold", 0],
          ["execution f", 0]
        ]
      )
      const root = spans[1]!
      assert.deepStrictEqual(
        root.events.map(({ name }) => name),
        ["pausing", "interrupt-requested"]
      )
      assert.include(attributesIn(root.events[1]!), { "halte.source": "Cli", "halte.strategy": "FinishCurrent" })
      assert.include(attributesIn(root), { "halte.status": "Interrupted", "halte.cause": "Cli" })
      assert.isNumber(attributesIn(root)["halte.stop_millis"])
      assert.isTrue(
        all.every(({ path }) => path === "/v1/traces"),
        "one variable asks for one signal"
      )
    })
  )

  it.live("are children of the span that started the execution, and follow its choice to be traced", () =>
    Effect.gen(function* () {
      const { all, url } = yield* collector()
      const { close, ended, engine } = yield* observed([plain("f", [Step.make("a", { run: () => 1 })])], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url
      })
      const within = (sampled: boolean) =>
        Effect.provideService(
          engine.start({ flow: "f" }),
          Tracer.ParentSpan,
          Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16), sampled })
        )
      yield* ended(yield* within(true))
      yield* ended(yield* within(false))
      yield* close
      const spans = spansIn(all)
      assert.strictEqual(spans.length, 2)
      const root = spans.find(({ name }) => name === "execution f")!
      assert.strictEqual(root.traceId, "a".repeat(32))
      assert.strictEqual(root.parentSpanId, "b".repeat(16))
    })
  )
})

describe("a refused resume", () => {
  it.live("within a trace leaves nothing behind that a later attempt would belong to", () =>
    Effect.gen(function* () {
      const { all, url } = yield* collector()
      const hand = HandStep.make("hold", { idempotent: false })
      const { close, ended, engine } = yield* observed([plain("f", [hand.step])], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url
      })
      const id = yield* engine.start({ flow: "f" })
      const holding = yield* hand.begun()
      yield* engine.interrupt(id)
      yield* holding.stopHalfWay()
      yield* ended(id)
      const parent = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: true })
      const refused = yield* Effect.exit(Effect.provideService(engine.resume(id), Tracer.ParentSpan, parent))
      assert.strictEqual(refused._tag, "Failure")
      yield* engine.resume(id, { rerun: ["hold"] })
      yield* Effect.flatMap(hand.begun(), (again) => again.succeed())
      yield* ended(id)
      yield* close
      const roots = spansIn(all).filter(({ name }) => name === "execution f")
      assert.strictEqual(roots.length, 2)
      for (const root of roots) assert.isUndefined(root.parentSpanId)
      assert.notStrictEqual(roots[0]!.traceId, roots[1]!.traceId, "each attempt has a trace of its own")
      assert.deepStrictEqual(
        roots.map((root) => attributesIn(root)["halte.attempt"]),
        [1, 2]
      )
    })
  )
})

describe("log records and metrics", () => {
  it.live("say who asked and what failed, belong to the trace, and hold no value", () =>
    Effect.gen(function* () {
      const { all, next, url } = yield* collector()
      const steps = [Step.make("a", { run: () => "a value that stays" })]
      const broken = Step.make("b", { after: steps[0]!, run: () => Effect.fail("broken") })
      const { close, run } = yield* observed([plain("f", [...steps, broken])], {
        ...json,
        OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/otlp/`,
        OTEL_METRIC_EXPORT_INTERVAL: "20",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip"
      })
      const id = yield* run("f")
      const paths = new Set<string>()
      while (paths.size < 3) paths.add((yield* next).path)
      yield* close
      assert.deepStrictEqual([...paths].sort(), ["/otlp/v1/logs", "/otlp/v1/metrics", "/otlp/v1/traces"])
      const records = all
        .flatMap(({ json: { resourceLogs = [] } }) => resourceLogs)
        .flatMap(({ scopeLogs }) => scopeLogs[0]!.logRecords)
      assert.deepStrictEqual(
        records.map(({ severityText }) => severityText),
        ["Info", "Error", "Info", "Error"],
        "it started, `b` failed, so that it stops, and it failed"
      )
      assert.match(records[0]!.body.stringValue, /Flow `f` started \(Sdk\)/)
      assert.match(records[1]!.body.stringValue, /Step `b` failed: broken/)
      const { traceId } = spansIn(all)[0]!
      for (const record of records) {
        assert.strictEqual(record.traceId, traceId)
        assert.include(attributesIn(record), { "halte.execution.id": id })
      }
      const metrics = all.filter(({ path }) => path === "/otlp/v1/metrics").at(-1)!
      const names = metrics.json.resourceMetrics![0]!.scopeMetrics[0]!.metrics.map(({ name }) => name)
      assert.include(names, "halte_executions_started_total")
      assert.include(names, "halte_step_seconds")
      for (const { body } of all) assert.notInclude(body.toString(), "a value that stays")
    })
  )

  it.live("are sent as protobuf when nothing else is said", () =>
    Effect.gen(function* () {
      const { all, url } = yield* collector()
      const { close, run } = yield* observed([plain("f", [Step.make("a", { run: () => 1 })])], {
        OTEL_EXPORTER_OTLP_ENDPOINT: url
      })
      yield* run("f")
      yield* close
      const traces = all.find(({ path }) => path === "/v1/traces")!
      assert.strictEqual(traces.headers["content-type"], "application/x-protobuf")
      assert.include(traces.body.toString("latin1"), "execution f")
    })
  )
})

describe("a collector", () => {
  it.live("that is not there costs no execution anything, and what is dropped is counted", () =>
    Effect.gen(function* () {
      // Where one was, a moment ago.
      const { url } = yield* Effect.scoped(collector())
      const { close, of, problems, run } = yield* observed([plain("f", many(50))], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
        OTEL_BSP_MAX_QUEUE_SIZE: "100"
      })
      for (let i = 0; i < 20; i++) yield* run("f")
      // 20 executions have 1,020 spans; 100 wait.
      assert.strictEqual(of("halte_telemetry_dropped_total", { signal: "traces" }), 920)
      assert.strictEqual(of("halte_executions_ended_total", { flow: "f", status: "Completed" }), 20)
      const begin = performance.now()
      yield* close
      assert.isBelow(performance.now() - begin, 1_000, "nor does leaving wait for it")
      assert.strictEqual(of("halte_telemetry_dropped_total", { signal: "traces" }), 1_020, "and then drops the rest")
      assert.strictEqual(problems.length, 1)
      assert.match(problems[0]!, /^The collector at http:\S+ does not take traces: .*ECONNREFUSED.*They are dropped\.$/)
    })
  )

  it.live("that takes requests and never answers holds one of them, with a bound of its own", () =>
    Effect.gen(function* () {
      const { all, next, url } = yield* collector(() => {})
      const { close, of, run } = yield* observed([plain("f", many(10))], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
        OTEL_BSP_MAX_QUEUE_SIZE: "50",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "10"
      })
      yield* run("f")
      yield* next
      for (let i = 0; i < 20; i++) yield* run("f")
      assert.strictEqual(all.length, 1)
      assert.strictEqual(of("halte_telemetry_dropped_total", { signal: "traces" }), 21 * 11 - 50)
      yield* close
    })
  )

  it.live("that is busy is asked again, after the time that it says", () =>
    Effect.gen(function* () {
      const { all, next, url } = yield* collector((n, out) => {
        out.statusCode = n <= 2 ? 503 : 200
        out.setHeader("retry-after", "0")
        out.end()
      })
      const { close, of, run } = yield* observed([plain("f", many(1))], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url
      })
      yield* run("f")
      for (let i = 0; i < 3; i++) yield* next
      yield* close
      assert.isAtLeast(all.length, 3)
      assert.deepStrictEqual(all[0]!.body, all[2]!.body)
      assert.strictEqual(of("halte_telemetry_sent_total", { signal: "traces" }), 2)
      assert.strictEqual(of("halte_telemetry_dropped_total", { signal: "traces" }), 0)
    })
  )

  it.live("that refuses is reported once, without what only it may know", () =>
    Effect.gen(function* () {
      const { next, url } = yield* collector((_n, out) => {
        out.statusCode = 401
        out.end()
      })
      const { close, of, problems, run } = yield* observed([plain("f", many(1))], {
        ...json,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces?key=secret`,
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=secret"
      })
      yield* run("f")
      yield* next
      yield* run("f")
      yield* close
      assert.deepStrictEqual(problems, [
        `The collector at ${url}/v1/traces does not take traces: it answers 401. They are dropped.`
      ])
      assert.strictEqual(of("halte_telemetry_dropped_total", { signal: "traces" }), 4)
    })
  )
})

const many = (n: number) => Array.from({ length: n }, (_, i) => Step.make(`s${i}`, { run: () => i }))

describe("TelemetryConfig", () => {
  const read = TelemetryConfig.fromEnv

  it("asks for nothing when no variable does, or when one forbids it", () => {
    for (const env of [
      {},
      { OTEL_SERVICE_NAME: "x", OTEL_EXPORTER_OTLP_HEADERS: "a=b" },
      { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_SDK_DISABLED: "TRUE" },
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://c",
        OTEL_TRACES_EXPORTER: "none",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none"
      }
    ])
      assert.deepStrictEqual(read(env).targets, {}, JSON.stringify(env))
  })

  it("takes what is said of one signal before what is said of all", () => {
    const { targets } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://all.example/base",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://traces.example/exactly/here",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1",
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: "b=2",
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json"
    })
    assert.strictEqual(targets.traces?.url, "https://traces.example/exactly/here")
    assert.strictEqual(targets.logs?.url, "https://all.example/base/v1/logs")
    assert.deepStrictEqual(targets.traces?.headers, { a: "1" })
    assert.deepStrictEqual(targets.logs?.headers, { b: "2" })
    assert.strictEqual(targets.metrics?.protocol, "http/json")
    assert.strictEqual(targets.traces?.protocol, "http/protobuf")
  })

  it("sends to the collector of this machine when only the kind of exporter is named", () => {
    const { targets } = read({ OTEL_TRACES_EXPORTER: "otlp" })
    assert.deepStrictEqual(Object.keys(targets), ["traces"])
    assert.strictEqual(targets.traces?.url, "http://localhost:4318/v1/traces")
  })

  it("names each variable that is wrong, once, and goes on with the default", () => {
    const { notices, sampling, targets } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://c/logs",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c/traces",
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
      OTEL_EXPORTER_OTLP_COMPRESSION: "zstd",
      OTEL_EXPORTER_OTLP_HEADERS: "no-value",
      OTEL_BSP_MAX_QUEUE_SIZE: "-1",
      OTEL_RESOURCE_ATTRIBUTES: "bad=%zz,good=1",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "2"
    })
    assert.deepStrictEqual(Object.keys(targets), ["traces"])
    assert.strictEqual(targets.traces?.queue, 2048)
    assert.deepStrictEqual(sampling, { parent: false, ratio: 1 })
    for (const name of [
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
      "OTEL_EXPORTER_OTLP_TIMEOUT",
      "OTEL_EXPORTER_OTLP_COMPRESSION",
      "OTEL_EXPORTER_OTLP_HEADERS",
      "OTEL_BSP_MAX_QUEUE_SIZE",
      "OTEL_RESOURCE_ATTRIBUTES",
      "OTEL_TRACES_SAMPLER_ARG"
    ])
      assert.strictEqual(notices.filter((notice) => notice.startsWith(`\`${name}\` `)).length, 1, name)
    assert.strictEqual(notices.length, 8)
  })
})
