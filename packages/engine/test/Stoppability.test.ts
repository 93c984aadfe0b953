/** P2, P6: how well a flow stops is told from its definition, and no request is ever promised more than that. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import {
  Flow,
  type FlowDescription,
  InterruptStrategy,
  Step,
  type StepContext,
  StepGraph,
  StoppingPoint,
  Stoppability,
  StopPromise,
  WorstStop
} from "@halte/engine"
import { Bounded, RandomGraph } from "@halte/engine/testing"
import * as HeaviestAntichain from "../src/model/HeaviestAntichain.ts"
import * as Engine from "./support/Engine.ts"

const describeFlow = (
  steps: ReadonlyArray<Step.Any>,
  options?: Omit<Parameters<typeof Flow.make>[1], "steps">
): FlowDescription.FlowDescription =>
  Result.getOrThrow(StepGraph.make(Flow.make("flow", { steps, ...options }))).description

const of = (steps: ReadonlyArray<Step.Any>, options?: Omit<Parameters<typeof Flow.make>[1], "steps">) =>
  Stoppability.of(describeFlow(steps, options))

const cleanUp = (seconds: number) => ({ run: () => undefined, deadline: `${seconds} seconds` }) as const
const nap = (name: string, more: object = {}) => Step.sleep(name, { duration: "1 hour", ...more })
const run = () => Effect.never

describe("Stoppability", () => {
  it("P2: says of each kind of step where it stops, within what time, and what that time is made of", () => {
    const { steps } = of([
      Step.process("p", { command: "a", grace: "2 seconds", cleanUp: cleanUp(3) }),
      Step.process("finishes", { command: "a", onInterrupt: "finish", timeout: "1 minute" }),
      Step.process("endless", { command: "a", onInterrupt: "finish" }),
      Step.forEach("loop", { items: [1], every: 16, stopsWithin: "1 second", run: () => 1 }),
      Step.make("f", { run, stopsWithin: "2 seconds" }),
      Step.make("timed", { run, timeout: "1 minute" }),
      Step.make("silent", { run }),
      Step.module("worker", { url: "file:///x.ts", stopsWithin: "1 second" }),
      Step.http("http", { request: { url: "http://h/" } }),
      nap("nap"),
      Step.gate("ask", { message: "?", cleanUp: cleanUp(1) })
    ])
    assert.deepStrictEqual(
      steps.map((s) => [s.step, s.place, s.withinMillis, Stoppability.partsText(s.parts)]),
      [
        ["p", "signal", 5_500, "2 s of grace, 0.5 s to kill, 3 s of clean-up"],
        ["finishes", "timeout", 65_500, "1m until its timeout, 5 s of grace, 0.5 s to kill"],
        ["endless", "end", undefined, ""],
        ["loop", "batch", 1_000, "1 s for a batch"],
        ["f", "stopping-points", 2_000, "2 s to a stopping point"],
        ["timed", "timeout", 60_000, "1m until its timeout"],
        ["silent", "end", undefined, ""],
        ["worker", "stopping-points", 1_000, "1 s to a stopping point"],
        ["http", "request", 500, "0.5 s to abort its request"],
        ["nap", "at-once", 0, ""],
        ["ask", "at-once", 1_000, "1 s of clean-up"]
      ]
    )
    for (const step of steps)
      if (step.withinMillis !== undefined)
        assert.strictEqual(
          step.parts.reduce((sum, part) => sum + part.millis, 0),
          step.withinMillis,
          step.step
        )
    assert.strictEqual(steps[3]!.every, 16)
  })

  it("P2: a process that may take for ever to leave has no bound, not even by its timeout", () => {
    const { bound } = of([Step.process("p", { command: "a", grace: Infinity, timeout: "1 minute" })])
    assert.deepStrictEqual(bound, { _tag: "None", steps: ["p"] })
  })

  it("P2: a sub-flow stops as its flow does; one without a bound has none by a timeout either, which only asks it to stop", () => {
    const bounded = Flow.make("bounded", { steps: [Step.group("g", { steps: [nap("a")], cleanUp: cleanUp(3) })] })
    const silent = Flow.make("silent", { steps: [Step.make("f", { run })] })
    const { steps } = of([
      Step.flow("a", { flow: bounded, cleanUp: cleanUp(1) }),
      Step.flow("b", { flow: silent, timeout: "1 minute" })
    ])
    assert.deepStrictEqual(
      steps.map((s) => [s.place, s.withinMillis, Stoppability.partsText(s.parts)]),
      [
        ["child", 4_000, "3 s for the flow that it runs, 1 s of clean-up"],
        ["end", undefined, ""]
      ]
    )
  })

  describe("the bound of a flow", () => {
    const bound = (...given: Parameters<typeof of>) => {
      const { bound, parts } = of(...given)
      return [bound._tag === "Within" ? bound.millis : bound.steps, parts]
    }

    it("P2: of steps side by side is the longest, with its own clean-up", () => {
      assert.deepStrictEqual(
        bound([
          Step.process("long", { command: "a" }),
          Step.process("cleaned", { command: "a", grace: "1 second", cleanUp: cleanUp(4) }),
          nap("nap")
        ]),
        [5_500, [{ _tag: "Steps", steps: ["long", "cleaned"], millis: 5_500 }]]
      )
      assert.deepStrictEqual(bound([nap("nap")]), [0, []])
    })

    it("P2: adds the clean-up of groups that can be half done together, nested ones too", () => {
      const inner = Step.group("inner", { steps: [nap("a")], cleanUp: cleanUp(2) })
      const outer = Step.group("outer", { steps: [inner], cleanUp: cleanUp(3) })
      const beside = Step.group("beside", { steps: [nap("b")], cleanUp: cleanUp(4) })
      assert.deepStrictEqual(bound([outer, beside, Step.process("p", { command: "a" })]), [
        14_500,
        [
          { _tag: "Steps", steps: ["p"], millis: 5_500 },
          { _tag: "CleanUp", step: "outer", millis: 3_000 },
          { _tag: "CleanUp", step: "beside", millis: 4_000 },
          { _tag: "CleanUp", step: "outer/inner", millis: 2_000 }
        ]
      ])
    })

    it("P2: counts of groups that come one after the other the dearest alone", () => {
      const group = (name: string, seconds: number, after?: Step.Any) =>
        Step.group(name, { steps: [nap("a")], cleanUp: cleanUp(seconds), after })
      const build = group("build", 2)
      const test = group("test", 10, build)
      const ship = group("ship", 5, test)
      assert.deepStrictEqual(bound([build, test, ship]), [10_000, [{ _tag: "CleanUp", step: "test", millis: 10_000 }]])
    })

    it("P2: puts together only steps and groups that can be under way together", () => {
      const group = Step.group("g", { steps: [nap("a")], cleanUp: cleanUp(10) })
      // The slow step comes after the group: it is over, and tidied up, before that begins.
      const slow = Step.process("slow", { command: "a", after: group, grace: "20 seconds" })
      assert.deepStrictEqual(bound([group, slow]), [20_500, [{ _tag: "Steps", steps: ["slow"], millis: 20_500 }]])
      const beside = Step.process("slow", { command: "a", grace: "20 seconds" })
      assert.strictEqual(bound([group, beside])[0], 30_500)
    })

    it("P2: of a map is that of its slowest item, and its own clean-up once; with a clean-up of a group per item there is none", () => {
      const items = [1, 2, 3]
      const resize = Step.map("resize", {
        items,
        step: () => Step.group("one", { steps: [Step.process("p", { command: "a" }), nap("a")] }),
        cleanUp: cleanUp(2)
      })
      const after = Step.process("after", { command: "a", after: resize, grace: "6 seconds" })
      assert.deepStrictEqual(bound([resize, after]), [
        7_500,
        [
          { _tag: "Steps", steps: ["resize"], millis: 5_500 },
          { _tag: "CleanUp", step: "resize", millis: 2_000 }
        ]
      ])
      const {
        bound: none,
        findings,
        steps
      } = of([Step.map("resize", { items, step: () => Step.group("one", { steps: [nap("a")], cleanUp: cleanUp(2) }) })])
      assert.deepStrictEqual(none, { _tag: "None", steps: ["resize"] })
      assert.deepStrictEqual(
        findings.map((f) => `${f.step} ${f.code}`),
        ["resize no-stop-bound"]
      )
      assert.deepStrictEqual(
        steps.map((s) => s.step),
        ["resize/*/a"]
      )
    })

    it("P2: is none with a step that promises none, and for a flow that lets steps go on", () => {
      assert.deepStrictEqual(bound([Step.make("f", { run }), nap("nap")])[0], ["f"])
      assert.deepStrictEqual(bound([nap("nap")], { strategy: InterruptStrategy.PollNextN(1) })[0], ["nap"])
      const { steps } = of([nap("nap"), Step.process("p", { command: "a", timeout: "1 minute" })], {
        strategy: InterruptStrategy.PollNextN(1)
      })
      assert.deepStrictEqual(
        steps.map((s) => [s.place, s.withinMillis]),
        [
          ["end", undefined],
          ["end", undefined]
        ]
      )
      assert.deepStrictEqual(bound([nap("nap")], { strategy: InterruptStrategy.IgnoreInterruptions })[0], ["nap"])
    })

    it("is found for 10,000 steps, 1,000 groups with a clean-up, within 2 s", () => {
      const groups = Array.from({ length: 1_000 }, (_, i) =>
        Step.group(`g${i}`, {
          steps: Array.from({ length: 10 }, (_, k) => nap(`s${k}`)),
          cleanUp: cleanUp(1 + (i % 7)),
          ...(i < 4 ? undefined : { after: `g${i - 4}` })
        })
      )
      const description = describeFlow(groups)
      const begin = performance.now()
      const { bound } = WorstStop.make(description)
      assert.isBelow(performance.now() - begin, 2_000)
      // Four chains of groups side by side: at most one of each is half done at a time.
      assert.strictEqual(bound._tag === "Within" && bound.millis, 28_000)
    })
  })

  describe("the stretches without a stopping point", () => {
    it("P6: are steps that go on to their end, the longest first", () => {
      const { stretches } = of([
        Step.make("timed", { run, timeout: "1 minute" }),
        nap("nap"),
        Step.make("silent", { run }),
        Step.process("finishes", { command: "a", onInterrupt: "finish", timeout: "2 minutes" })
      ])
      assert.deepStrictEqual(stretches, [
        { steps: ["silent"] },
        { steps: ["finishes"], millis: 120_000 },
        { steps: ["timed"], millis: 60_000 }
      ])
    })

    it("P6: are chains where further steps may start: n + 1 of them, or all that come one after the other", () => {
      const a = Step.make("a", { run, timeout: "1 second" })
      const b = Step.group("b", { after: a, steps: [Step.make("c", { run, timeout: "2 seconds" })] })
      const d = Step.make("d", { after: b, run, timeout: "3 seconds" })
      const steps = [a, b, d, nap("nap")]
      assert.deepStrictEqual(of(steps, { strategy: InterruptStrategy.PollNextN(1) }).stretches, [
        { steps: ["b/c", "d"], millis: 5_000 }
      ])
      assert.deepStrictEqual(of(steps, { strategy: InterruptStrategy.PollNextN(9) }).stretches, [
        { steps: ["a", "b/c", "d"], millis: 6_000 }
      ])
      assert.deepStrictEqual(of(steps, { strategy: InterruptStrategy.IgnoreInterruptions }).stretches, [
        { steps: ["a", "b/c", "d"], millis: 6_000 }
      ])
    })
  })

  describe("the findings", () => {
    const found = (...given: Parameters<typeof of>) => of(...given).findings
    const codes = (...given: Parameters<typeof of>) =>
      found(...given).map((f) => `${f.step ?? "flow"} ${f.key} ${f.code}`)

    it("P6: name what makes a stop, or what follows it, doubtful", () => {
      assert.deepStrictEqual(
        codes([
          Step.http("post", { request: { method: "POST", url: "http://h/" } }),
          Step.http("safe", { request: { method: "POST", url: "http://h/" }, idempotent: true }),
          Step.http("get", { request: { url: "http://h/" } }),
          Step.process("killed", { command: "a", grace: 0 }),
          Step.process("finishes", { command: "a", onInterrupt: "finish" }),
          Step.make("silent", { run }),
          Step.process("once", { command: "a", idempotent: false }),
          Step.process("tidied", { command: "a", idempotent: false, cleanUp: cleanUp(1) })
        ]),
        [
          "post kind may-run-twice",
          "killed grace no-grace",
          "finishes on-interrupt no-stop-bound",
          "silent kind no-stop-bound",
          "once idempotent no-clean-up"
        ]
      )
    })

    it("P2: hold a flow to the time that it promises, and name the step, its time and what to do", () => {
      const steps = [
        Step.process("test", { command: "a", grace: "20 seconds" }),
        Step.process("quick", { command: "a" }),
        Step.process("cleaned", { command: "a", cleanUp: cleanUp(30) }),
        Step.make("timed", { run, timeout: "1 minute" }),
        Step.make("slow", { run, stopsWithin: "1 minute" }),
        Step.forEach("loop", { items: [1], stopsWithin: "1 minute", run: () => 1 }),
        Step.process("finishes", { command: "a", onInterrupt: "finish" })
      ]
      const report = of(steps, { stopsWithin: "10 seconds" })
      assert.isFalse(report.withinBudget)
      assert.deepStrictEqual(report.budget, { millis: 10_000, from: "flow" })
      assert.deepStrictEqual(
        report.findings.map((f) => `${f.severity} ${f.code} ${f.key}: ${f.message} ${f.hint}`),
        [
          "error over-budget grace: `test` may take 20.5 s to stop, more than the 10 s that flow `flow` promises: its grace is 20 s. Give it at most `grace: 9.5s`.",
          "error over-budget clean-up: `cleaned` may take 35.5 s to stop, more than the 10 s that flow `flow` promises: its clean-up may take 30 s. Give its clean-up a shorter `deadline`.",
          "error over-budget timeout: `timed` may take 1m to stop, more than the 10 s that flow `flow` promises: nothing but its timeout of 1m ends it. Add `stops-within`, or give it a shorter `timeout`.",
          "error over-budget stops-within: `slow` may take 1m to stop, more than the 10 s that flow `flow` promises: its stopping points may be 1m apart. Put them closer together, and say so with `stops-within`.",
          "error over-budget stops-within: `loop` may take 1m to stop, more than the 10 s that flow `flow` promises: a batch may take 1m. Make its batches smaller (`every`).",
          "error over-budget on-interrupt: `finishes` runs to its end when a stop is asked for, however long that takes: it can't keep to the 10 s that flow `flow` promises. Remove `on-interrupt: finish`."
        ]
      )
      assert.isTrue(of(steps.slice(1, 2), { stopsWithin: "5500 millis" }).withinBudget)
    })

    it("P2: hold it to what is allowed instead, whatever it promises", () => {
      const flow = describeFlow([Step.process("p", { command: "a" })], { stopsWithin: "1 second" })
      assert.isTrue(Stoppability.of(flow, { maxMillis: 6_000 }).withinBudget)
      const { findings, withinBudget } = Stoppability.of(flow, { maxMillis: 0 })
      assert.isFalse(withinBudget)
      assert.match(findings[0]!.message, /more than the 0 ms that are allowed/)
    })

    it("P2: name the clean-ups where no step alone takes too long, and a strategy that promises nothing", () => {
      const group = Step.group("g", { steps: [Step.process("p", { command: "a" })], cleanUp: cleanUp(8) })
      const [together, none] = found([group], { stopsWithin: "10 seconds" })
      assert.strictEqual(
        together!.message,
        "Flow `flow` may take 13.5 s to stop, more than the 10 s that it promises: 5.5 s for `g/p`, 8 s of clean-up of `g`."
      )
      assert.isUndefined(none)
      assert.deepStrictEqual(
        codes([group], { stopsWithin: "10 seconds", strategy: InterruptStrategy.IgnoreInterruptions }),
        ["flow on-interrupt over-budget"]
      )
    })
  })
})

describe("HeaviestAntichain", () => {
  it("is what trying every set finds", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = RandomGraph.random(seed)
      const size = 1 + Math.floor(next() * 9)
      const weights = Array.from({ length: size }, () => Math.floor(next() * 10))
      const before = Array.from({ length: size }, (_, a) =>
        Array.from({ length: size }, (_, b) => a < b && next() < 0.3)
      )
      for (let k = 0; k < size; k++)
        for (let a = 0; a < size; a++)
          for (let b = 0; b < size; b++) if (before[a]![k]! && before[k]![b]!) before[a]![b] = true
      let most = 0
      for (let set = 0; set < 1 << size; set++) {
        const of = weights.flatMap((_, i) => ((set >> i) & 1 ? [i] : []))
        if (of.some((a) => of.some((b) => before[a]![b]!))) continue
        most = Math.max(
          most,
          of.reduce((sum, i) => sum + weights[i]!, 0)
        )
      }
      const found = HeaviestAntichain.make(weights, (a, b) => before[a]![b]!)
      assert.strictEqual(found.weight, most, `seed ${seed}`)
      assert.strictEqual(
        found.of!.reduce((sum, i) => sum + weights[i]!, 0),
        most
      )
      assert.isFalse(
        found.of!.some((a) => found.of!.some((b) => before[a]![b]!)),
        `seed ${seed}`
      )
    }
  })
})

describe("no request is promised more than the definition", () => {
  /** Groups get clean-ups, steps grace-like promises, clean-ups and timeouts of all sizes, some conditions take a turn. */
  const withPromises = (
    steps: ReadonlyArray<Step.Any>,
    next: () => number,
    moment: () => void
  ): ReadonlyArray<Step.Any> =>
    steps.map((step): Step.Any => {
      const options = {
        ...step.options,
        ...(next() < 0.4
          ? {
              cleanUp: {
                run: () => Effect.andThen(Effect.sync(moment), Bounded.turns(2)),
                deadline: Math.floor(next() * 9_000),
                always: next() < 0.4
              }
            }
          : undefined),
        ...(next() < 0.2 && step.steps === undefined ? { timeout: 1_000_000 + Math.floor(next() * 9_000) } : undefined),
        ...(next() < 0.2 ? { when: () => Bounded.turns(2).pipe(Effect.as(next() < 0.8)) } : undefined)
      }
      const stops =
        step.steps !== undefined || (next() < 0.3 && "timeout" in options)
          ? step.stops
          : { ...step.stops, withinMillis: Math.floor(next() * 9_000) }
      return {
        ...step,
        options,
        stops,
        ...(step.steps === undefined ? undefined : { steps: withPromises(step.steps, next, moment) })
      }
    })

  const seeds =
    process.env["HALTE_SEED"] === undefined
      ? Array.from({ length: Number(process.env["HALTE_CASES"] ?? 120) }, (_, i) => i + 1)
      : [Number(process.env["HALTE_SEED"])]

  it.live(
    "P2: the bound of a request, at any moment of a random flow, is never longer than that of its definition",
    () =>
      Effect.gen(function* () {
        let asked = 0
        let tight = 0
        for (const seed of seeds) {
          const next = RandomGraph.random(seed * 104_729)
          const graph = RandomGraph.make(seed, { size: 16 })
          let left = Math.floor(next() * 40)
          let interrupt = () => {}
          const moment = () => {
            if (left-- === 0) interrupt()
          }
          const plain = RandomGraph.toFlow(graph, moment)
          const flow = {
            ...plain,
            steps: withPromises(plain.steps, next, moment),
            ...(next() < 0.3 ? { cleanUp: { run: () => undefined, deadline: 2_000 } } : undefined)
          }
          const worst = WorstStop.make(Result.getOrThrow(StepGraph.make(flow)).description).bound
          yield* Effect.scoped(
            Effect.gen(function* () {
              const engine = yield* Engine.make(flow)
              const id = yield* engine.begin()
              interrupt = () => void Effect.runFork(Effect.orDie(engine.interrupt(id, {})))
              let before: number | undefined
              const { events } = yield* engine.ended(id)
              for (const event of events) {
                if (event.type !== "interrupt-requested" || event.bound === undefined) continue
                asked++
                if (worst._tag === "None") continue
                assert.strictEqual(event.bound._tag, "Within", `HALTE_SEED=${seed}`)
                if (event.bound._tag !== "Within") continue
                assert.isAtMost(event.bound.millis, worst.millis, `HALTE_SEED=${seed}`)
                before = event.bound.millis
              }
              if (before !== undefined && worst._tag === "Within" && before > worst.millis / 2) tight++
            })
          )
        }
        if (seeds.length > 50) {
          assert.isAbove(asked, seeds.length / 3, "too few of the executions were asked to stop")
          assert.isAbove(tight, 3, "no request came near the bound")
        }
      }),
    { timeout: 120_000 }
  )

  it.live("P2: while the items of a map are had by a program, its grace is what is promised", () =>
    Effect.gen(function* () {
      const items = (_: unknown, step: StepContext.StepContextShape) =>
        Effect.map(StoppingPoint.wait(Effect.never), () => step.interrupted()) as never
      const of = (stops: Step.Stops) => ({ ...Step.map("map", { items, step: () => nap("one") }), stops })
      const bounded = of({ withinMillis: 5_500, text: "SIGTERM → 5 s → SIGKILL", graceMillis: 5_000 })
      const endless = of({ withinMillis: undefined, text: "runs to its end" })
      for (const [map, millis] of [
        [bounded, 5_500],
        [endless, undefined]
      ] as const) {
        assert.strictEqual(describeFlow([map]).steps[0]!.stopsWithinMillis, millis)
        const engine = yield* Engine.make(Engine.of([map]))
        const id = yield* engine.begin()
        yield* Bounded.turns(5)
        yield* engine.interrupt(id, {})
        const { of } = yield* engine.ended(id)
        const { bound } = of("interrupt-requested")[0]!
        assert.strictEqual(bound?._tag === "Within" ? bound.millis : undefined, millis)
      }
    })
  )

  it.live("P2: a condition that is being found out is dropped at once, of a step and of a group, and asked again", () =>
    Effect.gen(function* () {
      for (const isGroup of [false, true]) {
        let asked = 0
        const more = { when: () => (asked++ === 0 ? (Effect.never as Effect.Effect<boolean>) : Effect.succeed(true)) }
        const one = Step.make("one", { run: () => 1, ...(isGroup ? undefined : more) })
        const engine = yield* Engine.make(Engine.of([isGroup ? Step.group("g", { steps: [one], ...more }) : one]))
        const id = yield* engine.begin()
        yield* Bounded.turns(5)
        yield* engine.interrupt(id, {})
        const { of, outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.strictEqual(outcome.notStarted.length, 1)
        const { bound } = of("interrupt-requested")[0]!
        assert.strictEqual(bound?._tag === "Within" && bound.millis, 0)
        yield* engine.resume(id, {})
        assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      }
    })
  )
})

describe("StopPromise", () => {
  it.live(
    "P2: what is promised while nobody has asked is what a request is then promised, clean-up of groups included",
    () =>
      Effect.gen(function* () {
        const group = Step.group("g", {
          steps: [
            Step.make("f", {
              run: (_, step) => Effect.promise(() => step.stop.check().then(() => hold(step.signal))),
              stopsWithin: "3 seconds"
            })
          ],
          cleanUp: cleanUp(4)
        })
        const engine = yield* Engine.make(Engine.of([group]))
        const id = yield* engine.begin()
        yield* engine.seen(id, "step-started", { step: "g/f" })
        const now = StopPromise.now(yield* engine.get(id))
        yield* engine.interrupt(id, {})
        const { of } = yield* engine.ended(id)
        assert.deepStrictEqual(now, of("interrupt-requested")[0]!.bound)
        assert.strictEqual(now._tag === "Within" && now.millis, 7_000)
      })
  )
})

const hold = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve())
  })
