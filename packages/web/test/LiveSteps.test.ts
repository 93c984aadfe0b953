import { assert, describe, it } from "@effect/vitest"
import { ExecutionState } from "@halte/engine/model"
import { atEntry } from "../src/execution/graph/Stopping.ts"
import { LiveSteps } from "../src/execution/steps/LiveSteps.ts"
import { closedParts, describe as tellOf, name, parts, picture } from "../src/execution/steps/StepWords.ts"
import { begin, completed, feedOf, flow, interrupt, release, started, step, tell, type Told } from "./FlowStory.ts"

const live = (facts: ReadonlyArray<Told>, definition = release) => {
  const { feed, state } = feedOf(definition, facts)
  const steps = new LiveSteps()
  steps.show(feed, state)
  return steps
}
const view = (facts: ReadonlyArray<Told>, id: string, definition = release) => live(facts, definition).view(id)!
const told = (facts: ReadonlyArray<Told>, id: string, now: number) => {
  const steps = live(facts)
  return tellOf(steps.view(id)!, now, steps.timeLeft(id, now))
}
const underWay: ReadonlyArray<Told> = [
  started("build"),
  completed("build", 18_200),
  started("test"),
  started("index"),
  completed("test", 43_200),
  started("upload/part-1"),
  completed("upload/part-1"),
  started("upload/part-2")
]

describe("the state of steps, step by step", () => {
  it("R29 tells who listens to a step that an event is about, and to the groups around it, and nobody else", () => {
    const steps = live(underWay)
    const heard: Array<string> = []
    for (const id of ["build", "upload", "upload/part-1", "upload/part-2", "ship"])
      steps.subscribe(id, () => heard.push(id))
    const { feed, state } = feedOf(release, underWay)
    steps.show(feed, state)
    const before = [steps.view("build"), steps.view("upload")]
    heard.length = 0
    // One event further: a fold leaves every other step the same object.
    const next = ExecutionState.fold(state, tell(release, [...underWay, completed("upload/part-2")]))!
    steps.show(feed, next)
    assert.deepStrictEqual(heard.toSorted(), ["upload", "upload/part-2"])
    assert.notStrictEqual(steps.view("upload"), before[1])
    assert.strictEqual(steps.view("build"), before[0], "what has not changed is the same object")
  })

  it("R29 gives a group the state of its steps, and counts those that are done", () => {
    const upload = view(underWay, "upload")
    assert.strictEqual(upload.status, "Running")
    assert.strictEqual(parts(upload), "1 of 3 parts")
    assert.strictEqual(closedParts(upload), "3 parts · 1 done")
  })

  it("says what a step waits for that needs a place of a shared limit, and who holds it", () => {
    const waiting: Told = {
      type: "step-waiting",
      step: "build",
      limit: "gpu",
      holders: [{ execution: "01JD3M8Z9F4T6V8KKHGA", step: "encode" }],
      ahead: 0
    } as never
    const text = "waits for gpu, held by …8KKHGA/encode"
    assert.strictEqual(told([waiting], "build", 0).about, text)
    assert.strictEqual(name(view([waiting], "build")), `build, Waiting, ${text}`)
    assert.notInclude(told([waiting, started("build")], "build", 0).about, "gpu")
    assert.notInclude(name(view([waiting, interrupt()], "build")), "gpu")
  })

  it("tells everybody when the execution as a whole changes", () => {
    const steps = live(underWay)
    let heard = 0
    steps.subscribe("announce", () => heard++)
    const { feed, state } = feedOf(release, [...underWay, interrupt()])
    steps.show(feed, state)
    assert.strictEqual(heard, 1)
    assert.strictEqual(steps.view("upload/part-2")?.status, "Interrupting")
  })
})

describe("the stopping point before a step", () => {
  it("is passed once the step has begun, and ahead until then", () => {
    assert.strictEqual(atEntry(view(underWay, "build")), "passed")
    assert.strictEqual(atEntry(view(underWay, "upload/part-2")), "passed")
    assert.strictEqual(atEntry(view(underWay, "upload/part-3")), "ahead")
  })

  it("R28 holds, once a stop is requested, where the next steps would have begun", () => {
    const stopped = [...underWay, interrupt()]
    assert.strictEqual(atEntry(view(stopped, "upload/part-3")), "holds")
    assert.strictEqual(atEntry(view(stopped, "ship")), "holds")
    assert.strictEqual(atEntry(view(stopped, "announce")), "ahead", "it is not next")
  })

  it("is not drawn where no stop is possible, nor at a skipped step", () => {
    const ignores = { ...release, strategy: { _tag: "IgnoreInterruptions" } as const }
    assert.isUndefined(atEntry(view(underWay, "announce", ignores)))
    assert.isUndefined(atEntry(view([{ type: "step-skipped", step: "ship", reason: "condition" }], "ship")))
  })
})

describe("what is said of a step", () => {
  it("R29 is its path, its state and how soon it stops", () => {
    assert.strictEqual(name(view(underWay, "upload/part-2")), "upload/part-2, Running, stops within 5.5 s")
    assert.strictEqual(name(view(underWay, "upload")), "upload, Running, 1 of 3 parts")
    assert.strictEqual(name(view(underWay, "announce")), "announce, Waiting")
    assert.strictEqual(name(view(underWay, "build")), "build, Completed")
  })

  it("R29 has the label of the flow, and its path", () => {
    const labelled = flow(step("build", [], { label: "Build \u001b[31mit", icon: "🔨x!" }))
    assert.strictEqual(name(view([], "build", labelled)), "Build it, build, Waiting")
    assert.strictEqual(picture(labelled.steps[0]!), "🔨x")
    assert.isUndefined(picture(step("a")))
    assert.isUndefined(picture(step("a", [], { icon: "\u001b[0m " })))
  })

  it("R69 has its progress and the time left, where a total is known", () => {
    const counting: ReadonlyArray<Told> = [
      started("build"),
      completed("build"),
      { ...started("index"), at: begin + 10_000 },
      { type: "step-cursor", step: "index", cursor: 41_200, done: 41_200, total: 100_000, at: begin + 94_000 }
    ]
    const text = told(counting, "index", begin + 94_000)
    assert.strictEqual(text.word, "Running")
    assert.strictEqual(text.about, "41,200 / 100,000 · 2m 00s left")
    assert.strictEqual(text.stop, "stops within 5 ms")
    assert.strictEqual(text.fraction, 0.412)
    assert.strictEqual(name(view(counting, "index")), "index, Running, 41 %, stops within 5 ms")
  })

  it("R69 invents no progress: without a total it is the time so far, without a bound it says so", () => {
    const free = flow(step("think", [], { kind: "function" }))
    const { stopsWithinMillis: _none, ...unbound } = free.steps[0]!
    const steps = live([{ ...started("think"), at: begin }], flow(unbound))
    const text = tellOf(steps.view("think")!, begin + 18_400, steps.timeLeft("think", begin + 18_400))
    assert.deepStrictEqual([text.about, text.stop, text.fraction], ["18 s", "no bound", undefined])
  })

  it("R28 counts from the request, and says when SIGKILL comes", () => {
    const stopping: ReadonlyArray<Told> = [
      ...underWay,
      { type: "process-started", step: "upload/part-2", pid: 7, command: "./upload 2" } as Told,
      interrupt(),
      {
        type: "process-signalled",
        step: "upload/part-2",
        pid: 7,
        signal: "SIGTERM",
        count: 1,
        killInMillis: 5000,
        at: begin + 10_000
      } as Told
    ]
    const text = told(stopping, "upload/part-2", begin + 10_900)
    assert.deepStrictEqual([text.word, text.about, text.stop], ["Interrupting…", "0.9 s of 5.5 s", "SIGKILL in 4.1 s"])
  })

  it("says where it stopped, why it failed, and what does not run", () => {
    const ends: ReadonlyArray<Told> = [
      ...underWay,
      { type: "step-interrupted", step: "index", try: 1, tookMillis: 9, done: 41_312, total: 100_000, stopMillis: 3.6 },
      {
        type: "step-failed",
        step: "upload/part-2",
        try: 1,
        tookMillis: 8200,
        failure: { code: "process-exited", message: "It exited with code 1." }
      },
      { type: "step-skipped", step: "announce", reason: "input-skipped" }
    ]
    const index = told(ends, "index", begin)
    assert.deepStrictEqual([index.about, index.stop], ["at 41,312 / 100,000", "stopped in 3.6 ms"])
    assert.strictEqual(told(ends, "upload/part-2", begin).about, "8.2 s · It exited with code 1")
    assert.strictEqual(told(ends, "announce", begin).about, "its input was skipped")
    assert.strictEqual(told(ends, "ship", begin).about, "gate")
  })

  it("says which try it is, and when the next one comes", () => {
    const retrying: ReadonlyArray<Told> = [
      started("build"),
      {
        type: "step-retrying",
        step: "build",
        try: 1,
        delayMillis: 3000,
        failure: { code: "boom", message: "no" },
        at: begin + 5000
      }
    ]
    assert.strictEqual(told(retrying, "build", begin + 6000).about, "try 2 in 2 s")
    const second = [...retrying, { ...started("build"), try: 2, at: begin + 8000 } as Told]
    assert.strictEqual(told(second, "build", begin + 9000).about, "1 s · try 2")
  })
})
