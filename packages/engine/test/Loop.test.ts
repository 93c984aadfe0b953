/** R22, R23: loops that can stop, and how far they still go. Chains that neither overflow nor keep the event loop. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Flow, Step, StepContext, StoppingPoint } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const total = 1_000_000
const n = 1_000
const numbers = Array.from({ length: total }, (_, i) => i)
const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>

/** What a loop looks at: each look at `demand` by a stopping point is counted. */
const counting = (step: StepContext.StepContextShape): { readonly checks: () => number } => {
  let checks = 0
  const control = step.control
  Object.defineProperty(step, "control", {
    get: () => ({
      ...control,
      subscribe: control.subscribe,
      get demand() {
        checks++
        return control.demand
      },
      get signal() {
        return control.signal
      }
    })
  })
  return { checks: () => checks }
}

/** The same loop in each of its forms: calls `visit` per iteration and answers the index at which it left. */
type Visit = (i: number) => void
const loops: Readonly<Record<string, (visit: Visit, step: StepContext.StepContextShape) => unknown>> = {
  "StoppingPoint.forEach": (visit) =>
    Effect.map(
      StoppingPoint.forEach(numbers, { every: n }, (i) => visit(i)),
      (answer) => (StoppingPoint.isBreak(answer) ? answer.cursor : undefined)
    ),
  "a for loop of one's own in an Effect": (visit) =>
    Effect.gen(function* () {
      const stopping = StoppingPoint.every(n)
      for (let i = 0; i < total; i++) {
        if (StoppingPoint.isBreak(yield* stopping)) return i
        visit(i)
      }
      return undefined
    }),
  "an async function with ctx.stop.every": async (visit, step) => {
    for (let i = 0; i < total; i++) {
      const told = step.stop.every(n, i)
      if (told === true || (told !== false && (await told))) return i
      visit(i)
    }
    return undefined
  }
}

describe("a loop of 1,000,000 iterations with a stopping point every 1,000", () => {
  for (const [name, loop] of Object.entries(loops)) {
    it.live(`R22: makes exactly 1,000 checks, from iteration 0 on: ${name}`, () =>
      Effect.gen(function* () {
        let visits = 0
        let checks = 0
        let first = -1
        const step = Step.make("loop", {
          run: (_: unknown, context) => {
            const counted = counting(context)
            const result = loop((i) => {
              if (i === 0) first = counted.checks()
              visits++
            }, context)
            const done = () => void (checks = counted.checks())
            return Effect.isEffect(result)
              ? Effect.tap(result as Effect.Effect<unknown>, () => Effect.sync(done))
              : (result as Promise<unknown>).then(done)
          }
        })
        const engine = yield* Engine.make(flowOf([step]))
        const { outcome } = yield* engine.run()
        assert.strictEqual(outcome._tag, "Completed")
        assert.strictEqual(visits, total)
        assert.strictEqual(first, 1, "the first check is before the first iteration")
        assert.strictEqual(checks, total / n)
      })
    )

    it.live(`R22, P1: runs at most 999 more iterations once the signal is in the latch: ${name}`, () =>
      Effect.gen(function* () {
        for (const at of [0, 1, 999, 1_000, 123_456]) {
          let more = 0
          let asked = false
          const engine: Engine.Engine = yield* Engine.make(
            flowOf([
              Step.make("loop", {
                run: (_: unknown, context) =>
                  loop((i) => {
                    if (asked) more++
                    if (i !== at) return
                    asked = true
                    Effect.runFork(engine.interrupt(context.execution))
                  }, context)
              })
            ])
          )
          const { outcome } = yield* engine.run()
          assert.strictEqual(outcome._tag, "Interrupted")
          assert.isBelow(more, n)
          assert.strictEqual(outcome.interrupted[0]?.step, "loop")
          assert.strictEqual(more, n - 1 - (at % n), "it goes to the next multiple of 1,000")
        }
      })
    )

    it.live(`R22: hears a request from outside within a few slices, while it keeps the thread: ${name}`, () =>
      Effect.gen(function* () {
        let spun = 0
        let askedAt = 0
        const took: Array<number> = []
        // Some 300 ns of work per iteration: the whole loop would take far longer than a slice.
        const work: Visit = () => {
          for (let k = 0; k < 100; k++) spun = (spun * 31 + k) | 0
        }
        const engine = yield* Engine.make(
          flowOf([
            Step.make("loop", {
              run: (_: unknown, context) => {
                const result = loop(work, context)
                const done = () => void took.push(performance.now() - askedAt)
                return Effect.isEffect(result)
                  ? Effect.tap(result as Effect.Effect<unknown>, () => Effect.sync(done))
                  : (result as Promise<unknown>).finally(done)
              }
            })
          ])
        )
        const id = yield* engine.begin()
        // A timer, like a socket or a signal, comes in only if the loop lets the event loop turn.
        yield* Effect.callback<void>((resume) => {
          setTimeout(() => {
            askedAt = performance.now()
            resume(Effect.asVoid(Effect.orDie(engine.interrupt(id))))
          }, 20)
        })
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted", `it was heard before the end (${spun})`)
        assert.isBelow(took[0]!, 2_000, "a ceiling only; the bench measures it")
      })
    )
  }

  it.live("R22, P1: a step that works through a list begins no item after the batch in which it was asked", () =>
    Effect.gen(function* () {
      for (const concurrency of [1, 4])
        for (const at of [0, 5, 15, 16, 40]) {
          const begun: Array<number> = []
          const ended: Array<number> = []
          const engine: Engine.Engine = yield* Engine.make(
            flowOf([
              Step.forEach("list", {
                items: numbers.slice(0, 64),
                every: 16,
                concurrency,
                run: (item, context) =>
                  Effect.gen(function* () {
                    begun.push(item)
                    if (item === at) yield* engine.interrupt(context.execution)
                    yield* Bounded.turns()
                    ended.push(item)
                  })
              })
            ])
          )
          const id = yield* engine.begin()
          const first = yield* engine.ended(id)
          const end = 16 * (Math.floor(at / 16) + 1)
          assert.deepStrictEqual(begun, numbers.slice(0, end), "at most 15 more were begun")
          assert.deepStrictEqual(
            [...ended].sort((x, y) => x - y),
            begun,
            "and every one that was begun was finished"
          )
          assert.deepStrictEqual(first.outcome.interrupted, [{ step: "list", cursor: end, done: end, total: 64 }])
          yield* engine.resume(id)
          const second = yield* engine.ended(id)
          assert.deepStrictEqual(second.outcome.values, { list: { count: 64, failed: 0 } })
          assert.deepStrictEqual(begun, numbers.slice(0, 64), "no item twice")
        }
    })
  )

  it.live("R22, R25, P7: stopped and resumed again and again, visits every item once", () =>
    Effect.gen(function* () {
      const seen = new Uint8Array(total)
      let visits = 0
      let next = 100_000
      const engine: Engine.Engine = yield* Engine.make(
        flowOf([
          Step.make("loop", {
            run: (_: unknown, context) =>
              StoppingPoint.forEach(numbers, { every: n }, (i) => {
                seen[i]!++
                if (++visits !== next) return
                next += 250_500
                Effect.runFork(engine.interrupt(context.execution))
              })
          })
        ])
      )
      const id = yield* engine.begin()
      let attempts = 0
      for (;;) {
        attempts++
        const { outcome } = yield* engine.ended(id)
        if (outcome._tag === "Completed") break
        assert.strictEqual((outcome.interrupted[0]?.cursor as number) % n, 0)
        assert.strictEqual(outcome.interrupted[0]?.cursor, visits)
        yield* engine.resume(id)
      }
      assert.strictEqual(attempts, 5)
      assert.strictEqual(visits, total)
      assert.isTrue(seen.every((times) => times === 1))
    })
  )

  it.live("R23: a check is cheap: a loop with it costs at most half as much again as one without", () =>
    Effect.gen(function* () {
      let sum = 0
      const work: Visit = (i) => {
        for (let k = 0; k < 10; k++) sum = (sum * 31 + i + k) | 0
      }
      const time = (effect: Effect.Effect<unknown, never, never>) =>
        Effect.gen(function* () {
          const begin = performance.now()
          yield* effect
          return performance.now() - begin
        })
      const ratios: Array<number> = []
      const step = Step.make("loop", {
        run: (_: unknown, context) =>
          Effect.gen(function* () {
            for (let round = 0; round < 3; round++) {
              const bare = yield* time(Effect.sync(() => numbers.forEach(work)))
              const checked = yield* time(
                Effect.provideService(
                  StoppingPoint.forEach(numbers, { every: n }, work),
                  StepContext.StepContext,
                  context
                )
              )
              ratios.push(checked / bare)
            }
          })
      })
      const engine = yield* Engine.make(flowOf([step]))
      const { outcome } = yield* engine.run()
      assert.strictEqual(outcome._tag, "Completed")
      // A ceiling only: what it costs is measured by `npm run bench`.
      assert.isBelow(Math.min(...ratios), 1.5, `${sum}`)
    })
  )
})

describe("a synchronous chain of 100,000 steps", () => {
  it.live(
    "P1: neither overflows the stack nor keeps the event loop, and stops between any two of its steps",
    () =>
      Effect.gen(function* () {
        const length = 100_000
        let ran = 0
        const steps: Array<Step.Any> = []
        for (let i = 0; i < length; i++)
          steps.push(Step.make(`s${i}`, { after: i === 0 ? [] : [steps[i - 1]!], run: () => void ran++ }))
        const engine = yield* Engine.make(flowOf(steps))

        // A timer that comes again and again: the longest time between two of its turns is how long the loop was kept.
        let longest = 0
        let turns = 0
        let last = performance.now()
        const timer = setInterval(() => {
          const now = performance.now()
          longest = Math.max(longest, now - last)
          last = now
          turns++
        }, 1)
        yield* Effect.addFinalizer(() => Effect.sync(() => clearInterval(timer)))
        const id = yield* engine.begin()
        const whole = yield* Bounded.within(engine.outcome(id), "the chain", 20_000)
        assert.strictEqual(whole._tag, "Completed")
        assert.strictEqual(ran, length)
        assert.isAbove(turns, 3, "the timer got in while it ran")

        ran = 0
        const second = yield* engine.begin()
        yield* Bounded.eventually(() => ran > 1_000, "the second one to be under way")
        const asked = ran
        yield* engine.interrupt(second)
        const stopped = yield* Bounded.within(engine.outcome(second), "the stop", 20_000)
        assert.strictEqual(stopped._tag, "Interrupted")
        assert.strictEqual(ran, asked, "no step after the request")
        assert.strictEqual(stopped.completed.length, asked)
        assert.strictEqual(stopped.notStarted.length, length - asked)
      }),
    30_000
  )
})
