import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { ExecutionId, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

describe("logs", () => {
  it.live("keeps what steps write, of all or of one step, by stream, try and order", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", {
            retry: { tries: 2, delay: 0 },
            run: (_, step) => {
              step.log(`try ${step.try}`)
              step.log("to stderr", "stderr")
              return step.try === 1 ? Effect.fail("no") : Effect.succeed(1)
            }
          }),
          Step.make("b", { after: "a", run: (_, { log }) => log("out", "stdout") })
        ])
      )
      const { id } = yield* engine.run()
      const all = yield* engine.lines(id)
      assert.deepStrictEqual(
        all.map(({ sequence, step, stream, text, try: n }) => [sequence, step, n, stream, text]),
        [
          [1, "a", 1, "log", "try 1"],
          [2, "a", 1, "stderr", "to stderr"],
          [3, "a", 2, "log", "try 2"],
          [4, "a", 2, "stderr", "to stderr"],
          [5, "b", 1, "stdout", "out"]
        ]
      )
      assert.deepStrictEqual(
        (yield* engine.lines(id, { step: "b" })).map((l) => l.text),
        ["out"]
      )
      assert.deepStrictEqual(yield* engine.lines(id, { step: "nowhere" }), [])
      const later = yield* Stream.runCollect(engine.logs(id, { after: 3 }))
      assert.deepStrictEqual(
        Array.from(later, (l) => l.sequence),
        [4, 5]
      )
      const { events } = yield* engine.ended(id)
      assert.notInclude(JSON.stringify(events), "to stderr", "output is no event")
    })
  )

  it.live("follows live, over several readers, until the execution has ended", () =>
    Effect.gen(function* () {
      let release: () => void = () => {}
      const go = new Promise<void>((resolve) => (release = resolve))
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", {
            run: async (_, { log }) => {
              log("before")
              await go
              log("after")
            }
          })
        ])
      )
      const id = yield* engine.begin()
      const first = yield* Effect.forkChild(engine.lines(id))
      const head = yield* Engine.Bounded.within(Stream.runHead(engine.logs(id)), "the first line")
      assert.strictEqual(head._tag === "Some" && head.value.text, "before")
      const second = yield* Effect.forkChild(engine.lines(id, { step: "a" }))
      release()
      for (const reader of [first, second])
        assert.deepStrictEqual(
          (yield* Fiber.join(reader)).map((l) => l.text),
          ["before", "after"]
        )
    })
  )

  it.live("goes on counting in the next attempt", () =>
    Effect.gen(function* () {
      const step = Step.make("a", {
        run: (_, step) => {
          step.log(`attempt ${step.attempt}`)
          return step.attempt === 1 ? step.interrupted() : 1
        }
      })
      const engine = yield* Engine.make(Engine.of([step]))
      const { id } = yield* engine.run()
      yield* engine.resume(id)
      yield* engine.ended(id)
      assert.deepStrictEqual(
        (yield* engine.lines(id)).map((l) => [l.sequence, l.text]),
        [
          [1, "attempt 1"],
          [2, "attempt 2"]
        ]
      )
    })
  )

  it.live("makes a line of each line of a text, and cuts one that is too long, saying so", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", {
            run: (_, { log }) => {
              log("one\ntwo\r\nthree\n")
              log("")
              log("x".repeat(100_000))
            }
          })
        ])
      )
      const { id } = yield* engine.run()
      const lines = yield* engine.lines(id)
      assert.deepStrictEqual(lines.map((l) => l.text).slice(0, 4), ["one", "two", "three", ""])
      assert.deepStrictEqual(
        lines.slice(4).map((l) => [l.text.length, l.cut]),
        [[65_536, true]]
      )
    })
  )

  it.live("keeps the newest megabyte of a step and leaves the lines of the others alone", () =>
    Effect.gen(function* () {
      const chatty = Step.make("chatty", {
        after: "quiet",
        run: (_, { log }) => {
          for (let i = 0; i < 3_000; i++) log(`${i} ${"x".repeat(1_000)}`)
        }
      })
      const engine = yield* Engine.make(Engine.of([Step.make("quiet", { run: (_, { log }) => log("here") }), chatty]))
      const { id } = yield* engine.run()
      const lines = yield* engine.lines(id)
      const kept = lines.filter((l) => l.step === "chatty")
      assert.strictEqual(lines[0]!.text, "here")
      assert.isTrue(kept.length > 900 && kept.length < 1_100, `${kept.length} lines`)
      assert.match(kept.at(-1)!.text, /^2999 /)
      assert.strictEqual(kept.at(-1)!.sequence, 3_001, "dropped lines leave a gap")
    })
  )

  it.live("of an unknown id is a typed error", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(Engine.of([Step.make("a", { run: () => 1 })]))
      const error = yield* Effect.flip(Stream.runCollect(engine.logs(ExecutionId.make(0))))
      assert.strictEqual(error._tag, "ExecutionNotFound")
    })
  )
})
