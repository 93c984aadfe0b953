/**
 * The interrupt matrix: moment of the request × strategy × one request or two. Each row says the outcome, what completed
 * and what never started; it is played by hand, so that the moments are states.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Flow, InterruptStrategy, type Outcome } from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const { FinishCurrent, IgnoreInterruptions, PollNextN } = InterruptStrategy

const moments = [
  "before start",
  "between steps",
  "inside a step",
  "while two run in parallel",
  "during resume",
  "after finish"
] as const
type Moment = (typeof moments)[number]

const strategies = {
  "finish current": FinishCurrent,
  "next 0": PollNextN(0),
  "next 1": PollNextN(1),
  "next 100": PollNextN(100),
  ignore: IgnoreInterruptions
} as const
type Name = keyof typeof strategies

interface Expected {
  readonly tag: Outcome.Outcome["_tag"]
  readonly completed: ReadonlyArray<string>
  readonly interrupted?: ReadonlyArray<string>
  /** Nothing runs, so the first request ends it and the second one is late. */
  readonly atOnce?: boolean
}

// The steps: `a`, then `b` and `c` side by side, then `d`. A running step is at a stopping point when the request comes,
// and leaves if that says so; otherwise it runs to its end.
const all = ["a", "b", "c", "d"]
const completed: Expected = { tag: "Completed", completed: all }
const stopped = (...completed: ReadonlyArray<string>): Expected => ({ tag: "Interrupted", completed })
const atOnce = (...completed: ReadonlyArray<string>): Expected => ({ ...stopped(...completed), atOnce: true })
const halfWay = (completed: ReadonlyArray<string>, interrupted: ReadonlyArray<string>): Expected => ({
  tag: "Interrupted",
  completed,
  interrupted
})

const table: { readonly [M in Moment]: { readonly [S in Name]: Expected } } = {
  // Nothing has begun: of 1 more step that is `a`.
  "before start": {
    "finish current": atOnce(),
    "next 0": stopped(),
    "next 1": stopped("a"),
    "next 100": completed,
    ignore: completed
  },
  // `a` has just completed, and `b` and `c` are held by a pause before their start.
  "between steps": {
    "finish current": atOnce("a"),
    "next 0": atOnce("a"),
    "next 1": stopped("a", "b"),
    "next 100": completed,
    ignore: completed
  },
  "inside a step": {
    "finish current": halfWay([], ["a"]),
    "next 0": stopped("a"),
    "next 1": stopped("a", "b"),
    "next 100": completed,
    ignore: completed
  },
  "while two run in parallel": {
    "finish current": halfWay(["a"], ["b", "c"]),
    "next 0": stopped("a", "b", "c"),
    "next 1": completed,
    "next 100": completed,
    ignore: completed
  },
  // The first attempt was stopped in `a`; the second is inside `a` again.
  "during resume": {
    "finish current": halfWay([], ["a"]),
    "next 0": stopped("a"),
    "next 1": stopped("a", "b"),
    "next 100": completed,
    ignore: completed
  },
  "after finish": {
    "finish current": completed,
    "next 0": completed,
    "next 1": completed,
    "next 100": completed,
    ignore: completed
  }
}

const play = (moment: Moment, name: Name, signals: number) =>
  Effect.gen(function* () {
    const a = HandStep.make("a")
    const b = HandStep.make("b", { after: a.step })
    const c = HandStep.make("c", { after: a.step })
    const d = HandStep.make("d", { after: [b.step, c.step] })
    const hands = { a, b, c, d }
    const strategy = strategies[name]
    const flow = Flow.make("flow", { steps: [a.step, b.step, c.step, d.step], strategy })
    const engine = yield* Engine.make(flow)
    const id = yield* engine.begin()
    const ask = Effect.forEach(Array.from({ length: signals }), () => engine.interrupt(id), {
      concurrency: "unbounded"
    })

    // Takes each step that begins to a stopping point and to its end, unless that says to leave.
    const drive = (hand: HandStep.Hand) =>
      Effect.gen(function* () {
        const answer = yield* hand.check()
        yield* answer._tag === "Break" ? hand.stopHalfWay() : hand.succeed()
      })
    const follow = (names: ReadonlyArray<keyof typeof hands>) =>
      Effect.forEach(
        names,
        (step) => Effect.forkChild(Effect.flatMap(hands[step].begun(), drive), { startImmediately: true }),
        { discard: true }
      )

    switch (moment) {
      case "before start":
        yield* ask
        yield* follow(["a", "b", "c", "d"])
        break
      case "between steps": {
        const first = yield* a.begun()
        yield* engine.pause(id)
        yield* first.succeed()
        yield* engine.seen(id, "paused")
        yield* ask
        yield* follow(["b", "c", "d"])
        break
      }
      case "inside a step": {
        const first = yield* a.begun()
        yield* ask
        yield* follow(["b", "c", "d"])
        yield* drive(first)
        break
      }
      case "while two run in parallel": {
        yield* (yield* a.begun()).succeed()
        const second = yield* b.begun()
        const third = yield* c.begun()
        yield* ask
        yield* follow(["d"])
        yield* drive(second)
        yield* drive(third)
        break
      }
      case "during resume": {
        const first = yield* a.begun()
        yield* engine.terminate(id)
        yield* first.interrupted
        yield* engine.outcome(id)
        yield* engine.resume(id)
        const again = yield* a.begun()
        yield* ask
        yield* follow(["b", "c", "d"])
        yield* drive(again)
        break
      }
      case "after finish":
        yield* follow(["a", "b", "c", "d"])
        yield* engine.outcome(id)
        yield* ask
        break
    }
    return yield* engine.ended(id)
  })

describe("the interrupt matrix", () => {
  for (const moment of moments)
    for (const name of Object.keys(strategies) as Array<Name>)
      for (const signals of [1, 2]) {
        const expected = table[moment][name]
        it.effect(
          `R18, R19, P1: ${signals === 1 ? "one request" : "two requests"} ${moment}, ${name}: ${expected.tag} with [${expected.completed.join(" ")}]`,
          () =>
            Effect.gen(function* () {
              const ended = yield* play(moment, name, signals)
              const { outcome } = ended
              const interrupted = expected.interrupted ?? []
              assert.strictEqual(outcome._tag, expected.tag)
              assert.deepStrictEqual(outcome.completed, expected.completed)
              assert.deepStrictEqual(
                outcome.interrupted.map((s) => s.step),
                interrupted
              )
              assert.deepStrictEqual(
                outcome.notStarted,
                all.filter((s) => !expected.completed.includes(s) && !interrupted.includes(s))
              )
              assert.deepStrictEqual(outcome.failed, [])
              // One transition, and every further request on record as what it was.
              const kinds = ended.state.requests.filter((r) => r.kind !== "terminate").map((r) => r.kind)
              const late = moment === "after finish"
              const second = expected.atOnce === true ? "late" : "repeat"
              assert.deepStrictEqual(kinds, (late ? ["late", "late"] : ["first", second]).slice(0, signals))
              assert.strictEqual(ended.of("interrupt-requested").length, late ? 0 : 1)
            })
        )
      }
})
