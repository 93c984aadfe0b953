import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle, type ExecutionEvent, type Executions, Flow } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import { Effect, Fiber, Stream } from "effect"
import { EventEmitter } from "node:events"
import type { Output } from "../src/terminal/Output.ts"
import * as StopSignals from "../src/terminal/StopSignals.ts"
import * as TreeScreen from "../src/terminal/TreeScreen.ts"
import * as CommandRun from "./CommandRun.ts"
import * as Story from "./ReleaseStory.ts"
import { plain } from "./Screens.ts"

const listeners = () => process.listenerCount("SIGINT")

const running = (wrap?: (executions: Executions.ExecutionsShape) => Executions.ExecutionsShape) =>
  Effect.gen(function* () {
    const serve = HandStep.make("serve")
    const flow = Flow.make("release", { steps: [serve.step] })
    const project = yield* CommandRun.make([flow], wrap === undefined ? {} : { wrap })
    const id = yield* project.executions.start({ flow: "release", source: "Cli" })
    const hand = yield* serve.begun(id)
    yield* Effect.addFinalizer(() => Effect.ignore(project.executions.terminate(id)))
    return { ...project, serve, id, hand, handle: ExecutionHandle.make(project.executions, id) }
  })

describe("halte watch", () => {
  it.live("R45 leaves at the first Ctrl-C: the execution goes on, and how to interrupt it is said", () =>
    Effect.gen(function* () {
      const before = listeners()
      const { executions, halte, id } = yield* running()
      const fiber = yield* Effect.forkChild(halte(["watch", id, "--progress", "lines"]))
      yield* Bounded.eventually(() => listeners() > before, "the handlers of the screen")
      process.emit("SIGINT")
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, `Left. The execution goes on.\nInterrupt it with:  halte interrupt ${id}\n`)
      assert.strictEqual((yield* executions.get(id)).status, "Running")
      assert.strictEqual(listeners(), before)
    })
  )

  it.live("R46 follows it to its end with the screens of run, and gives the code of how it ended", () =>
    Effect.gen(function* () {
      const { halte, hand, handle, id } = yield* running()
      const fiber = yield* Effect.forkChild(halte(["watch", id, "--progress", "lines"]))
      yield* handle.interrupt({ source: "Page", by: "mira" })
      yield* hand.stopHalfWay()
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 130)
      assert.include(stdout, `release started ${id}`)
      assert.include(stdout, "release interrupted after 0 of 1 step")
      assert.include(stderr, "Asked by        mira, page")
      // One that has ended is shown in the same way.
      const again = yield* halte(["watch", id, "--progress", "lines"])
      assert.strictEqual(again.code, 130)
      assert.strictEqual(again.stdout, stdout)
    })
  )

  it.live("prints every event as JSON, those of earlier attempts too, while lines tell of the last one", () =>
    Effect.gen(function* () {
      const { executions, halte, hand, handle, id, serve } = yield* running()
      yield* handle.interrupt()
      yield* hand.perform(Effect.sync(() => hand.context.log("of the first attempt")))
      yield* hand.stopHalfWay()
      yield* handle.outcome
      yield* executions.resume(id)
      const second = yield* serve.begun(id)
      yield* second.perform(Effect.sync(() => second.context.log("of the second attempt")))
      yield* second.succeed()
      yield* handle.outcome
      const json = yield* halte(["watch", id, "--json"])
      assert.strictEqual(json.code, 0)
      const sequences = json.stdout
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => (JSON.parse(line) as { readonly sequence: number }).sequence)
      assert.deepStrictEqual(
        sequences,
        sequences.map((_, i) => i + 1)
      )
      const { stdout } = yield* halte(["watch", id, "--progress", "lines"])
      assert.include(stdout, "release resumed, attempt 2,")
      assert.notInclude(stdout, "release started")
      assert.include(stdout, "serve │ of the second attempt")
    })
  )

  it.live("takes a stream up again that ends before the execution", () =>
    Effect.gen(function* () {
      let streams = 0
      const { halte, hand, id } = yield* running((executions) => ({
        ...executions,
        events: (of, after) => {
          streams++
          const all: Stream.Stream<
            ExecutionEvent.ExecutionEvent,
            Stream.Error<ReturnType<typeof executions.events>>
          > = executions.events(of, after)
          return streams === 1 ? Stream.take(all, 1) : all
        }
      }))
      const fiber = yield* Effect.forkChild(halte(["watch", id, "--progress", "lines"]))
      yield* Bounded.eventually(() => streams > 1, "the second stream")
      yield* hand.succeed()
      const { code, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.strictEqual(stdout.split("release started").length, 2)
    })
  )

  it.live("R12 leaves no handler behind when it has ended", () =>
    Effect.gen(function* () {
      const before = StopSignals.kinds.map((kind) => process.listenerCount(kind))
      const { halte, hand, id } = yield* running()
      const fiber = yield* Effect.forkChild(halte(["watch", id, "--progress", "quiet"]))
      yield* hand.succeed()
      assert.strictEqual((yield* Fiber.join(fiber)).code, 0)
      assert.deepStrictEqual(
        StopSignals.kinds.map((kind) => process.listenerCount(kind)),
        before
      )
    })
  )
})

describe("the tree of somebody who watches", () => {
  /** A screen in raw mode, and what its keys do. */
  const tree = (facts: ReadonlyArray<Story.Told>) => {
    const calls: Array<string> = []
    let drawn = ""
    const stdin = Object.assign(new EventEmitter(), {
      isTTY: true,
      setRawMode: () => stdin,
      pause: () => stdin,
      resume: () => stdin
    }) as never as NodeJS.ReadStream
    const output: Output = {
      look: () => plain,
      isTerminal: () => true,
      write: (_, text) => void (drawn = text),
      size: () => ({ columns: 80, rows: 40 }),
      onResize: () => () => {},
      drained: () => Effect.void
    }
    const screen = TreeScreen.make(output, {
      input: true,
      watching: true,
      now: () => Story.time("14:08:43.000"),
      stdin
    })
    const call = (name: string) => () => void calls.push(name)
    screen.begin({
      press: call("press"),
      interrupt: call("interrupt"),
      terminate: call("terminate"),
      pause: call("pause"),
      goOn: call("goOn"),
      answer: (...given) => void calls.push(`answer ${JSON.stringify(given)}`)
    })
    const state = Story.stateOf(facts)
    for (const event of Story.tell(facts)) screen.event(event, state, false)
    screen.turn()
    return {
      calls,
      type: (keys: string) => stdin.emit("data", keys),
      footer: () => Bounded.eventually(() => /(?:Ctrl-C|t again)[^\n]*/.exec(drawn)?.[0], "the keys"),
      shows: (text: string) => Bounded.eventually(() => drawn.includes(text), text),
      close: () => screen.restore()
    }
  }

  it.live("says that Ctrl-C leaves; i interrupts, p pauses, q leaves, and t does nothing yet", () =>
    Effect.gen(function* () {
      const { calls, close, footer, type } = tree([...Story.running, Story.message])
      assert.strictEqual(yield* footer(), "Ctrl-C leave   i interrupt   ↑↓ move   l logs   p pause   ? help")
      for (const key of ["i", "p", "t", "t", "q", "\u0003"]) type(key)
      close()
      assert.deepStrictEqual(calls, ["interrupt", "pause", "press", "press"])
    })
  )

  it.live("P11 terminates only while it is interrupting, and only at the second t or y", () =>
    Effect.gen(function* () {
      const { calls, close, footer, type } = tree(Story.interrupting)
      assert.match(yield* footer(), /^Ctrl-C leave {3}t terminate now/)
      type("t")
      type("n")
      assert.deepStrictEqual(calls, [])
      type("tt")
      type("t")
      type("y")
      close()
      assert.deepStrictEqual(calls, ["terminate", "terminate"])
    })
  )

  const asking = (schema?: Readonly<Record<string, unknown>>) =>
    tree([
      ...Story.running,
      { at: "14:08:43.000", type: "step-started", step: "notify", try: 1 },
      {
        at: "14:08:43.000",
        type: "gate-opened",
        step: "notify",
        message: "Whom?",
        ...(schema === undefined ? undefined : { schema })
      }
    ])

  it.live("y approves a gate and n rejects it", () =>
    Effect.gen(function* () {
      const { calls, close, footer, type } = asking()
      assert.include(yield* footer(), "y approve notify   n reject")
      for (const key of ["a", "y", "n"]) type(key)
      close()
      assert.deepStrictEqual(calls, ['answer ["notify",true]', 'answer ["notify",false,{"reject":true}]'])
    })
  )

  it.live("a asks for a value field by field: letters are text there, and esc leaves the gate open", () =>
    Effect.gen(function* () {
      const { calls, close, footer, shows, type } = asking({
        type: "object",
        properties: { whom: { type: "string" }, times: { type: "integer" } },
        required: ["whom", "times"]
      })
      assert.include(yield* footer(), "a answer notify   n reject")
      for (const key of ["y", "a", "jpik", "\u007f", "\r", "two\r"]) type(key)
      yield* shows("enter goes on   esc leaves it open")
      for (const key of ["\u007f", "\u007f", "\u007f", "2", "\r", "a", "x", "\u001b", "n"]) type(key)
      close()
      assert.deepStrictEqual(calls, [
        'answer ["notify",{"whom":"jpi","times":2}]',
        'answer ["notify",false,{"reject":true}]'
      ])
    })
  )
})
