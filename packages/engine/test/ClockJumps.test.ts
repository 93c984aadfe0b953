/** The wall clock is for people: it may jump by hours, and order and durations stay what they are. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { ExecutionStoreMemory, Recovery, Step } from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

const hour = 3_600_000

/** The clock that is there, with a wall clock that can be set. */
const settable = Effect.map(Clock.Clock, (real) => {
  let offset = 0
  const clock: Clock.Clock = Object.create(real, {
    currentTimeMillisUnsafe: { value: () => real.currentTimeMillisUnsafe() + offset },
    currentTimeMillis: { value: Effect.sync(() => real.currentTimeMillisUnsafe() + offset) },
    currentTimeNanos: { value: Effect.sync(() => real.currentTimeNanosUnsafe() + BigInt(offset) * 1_000_000n) },
    currentTimeNanosUnsafe: { value: () => real.currentTimeNanosUnsafe() + BigInt(offset) * 1_000_000n },
    sleep: { value: (duration: Parameters<Clock.Clock["sleep"]>[0]) => real.sleep(duration) }
  }) as Clock.Clock
  return { clock, set: (millis: number) => (offset = millis) }
})

describe("a wall clock that jumps back and forth by hours", () => {
  it.live("changes neither the order of events nor any duration", () =>
    Effect.gen(function* () {
      const { clock, set } = yield* settable
      let jumps = 0
      const jump = () => set((++jumps % 2 === 0 ? 5 : -7) * hour)
      const steps = [
        Step.make("a", { run: () => jump() }),
        Step.make("b", {
          after: "a",
          timeout: "1 minute",
          run: (_: unknown, step) =>
            Effect.sync(() => {
              step.report({ done: 1, total: 2 })
              jump()
            })
        }),
        Step.make("retried", {
          after: "b",
          retry: { tries: 3, delay: "5 millis" },
          run: (_: unknown, step) => {
            jump()
            if (step.try < 3) throw new Error("not yet")
          }
        }),
        Step.sleep("sleep", { after: "b", duration: "20 millis" }),
        Step.forEach("list", { after: "a", items: [1, 2, 3, 4], run: async () => jump() })
      ]
      yield* Effect.gen(function* () {
        const shared = ExecutionStoreMemory.make()
        const engine = yield* Engine.make(Engine.of(steps), { store: MortalStore.make(shared) })
        const { events, outcome } = yield* engine.run()
        assert.strictEqual(outcome._tag, "Completed")
        assert.isAbove(jumps, 5)
        const at = events.map((e) => e.at)
        assert.isTrue(
          at.some((t, i) => i > 0 && t < at[i - 1]! - hour),
          "the clock did jump back"
        )
        assert.deepStrictEqual(
          events.map((e) => e.sequence),
          events.map((_, i) => i + 1)
        )
        for (const event of events)
          for (const [name, value] of Object.entries(event))
            if (name === "tookMillis" || name === "stopMillis" || name === "delayMillis") {
              assert.isAtLeast(value as number, 0, `${name} of ${event.type}`)
              assert.isBelow(value as number, 60_000, `${name} of ${event.type}`)
            }
      }).pipe(Effect.provideService(Clock.Clock, clock))
    })
  )

  it.effect("leaves a sleep that is interrupted the time that it really had left", () =>
    Effect.gen(function* () {
      const { clock, set } = yield* settable
      yield* Effect.gen(function* () {
        for (const offset of [-5 * hour, 5 * hour]) {
          set(0)
          const engine = yield* Engine.make(Engine.of([Step.sleep("sleep", { duration: "10 seconds" })]))
          const id = yield* engine.begin()
          yield* engine.seen(id, "step-started")
          yield* Engine.Bounded.turns(3)
          yield* TestClock.adjust("4 seconds")
          set(offset)
          yield* engine.interrupt(id)
          const { outcome } = yield* engine.ended(id)
          assert.deepStrictEqual(outcome.interrupted, [{ step: "sleep", cursor: 6_000 }])
        }
      }).pipe(Effect.provideService(Clock.Clock, clock))
    })
  )

  it.effect("makes a step that is paused time out neither at once nor hours later", () =>
    Effect.gen(function* () {
      const { clock, set } = yield* settable
      yield* Effect.gen(function* () {
        for (const offset of [-5 * hour, 5 * hour]) {
          set(0)
          const hand = HandStep.make("a", { timeout: "10 seconds" })
          const engine = yield* Engine.make(Engine.of([hand.step]))
          const id = yield* engine.begin()
          const run = yield* hand.begun()
          yield* Engine.Bounded.turns(3)
          yield* TestClock.adjust("4 seconds")
          set(offset)
          yield* engine.pause(id)
          const held = yield* run.begin()
          yield* Engine.Bounded.turns(3)
          yield* engine.resume(id)
          assert.strictEqual((yield* held)._tag, "Continue")
          yield* Engine.Bounded.turns(3)
          yield* TestClock.adjust("5 seconds")
          assert.isUndefined(run.exit(), "it has a second left")
          yield* TestClock.adjust("1001 millis")
          const { outcome } = yield* engine.ended(id)
          assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "timed-out")
        }
      }).pipe(Effect.provideService(Clock.Clock, clock))
    })
  )

  it.effect(
    "keeps no engine from saying that it is alive, and none that recovers from telling no time below zero",
    () =>
      Effect.gen(function* () {
        const { clock, set } = yield* settable
        yield* Effect.gen(function* () {
          const shared = ExecutionStoreMemory.make()
          const store = MortalStore.make(shared)
          const hand = HandStep.make("a")
          const engine = yield* Engine.doomed(Engine.of([hand.step]), { store, owner: "one" })
          const id = yield* engine.begin()
          const run = yield* hand.begun()
          for (const offset of [-5 * hour, 5 * hour, 0]) {
            set(offset)
            yield* TestClock.adjust("10 seconds")
          }
          assert.strictEqual(store.writes.filter((name) => name === "heartbeat").length, 3)
          set(-5 * hour)
          run.context.report({ done: 1 })
          yield* Engine.Bounded.eventually(() => store.writes.filter((n) => n === "append").length > 2, "the progress")
          store.kill()
          yield* Recovery.recover(shared, { owner: "two", gone: "one" })
          const events = yield* shared.read(id, 0, 100)
          for (const event of events) if ("tookMillis" in event) assert.isAtLeast(event.tookMillis, 0)
          assert.strictEqual(events.at(-1)!.type, "execution-ended")
        }).pipe(Effect.provideService(Clock.Clock, clock))
      })
  )
})
