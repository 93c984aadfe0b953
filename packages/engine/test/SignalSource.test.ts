/** The caller's own source of requests to stop, and the absence of any other. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { ExecutionHandle, Flow, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import { getEventListeners } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Engine from "./support/Engine.ts"

const hands = () => HandStep.chain("a", "b")
const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>
const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length
const released = (signal: AbortSignal) =>
  Bounded.eventually(() => listeners(signal) === 0, "the listener on the caller's signal to be removed")

describe("R14: the caller's own source of signals", () => {
  it.effect("an AbortSignal interrupts what was started with it, and is let go of", () =>
    Effect.gen(function* () {
      const { a, steps } = hands()
      const engine = yield* Engine.make(flowOf(steps))
      const controller = new AbortController()
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" }, { interruptOn: controller.signal })
      const hand = yield* a.begun()
      assert.strictEqual(listeners(controller.signal), 1)
      controller.abort("enough")
      yield* engine.seen(handle.id, "interrupt-requested")
      yield* hand.succeed()
      const { outcome } = yield* engine.ended(handle.id)
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.deepStrictEqual(outcome.completed, ["a"])
      assert.strictEqual(outcome._tag === "Interrupted" && outcome.signal.reason, "enough")
      assert.strictEqual(outcome._tag === "Interrupted" && outcome.signal.via, "AbortSignal")
      yield* released(controller.signal)
    })
  )

  it.effect("one that is aborted already lets no step run", () =>
    Effect.gen(function* () {
      const { a, steps } = hands()
      const engine = yield* Engine.make(flowOf(steps))
      const outcome = yield* ExecutionHandle.run(engine, { flow: "flow" }, { interruptOn: AbortSignal.abort() })
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.deepStrictEqual(outcome.notStarted, ["a", "b"])
      assert.strictEqual(a.runs(), 0)
    })
  )

  it.effect("one that is never aborted is let go of when the execution has ended", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(flowOf([Step.make("a", { run: () => 1 })]))
      const controller = new AbortController()
      const outcome = yield* ExecutionHandle.run(engine, { flow: "flow" }, { interruptOn: controller.signal })
      assert.strictEqual(outcome._tag, "Completed")
      yield* released(controller.signal)
      controller.abort()
      const [found] = yield* engine.list()
      assert.deepStrictEqual((yield* engine.get(found!.id)).requests, [])
    })
  )

  it.effect("an Effect that succeeds interrupts, with the request that it gives", () =>
    Effect.gen(function* () {
      const { a, steps } = hands()
      const engine = yield* Engine.make(flowOf(steps))
      const fires = yield* Deferred.make<{ readonly source: "Parent"; readonly by: string }>()
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" }, { interruptOn: Deferred.await(fires) })
      const hand = yield* a.begun()
      yield* Deferred.succeed(fires, { source: "Parent" as const, by: "release-train" })
      yield* engine.seen(handle.id, "interrupt-requested")
      yield* hand.succeed()
      const { outcome } = yield* engine.ended(handle.id)
      assert.strictEqual(outcome._tag === "Interrupted" && outcome.signal.source, "Parent")
      assert.strictEqual(outcome._tag === "Interrupted" && outcome.signal.by, "release-train")
    })
  )

  it.effect("R27: one that fails, dies, is interrupted or never comes interrupts nothing", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(flowOf([Step.make("a", { run: () => Bounded.turns(5) })]))
      for (const interruptOn of [Effect.fail("gone"), Effect.die("broken"), Effect.interrupt, Effect.never]) {
        const outcome = yield* ExecutionHandle.run(engine, { flow: "flow" }, { interruptOn })
        assert.strictEqual(outcome._tag, "Completed")
        assert.isFalse("late" in outcome)
      }
    })
  )

  it.effect("R27: a source that is still waiting when the execution ends is interrupted itself", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(flowOf([Step.make("a", { run: () => 1 })]))
      let gone = false
      const interruptOn = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (gone = true)))
      yield* ExecutionHandle.run(engine, { flow: "flow" }, { interruptOn })
      yield* Bounded.eventually(() => gone, "the source to be interrupted")
    })
  )

  it.effect("R27: losing whoever waits for the outcome leaves the execution alone", () =>
    Effect.gen(function* () {
      const { a, b, steps } = hands()
      const engine = yield* Engine.make(flowOf(steps))
      const waiting = yield* Effect.forkChild(ExecutionHandle.run(engine, { flow: "flow" }))
      const hand = yield* a.begun()
      yield* Fiber.interrupt(waiting)
      yield* hand.succeed()
      yield* (yield* b.begun()).succeed()
      assert.strictEqual((yield* engine.ended(hand.context.execution)).outcome._tag, "Completed")
    })
  )
})

describe("R1: the engine knows no operating system", () => {
  const root = fileURLToPath(new URL("../src", import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"))
  const code = (file: string) =>
    readFileSync(join(root, file), "utf8")
      .replaceAll(/\/\*[\s\S]*?\*\//g, "")
      .replaceAll(/^\s*\/\/.*$/gm, "")

  it("no file of it imports Node or listens to the process", () => {
    assert.isAbove(files.length, 40)
    for (const file of files) {
      const text = code(file)
      assert.notMatch(text, /from "node:|import\("node:|require\(/, file)
      assert.notMatch(text, /\bprocess\.(on|once|addListener|kill|exit|emit)\b|globalThis\.process/, file)
    }
  })

  it("R11: no file of it imports another package than effect and graphology", () => {
    for (const file of files)
      for (const [, from] of code(file).matchAll(/from "([^"]+)"/g))
        assert.match(from!, /^(\.{1,2}\/|effect(\/|$)|graphology)/, file)
  })

  it.effect("R12: starting and interrupting installs no handler", () =>
    Effect.gen(function* () {
      const count = () => (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((s) => process.listenerCount(s))
      const before = count()
      const { a, steps } = hands()
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      assert.deepStrictEqual(count(), before)
      yield* engine.interrupt(id)
      yield* hand.succeed()
      yield* engine.ended(id)
      assert.deepStrictEqual(count(), before)
    })
  )
})
