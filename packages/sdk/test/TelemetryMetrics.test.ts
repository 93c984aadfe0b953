/** What a scrape says is what the record says: in the text that Prometheus reads, with labels that stay few. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Metric, Stream } from "effect"
import { TestClock } from "effect/testing"
import {
  EventBatch,
  ExecutionEvent,
  type ExecutionId,
  ExecutionsLocal,
  ExecutionStore,
  ExecutionStoreMemory,
  Flow,
  ObservedStore,
  Step
} from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as PrometheusText from "../../../test/support/PrometheusText.ts"
import { read } from "../../../test/support/RepositoryFiles.ts"
import { everyEvent } from "../../engine/test/support/Events.ts"
import { Telemetry } from "../src/node/index.ts"

const own = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, Metric.MetricRegistry, new Map())

const observed = (flows: ReadonlyArray<Flow.Flow<unknown, never>>, store = ExecutionStoreMemory.make()) =>
  Effect.gen(function* () {
    const telemetry = yield* Telemetry.make({ env: {} })
    const engine = yield* ExecutionsLocal.make({ flows, store: ObservedStore.make(store, telemetry.observe) })
    const read = () => PrometheusText.parse(telemetry.metrics())
    const of = (name: string, labels?: Record<string, string>) => PrometheusText.value(read(), name, labels)
    const ended = (id: ExecutionId.ExecutionId) => Bounded.within(engine.outcome(id), `the end of \`${id}\``)
    return { telemetry, engine, read, of, ended }
  })

const plain = (name: string, steps: ReadonlyArray<Step.Any>, options: object = {}) =>
  Flow.make(name, { steps, ...options }) as Flow.Flow<unknown, never>

describe("metrics", () => {
  it.effect("count executions and steps by flow, door, kind and end, and are back at nothing live", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hold")
      const flows = [
        plain("good", [Step.make("a", { run: () => 1 }), Step.make("b", { run: () => Effect.sleep("2 seconds") })]),
        plain("bad", [Step.make("a", { run: () => Effect.fail("no"), retry: { tries: 2 } })]),
        plain("held", [hand.step])
      ]
      const { engine, ended, of, read } = yield* observed(flows)
      assert.strictEqual(of("halte_executions_live"), 0, "before anything it is there, and nothing")
      const good = yield* engine.start({ flow: "good", source: "Http" })
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(TestClock.adjust("500 millis"), Effect.yieldNow)))
      yield* ended(good)
      yield* ended(yield* engine.start({ flow: "bad", source: "Cli" }))
      const held = yield* engine.start({ flow: "held" })
      const holding = yield* hand.begun()
      assert.strictEqual(of("halte_executions_live"), 1)
      yield* engine.interrupt(held, { source: "Page" })
      yield* engine.interrupt(held, { source: "Cli" })
      yield* holding.stopHalfWay()
      yield* ended(held)
      yield* engine.interrupt(held, { source: "Http" })

      const families = read()
      const is = (expected: number, name: string, labels?: Record<string, string>) =>
        assert.strictEqual(PrometheusText.value(families, name, labels), expected, `${name} ${JSON.stringify(labels)}`)
      is(1, "halte_executions_started_total", { flow: "good", source: "Http" })
      is(1, "halte_executions_started_total", { flow: "bad", source: "Cli" })
      is(1, "halte_executions_started_total", { flow: "held", source: "Sdk" })
      is(1, "halte_executions_ended_total", { flow: "good", status: "Completed" })
      is(1, "halte_executions_ended_total", { flow: "bad", status: "Failed" })
      is(1, "halte_executions_ended_total", { flow: "held", status: "Interrupted" })
      is(0, "halte_executions_live")
      is(2, "halte_steps_ended_total", { flow: "good", status: "Completed" })
      is(1, "halte_steps_ended_total", { flow: "bad", status: "Failed" })
      is(1, "halte_steps_retried_total", { flow: "bad" })
      is(1, "halte_steps_ended_total", { flow: "held", status: "Interrupted" })
      is(2, "halte_step_seconds_count", { flow: "good", kind: "function" })
      is(1, "halte_execution_seconds_count", { flow: "held", status: "Interrupted" })
      is(1, "halte_interrupts_requested_total", { source: "Page" })
      is(1, "halte_interrupts_repeated_total", { source: "Cli" })
      is(1, "halte_interrupts_repeated_total", { source: "Http" })
      // The one that failed stopped by itself: its other steps, of which there were none, were asked to.
      assert.isAtLeast(PrometheusText.value(families, "halte_stop_seconds_count") ?? 0, 1)
      assert.isAbove(PrometheusText.value(families, "process_resident_memory_bytes") ?? 0, 1_000_000)
      is(1, "halte_build_info")
    }).pipe(own)
  )

  it.effect("say whether a stop kept its promise", () =>
    Effect.gen(function* () {
      const { of, telemetry } = yield* observed([])
      const at = { v: 1 as const, at: 1, attempt: 1 }
      const stopped = (execution: string, boundMillis: number | undefined, stopMillis: number) => {
        const [started, ended] = everyEvent.filter(
          (event) => event.type === "execution-started" || event.type === "execution-ended"
        )
        const asked: ExecutionEvent.ExecutionEvent = {
          ...at,
          execution,
          sequence: 2,
          type: "interrupt-requested",
          signal: { source: "Cli", requestedAt: 1 },
          strategy: { _tag: "FinishCurrent" },
          bound:
            boundMillis === undefined
              ? { _tag: "None", steps: [] }
              : { _tag: "Within", millis: boundMillis, steps: [] },
          running: []
        }
        telemetry.observe.appended(claimOf(execution), [
          { ...started!, execution, sequence: 1 },
          asked,
          {
            ...(ended as ExecutionEvent.Of<"execution-ended">),
            status: "Interrupted",
            execution,
            sequence: 3,
            stopMillis
          }
        ])
      }
      stopped("A", 5_500, 1_800)
      stopped("B", 5_500, 5_501)
      stopped("C", 0, 99)
      stopped("D", 0, 101)
      stopped("E", undefined, 90_000)
      assert.strictEqual(of("halte_stop_promise_kept_total", { kept: "true" }), 2)
      assert.strictEqual(of("halte_stop_promise_kept_total", { kept: "false" }), 2)
      assert.strictEqual(of("halte_stop_seconds_count"), 5)
      assert.strictEqual(of("halte_stop_seconds_bucket", { le: "2.5" }), 3)
      assert.strictEqual(of("halte_stop_seconds_bucket", { le: "60" }), 4)
    }).pipe(own)
  )

  it.effect("have few labels, whatever flows are called and however many there are", () =>
    Effect.gen(function* () {
      const { read, telemetry } = yield* observed([])
      const started = everyEvent.find((event) => event.type === "execution-started")
      const odd = ['quotes " and \\ back\nnew', "é🚦", "", " ", "{a=1}"]
      const names = [...odd, ...Array.from({ length: 500 }, (_, i) => `flow-${i}`)]
      names.forEach((flow, i) =>
        telemetry.observe.appended(claimOf(`X${i}`), [
          { ...(started as ExecutionEvent.Of<"execution-started">), flow, execution: `X${i}` }
        ])
      )
      const family = read().get("halte_executions_started_total")!
      const flows = new Set(family.samples.map(({ labels }) => labels["flow"]))
      assert.isAtMost(flows.size, 101)
      for (const name of odd) assert.isTrue(flows.has(name), `\`${name}\` reads back`)
      assert.strictEqual(
        family.samples.find(({ labels }) => labels["flow"] === "other")?.value,
        names.length - 100,
        "the rest is counted together"
      )
    }).pipe(own)
  )

  it.effect("take every event there is, and one of an execution that they don't know", () =>
    Effect.gen(function* () {
      const { of, read, telemetry } = yield* observed([])
      for (const event of everyEvent) telemetry.observe.appended(claimOf("unknown"), [event])
      telemetry.observe.appended(claimOf("known"), everyEvent)
      telemetry.observe.appended(claimOf("known"), everyEvent)
      telemetry.observe.lost?.(claimOf("known"))
      telemetry.observe.lost?.(claimOf("unknown"))
      telemetry.observe.lost?.(claimOf("never heard of"))
      read()
      for (const gauge of ["halte_executions_live", "halte_executions_queued", "halte_processes_live"])
        assert.strictEqual(of(gauge), 0, gauge)
    }).pipe(own)
  )

  it.effect("forget an execution whose claim is lost", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hold")
      const store = ExecutionStoreMemory.make()
      let fenced = false
      const losing: ExecutionStore.ExecutionStoreShape = {
        ...store,
        append: (claim, events, options) =>
          fenced
            ? Effect.fail(new ExecutionStore.Fenced({ execution: claim.execution, epoch: 1, current: 2 }))
            : store.append(claim, events, options)
      }
      const { ended, engine, of } = yield* observed([plain("held", [hand.step])], losing)
      const id = yield* engine.start({ flow: "held" })
      yield* hand.begun()
      assert.strictEqual(of("halte_executions_live"), 1)
      fenced = true
      yield* Effect.ignore(engine.pause(id))
      yield* ended(id)
      assert.strictEqual(of("halte_executions_live"), 0)
    }).pipe(own)
  )
})

describe("docs/reference/metrics.md", () => {
  it.live("names every metric with its type and its labels, and no other", () =>
    Effect.gen(function* () {
      // Somebody listens, so that what is sent is counted, too.
      const telemetry = yield* Telemetry.make({
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_METRICS_EXPORTER: "none" },
        report: () => {}
      })
      telemetry.observe.appended(claimOf("known"), everyEvent)
      const left = everyEvent.find((event) => event.type === "process-exited")
      telemetry.observe.appended(claimOf("left"), [
        ...everyEvent.filter(({ type }) => type === "execution-started"),
        { ...(left as ExecutionEvent.Of<"process-exited">), left: [1] },
        { ...(everyEvent[0] as ExecutionEvent.Of<"execution-started">), attempt: 2, sequence: 3 }
      ])
      const families = new Map(PrometheusText.parse(telemetry.metrics()))
      const documented = new Map(
        [...read("docs/reference/metrics.md").matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
          ([, name = "", type = "", labels = ""]) => [
            name,
            { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) }
          ]
        )
      )
      // Those of requests are of another package: its tests look at them.
      for (const name of documented.keys()) if (name.startsWith("halte_http_")) documented.delete(name)
      assert.deepStrictEqual([...families.keys()].sort(), [...documented.keys()].sort())
      for (const [name, { samples, type }] of families) {
        assert.strictEqual(type, documented.get(name)!.type, name)
        const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
        labels.delete("le")
        assert.deepStrictEqual([...labels].sort(), [...documented.get(name)!.labels].sort(), name)
      }
    }).pipe(own)
  )
})

describe("an observer", () => {
  it.effect("that throws is reported once, and no execution notices", () =>
    Effect.gen(function* () {
      const reported: Array<unknown> = []
      const fail = () => {
        throw new Error("observer")
      }
      const store = ObservedStore.make(
        ExecutionStoreMemory.make(),
        { claimed: fail, appended: fail, lost: fail },
        (error) => reported.push(error)
      )
      const engine = yield* ExecutionsLocal.make({ flows: [plain("f", [Step.make("a", { run: () => 1 })])], store })
      const id = yield* engine.start({ flow: "f" })
      assert.strictEqual((yield* Bounded.within(engine.outcome(id), "the end"))._tag, "Completed")
      assert.strictEqual(reported.length, 1)
    })
  )

  it.effect("is told every event once, in order, after it was stored, whole or without objects", () =>
    Effect.gen(function* () {
      const seen: Array<ExecutionEvent.ExecutionEvent> = []
      const shown: Array<string> = []
      const memory = ExecutionStoreMemory.make()
      let stored = 0
      const store = ObservedStore.make(
        {
          ...memory,
          append: (claim, events, options) =>
            Effect.tap(memory.append(claim, events, options), () =>
              Effect.sync(() => {
                stored += events.length
              })
            )
        },
        {
          appended: (_claim, events) => {
            seen.push(...events)
            assert.isAtMost(seen.length, stored)
            EventBatch.visit(events, {
              stepStarted: (step, at) => shown.push(`step-started ${step} ${at}`),
              stepCompleted: (step, at, took) => shown.push(`step-completed ${step} ${at} ${took}`),
              event: (event) => shown.push(textOf(event))
            })
          }
        }
      )
      const many = Array.from({ length: 2_000 }, (_, i) => Step.make(`s${i}`, { run: () => i }))
      const done = yield* Deferred.make<void>()
      const last = Step.make("wait", { after: many, run: () => Deferred.await(done) })
      const engine = yield* ExecutionsLocal.make({ flows: [plain("f", [...many, last])], store })
      const id = yield* engine.start({ flow: "f" })
      const reading = yield* Effect.forkScoped(Stream.runCollect(engine.events(id)))
      yield* Deferred.succeed(done, undefined)
      const events = Array.from(yield* Bounded.within(Fiber.join(reading), "the events"))
      assert.deepStrictEqual(seen, events)
      assert.deepStrictEqual(shown, events.map(textOf))
    })
  )
})

const textOf = (event: ExecutionEvent.ExecutionEvent): string =>
  event.type === "step-started"
    ? `step-started ${event.step} ${event.at}`
    : event.type === "step-completed"
      ? `step-completed ${event.step} ${event.at} ${event.tookMillis}`
      : event.type

const claimOf = (execution: string): ExecutionStore.Claim => ({
  execution: execution as ExecutionId.ExecutionId,
  owner: "test",
  epoch: 1,
  sequence: 0,
  lineSequence: 0
})
