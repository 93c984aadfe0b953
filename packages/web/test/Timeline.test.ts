import { assert, describe, it } from "@effect/vitest"
import { axisLabels } from "../src/execution/timeline/AxisLabels.ts"
import { intervals, lengthFor, steadyLength, ticks } from "../src/execution/timeline/Axis.ts"
import { bars, bracket } from "../src/execution/timeline/Bars.ts"
import { forecast, median, usual } from "../src/execution/timeline/Forecast.ts"
import { moments } from "../src/execution/timeline/Moments.ts"
import { treeMove, typedTo } from "../src/execution/timeline/TreeKeys.ts"
import { rangeOf } from "../src/execution/timeline/Window.ts"
import { rows } from "../src/execution/steps/StepRows.ts"
import { begin, completed, feedOf, flow, interrupt, release, started, step, type Told } from "./FlowStory.ts"

describe("the axis of a timeline", () => {
  it("has eight intervals of a length that people count in", () => {
    assert.deepStrictEqual(
      ticks(lengthFor(222_000)).map(({ text }) => text),
      ["0 s", "30 s", "1 min", "1m 30s", "2 min", "2m 30s", "3 min", "3m 30s"]
    )
    assert.deepStrictEqual(
      ticks(lengthFor(3))
        .map(({ text }) => text)
        .slice(0, 3),
      ["0 s", "1 ms", "2 ms"]
    )
    assert.deepStrictEqual(
      ticks(lengthFor(8 * 86_400_000 * 3))
        .map(({ text }) => text)
        .slice(0, 3),
      ["0 s", "3 d", "6 d"]
    )
  })

  it("is long enough for anything", () => {
    for (let millis = 1; millis < 1e12; millis = Math.ceil(millis * 1.7)) {
      assert.isAtLeast(lengthFor(millis), millis)
      assert.strictEqual(lengthFor(millis) % intervals, 0)
    }
  })

  it("stays as it is while all fits on it, and grows when it must", () => {
    const last = lengthFor(10_000)
    assert.strictEqual(steadyLength(last, 8000), last)
    assert.isAbove(steadyLength(last, last + 1), last)
    assert.isBelow(steadyLength(lengthFor(1_000_000), 1000), 100_000, "what is far too long does not stay")
  })

  it("leaves out the texts for which there is no room", () => {
    const length = lengthFor(222_000)
    const state = feedOf(release, [interrupt({ signal: { source: "Cli", requestedAt: begin + 102_200 } })]).state
    const labels = axisLabels(ticks(length), moments(state, begin), length, 760)
    assert.deepStrictEqual(
      labels.lines.map(({ moment, side }) => [moment.text, side]),
      [
        ["requested", "l"],
        ["latest, +5.5 s", "r"]
      ]
    )
    assert.notInclude(
      labels.ticks.map(({ text }) => text),
      "1m 30s"
    )
    assert.include(
      labels.ticks.map(({ text }) => text),
      "30 s"
    )
    assert.isBelow(axisLabels(ticks(length), [], length, 150).ticks.length, 4)
  })
})

describe("the bars of a step", () => {
  const attempt = { number: 1, startedAt: begin }
  const barsOf = (id: string, facts: ReadonlyArray<Told>) => {
    const { feed, state } = feedOf(release, facts)
    return bars(state.steps.get(id)!, feed.history.tries.get(id), attempt)
  }

  it("are one for each try", () => {
    assert.deepStrictEqual(
      barsOf("build", [
        started("build"),
        { type: "step-retrying", step: "build", try: 1, delayMillis: 1, failure: { code: "a", message: "b" } },
        { ...started("build"), try: 2 } as Told,
        completed("build")
      ]),
      [
        { from: 1000, to: 2000, status: "Failed" },
        { from: 3000, to: 4000, status: "Completed" }
      ]
    )
  })

  it("go on while the step does, in its state", () => {
    assert.deepStrictEqual(barsOf("build", [started("build"), interrupt()]), [
      { from: 1000, to: undefined, status: "Interrupting" }
    ])
    assert.deepStrictEqual(barsOf("test", [started("build")]), [])
  })

  it("leave out earlier attempts", () => {
    const { feed, state } = feedOf(release, [started("build"), completed("build")])
    assert.deepStrictEqual(
      bars(state.steps.get("build")!, feed.history.tries.get("build"), { number: 2, startedAt: begin + 9000 }),
      []
    )
  })

  it("come from the state while the events are not read yet", () => {
    const { state } = feedOf(release, [started("build"), completed("build")])
    assert.deepStrictEqual(bars(state.steps.get("build")!, undefined, attempt), [
      { from: 1000, to: 2000, status: "Completed" }
    ])
  })

  it("of a group are a bracket from the first begin to the last end", () => {
    const one = { from: 5, to: 8, status: "Completed" } as const
    assert.deepStrictEqual(bracket([one, { ...one, from: 2, to: 3 }], "Completed"), {
      from: 2,
      to: 8,
      status: "Completed"
    })
    assert.deepStrictEqual(bracket([one, { ...one, to: undefined }], "Running")?.to, undefined)
    assert.isUndefined(bracket([], "Waiting"))
  })
})

describe("R69 an estimate", () => {
  const durations = new Map([
    ["build", 10_000],
    ["test", 20_000],
    ["upload/part-1", 3000],
    ["upload/part-2", 4000],
    ["upload/part-3", 5000],
    ["index", 60_000],
    ["announce", 1000]
  ])
  const nothing = () => undefined
  const expect = (facts: ReadonlyArray<Told>, now: number, known = durations) =>
    forecast(feedOf(release, facts).state, known, now, nothing)

  it("follows the steps that a step waits for, and those that its group waits for", () => {
    const out = expect([{ ...started("build"), at: begin }], begin + 4000)
    assert.deepStrictEqual(out.get("build"), { from: begin + 4000, to: begin + 10_000 })
    assert.deepStrictEqual(out.get("test"), { from: begin + 10_000, to: begin + 30_000 })
    assert.deepStrictEqual(out.get("upload/part-1"), { from: begin + 30_000, to: begin + 33_000 })
    assert.deepStrictEqual(out.get("upload/part-3"), { from: begin + 37_000, to: begin + 42_000 })
  })

  it("ends where a person has to answer: nobody knows how long that takes", () => {
    const out = expect([{ ...started("build"), at: begin }], begin)
    assert.isFalse(out.has("ship"))
    assert.isFalse(out.has("announce"))
  })

  it("is not made where nothing is known", () => {
    assert.strictEqual(expect([started("build")], begin + 1000, new Map()).size, 0)
    const some = expect(
      [{ ...started("build"), at: begin }],
      begin,
      new Map([
        ["build", 1000],
        ["index", 1000]
      ])
    )
    assert.sameMembers([...some.keys()], ["build", "index"])
  })

  it("goes by what a step reports before it goes by what was", () => {
    const state = feedOf(release, [{ ...started("build"), at: begin }]).state
    const out = forecast(state, durations, begin + 1000, (id) => (id === "build" ? 500 : undefined))
    assert.deepStrictEqual(out.get("build"), { from: begin + 1000, to: begin + 1500 })
  })

  it("is over once a stop was requested: no new steps start", () => {
    assert.strictEqual(expect([started("build"), interrupt()], begin).size, 0)
  })

  it("is the median of what a step took before", () => {
    assert.strictEqual(median([5, 1, 100]), 5)
    assert.strictEqual(median([1, 3]), 2)
    const states = [1000, 9000, 2000].map((took) => feedOf(release, [started("build"), completed("build", took)]).state)
    assert.deepStrictEqual([...usual(states)], [["build", 2000]])
  })
})

describe("R28 the lines of a timeline", () => {
  const lines = (facts: ReadonlyArray<Told>, now: number) =>
    moments(feedOf(release, facts).state, now).map(({ at, name, text }) => [name, at, text])

  it("show now while it runs", () => {
    assert.deepStrictEqual(lines([started("build")], begin + 102_000), [["now", 102_000, "now 1m 42s"]])
  })

  it("show the request and the latest moment, and then when it stopped", () => {
    assert.deepStrictEqual(lines([started("build"), interrupt()], begin + 11_000), [
      ["requested", 10_000, "requested"],
      ["latest", 15_500, "latest, +5.5 s"]
    ])
    const ended = {
      type: "execution-ended",
      status: "Interrupted",
      tookMillis: 1,
      partition: { completed: [], interrupted: [], terminated: [], failed: [], skipped: [], notStarted: [] },
      at: begin + 11_812
    } as unknown as Told
    assert.deepStrictEqual(lines([started("build"), interrupt(), ended], begin + 99_000), [
      ["requested", 10_000, "requested"],
      ["stopped", 11_812, "stopped +1.8 s"]
    ])
  })

  it("promise nothing where nothing was promised", () => {
    const unbound = interrupt({ bound: { _tag: "None", steps: ["build"] } })
    assert.deepStrictEqual(
      lines([unbound], begin).map(([name]) => name),
      ["requested"]
    )
  })
})

describe("the keys of the tree", () => {
  const all = rows(release.steps, new Set())
  const at = (id: string) => all.findIndex((row) => row.step.id === id)
  const go = (id: string, key: string) => {
    const move = treeMove(all, at(id), key)
    return move === undefined ? undefined : "to" in move ? all[move.to]?.step.id : `toggle ${move.toggle}`
  }

  it("R29 go up, down and to the ends", () => {
    assert.strictEqual(go("upload", "ArrowDown"), "upload/part-1")
    assert.strictEqual(go("build", "ArrowUp"), "build")
    assert.strictEqual(go("index", "Home"), "build")
    assert.strictEqual(go("build", "End"), "announce")
  })

  it("R29 open and close groups, and go in and out", () => {
    assert.strictEqual(go("upload", "ArrowRight"), "upload/part-1")
    assert.strictEqual(go("upload", "ArrowLeft"), "toggle upload")
    assert.strictEqual(go("upload/part-3", "ArrowLeft"), "upload")
    assert.isUndefined(go("build", "ArrowRight"))
    assert.isUndefined(go("build", "ArrowLeft"))
    const closed = rows(release.steps, new Set(["upload"]))
    assert.deepStrictEqual(treeMove(closed, 2, "ArrowRight"), { toggle: "upload" })
  })

  it("find the next name that begins with what was typed", () => {
    const names = ["build", "test", "upload", "part-1", "part-2", "index"]
    assert.strictEqual(typedTo(names, 0, "u"), 2)
    assert.strictEqual(typedTo(names, 3, "p"), 4, "the same letter again goes on")
    assert.strictEqual(typedTo(names, 4, "pp"), 3)
    assert.strictEqual(typedTo(names, 3, "part-2"), 4)
    assert.isUndefined(typedTo(names, 0, "x"))
  })
})

describe("the rows of a long list that are there", () => {
  it("are all of a short one, and of a long one those that are seen", () => {
    assert.deepStrictEqual(rangeOf(200, 24, 0, 300), { from: 0, to: 200 })
    const some = rangeOf(2000, 24, 24_000, 300)
    assert.isBelow(some.from, 1000)
    assert.isAbove(some.to, 1012)
    assert.isBelow(some.to - some.from, 60)
    assert.deepStrictEqual(rangeOf(2000, 24, 0, 300).from, 0)
    assert.strictEqual(rangeOf(2000, 24, 47_700, 300).to, 2000)
  })

  it("are the same while somebody scrolls by a pixel", () => {
    assert.deepStrictEqual(rangeOf(2000, 24, 12_000, 300), rangeOf(2000, 24, 12_001, 300))
  })
})

// What waits for a group whose steps have durations is expected once all of them may have ended.
describe("an estimate after a group", () => {
  it("begins with the last of its steps", () => {
    const grouped = flow(step("g", [], { steps: [step("g/a"), step("g/b")] }), step("z", ["g"]))
    const { state } = feedOf(grouped, [])
    const out = forecast(
      state,
      new Map([
        ["g/a", 100],
        ["g/b", 300],
        ["z", 50]
      ]),
      begin,
      () => undefined
    )
    assert.deepStrictEqual(out.get("z"), { from: begin + 300, to: begin + 350 })
  })
})
