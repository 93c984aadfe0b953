/**
 * The table of states and commands, each of its fifty cells with a live execution: what is answered, which state that
 * leaves behind, and what is recorded.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { CommandTable, type ExecutionEvent, type ExecutionId, ExecutionStatus, Flow, Step } from "@halte/engine"
import { Check, HandStep, Watch } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

type Status = ExecutionStatus.ExecutionStatus
type Id = ExecutionId.ExecutionId

interface Live {
  readonly engine: Engine.Engine
  readonly id: Id
}

const { literals } = ExecutionStatus.ExecutionStatus
const commands: ReadonlyArray<CommandTable.Command> = ["interrupt", "pause", "resume", "terminate", "undo"]

/** What can be taken back of one that has ended. */
const done = Step.make("done", { run: () => 1, undo: () => undefined })

// The step goes on whatever is asked of it, until the test ends.
const stubborn = () =>
  Step.make("stubborn", { run: () => new Promise<void>((resolve) => afterwards.push(() => resolve())) })
const afterwards: Array<() => void> = []

/** An execution in a state, and what lets it end. */
const reach: { readonly [S in Status]: Effect.Effect<Live, unknown, Scope.Scope> } = {
  Pending: Effect.gen(function* () {
    const hold = Flow.make("hold", { steps: [stubborn()] })
    const flow = Flow.make("flow", { steps: [Step.make("a", { run: () => 1 })] })
    const engine = yield* Engine.make([flow, hold], { maxExecutions: 1 })
    yield* engine.begin({ flow: "hold" })
    return { engine, id: yield* engine.begin() }
  }),
  Running: Effect.gen(function* () {
    const engine = yield* Engine.make(Flow.make("flow", { steps: [stubborn()] }))
    const id = yield* engine.begin()
    yield* engine.seen(id, "step-started")
    return { engine, id }
  }),
  Pausing: Effect.gen(function* () {
    const live = yield* reach.Running
    yield* live.engine.pause(live.id)
    return live
  }),
  Paused: Effect.gen(function* () {
    const hand = HandStep.make("a")
    const engine = yield* Engine.make(Flow.make("flow", { steps: [hand.step] }))
    const id = yield* engine.begin()
    const taken = yield* hand.begun()
    yield* engine.pause(id)
    const answer = yield* taken.begin()
    afterwards.push(() => void Effect.runFork(Effect.andThen(answer, taken.stopHalfWay())))
    yield* Watch.status(engine, id, "Paused")
    return { engine, id }
  }),
  Interrupting: Effect.gen(function* () {
    const live = yield* reach.Running
    yield* live.engine.interrupt(live.id)
    return live
  }),
  Terminating: Effect.gen(function* () {
    const live = yield* reach.Running
    yield* live.engine.terminate(live.id)
    return live
  }),
  Interrupted: Effect.gen(function* () {
    const hand = HandStep.make("a")
    const engine = yield* Engine.make(Flow.make("flow", { steps: [done, hand.step] }))
    const id = yield* engine.begin()
    const taken = yield* hand.begun()
    yield* engine.interrupt(id)
    yield* taken.check()
    yield* taken.stopHalfWay()
    yield* engine.outcome(id)
    // The next attempt ends with the test.
    afterwards.push(() => void Effect.runFork(Effect.flatMap(hand.begun(), (again) => again.succeed())))
    return { engine, id }
  }),
  Failed: Effect.gen(function* () {
    const engine = yield* Engine.make(
      Flow.make("flow", { steps: [done, Step.make("a", { run: () => Effect.fail(new Error("no")) })] })
    )
    const id = yield* engine.begin()
    yield* engine.outcome(id)
    return { engine, id }
  }),
  Terminated: Effect.gen(function* () {
    const hand = HandStep.make("a")
    const engine = yield* Engine.make(Flow.make("flow", { steps: [done, hand.step] }))
    const id = yield* engine.begin()
    const taken = yield* hand.begun()
    yield* engine.terminate(id)
    yield* taken.interrupted
    yield* engine.outcome(id)
    return { engine, id }
  }),
  Completed: Effect.gen(function* () {
    const engine = yield* Engine.make(Flow.make("flow", { steps: [done] }))
    const id = yield* engine.begin()
    yield* engine.outcome(id)
    return { engine, id }
  })
}

const give = (live: Live, command: CommandTable.Command) => {
  const by = { source: "Cli", by: "ada" } as const
  switch (command) {
    case "interrupt":
      return live.engine.interrupt(live.id, by)
    case "pause":
      return live.engine.pause(live.id, by)
    case "resume":
      return live.engine.resume(live.id, by)
    case "terminate":
      return live.engine.terminate(live.id, by)
    case "undo":
      return live.engine.undo(live.id, by)
  }
}

/** The states in which a transition may be found, the one it leads to first. */
const after = (to: Status): ReadonlyArray<Status> => {
  switch (to) {
    // A pause is complete at once when nothing works.
    case "Pausing":
      return ["Pausing", "Paused"]
    case "Paused":
      return ["Paused"]
    // A stop is complete at once when nothing runs.
    case "Interrupting":
      return ["Interrupting", "Interrupted"]
    case "Terminating":
      return ["Terminating", "Terminated"]
    default:
      return [to]
  }
}

const recorded: { readonly [C in CommandTable.Command]: ReadonlyArray<ExecutionEvent.ExecutionEvent["type"]> } = {
  interrupt: ["interrupt-requested", "interrupt-repeated"],
  pause: ["pausing"],
  resume: ["resumed", "execution-started"],
  terminate: ["terminate-requested"],
  undo: ["execution-started"]
}

describe("every state and every command", () => {
  for (const status of literals)
    for (const command of commands) {
      const answer = CommandTable.answer(status, command)
      const says = answer._tag === "Go" ? `goes to ${answer.to}` : answer._tag === "Refuse" ? answer.code : answer._tag
      it.effect(`P8: ${command} while ${status}: ${says}`, () =>
        Effect.gen(function* () {
          const live = yield* reach[status]
          yield* Effect.addFinalizer(() =>
            Effect.sync(() => {
              for (const end of afterwards.splice(0)) end()
            })
          )
          const before = yield* Watch.soFar(live.engine, live.id)
          assert.strictEqual((yield* live.engine.get(live.id)).status, status, "the state that is reached")

          if (answer._tag === "Refuse") {
            const error = yield* Check.failsWith(give(live, command), "CommandRefused", command)
            const refused = error as { readonly code: string; readonly status: string; readonly command: string }
            assert.deepStrictEqual([refused.code, refused.status, refused.command], [answer.code, status, command])
            assert.strictEqual((yield* live.engine.get(live.id)).status, status)
            assert.strictEqual((yield* Watch.soFar(live.engine, live.id)).length, before.length, "nothing is recorded")
            return
          }
          const exit = yield* Effect.exit(give(live, command))
          assert.isTrue(Exit.isSuccess(exit))
          const receipt = yield* exit
          assert.strictEqual(receipt.execution, live.id)
          const events = yield* Watch.soFar(live.engine, live.id)
          const added = events.slice(before.length)
          const mine = added.filter((e) => recorded[command].includes(e.type))
          switch (answer._tag) {
            case "Go": {
              const states = after(answer.to)
              assert.include(states, receipt.status)
              assert.include(states, (yield* live.engine.get(live.id)).status)
              assert.strictEqual(receipt.effect, "done")
              assert.strictEqual(mine.length, 1)
              break
            }
            case "Repeat":
              assert.deepStrictEqual([receipt.effect, receipt.status], ["repeat", status])
              // A second terminate says nothing new; a request to stop is on record each time.
              assert.strictEqual(mine.length, command === "interrupt" ? 1 : 0)
              break
            case "Late": {
              assert.deepStrictEqual([receipt.effect, receipt.status], ["late", status])
              assert.strictEqual(mine.length, 1)
              assert.isTrue(mine[0]?.type === "interrupt-repeated" && mine[0].late)
              break
            }
            case "NoChange":
              assert.deepStrictEqual([receipt.effect, receipt.status], ["none", status])
              assert.strictEqual(added.length, 0)
              break
            case "Attempt":
              assert.strictEqual(receipt.effect, "done")
              assert.strictEqual((yield* live.engine.get(live.id)).attempt, 2)
              assert.strictEqual(mine[0]?.type, "execution-started")
              break
          }
          if (mine.length > 0) assert.include(JSON.stringify(mine[0]), `"by":"ada"`, "who asked is on record")
        })
      )
    }

  it("has fifty cells", () => {
    assert.strictEqual(literals.length * commands.length, 50)
  })
})

describe("after the end", () => {
  it.effect("P8: a terminal state is written once, whatever is asked or comes in afterwards", () =>
    Effect.gen(function* () {
      let release = () => {}
      const step = Step.make("a", {
        run: () =>
          new Promise<number>((resolve) => {
            release = () => resolve(1)
          })
      })
      const engine = yield* Engine.make(
        Flow.make("flow", { steps: [step, Step.make("b", { after: step, run: () => 2 })] })
      )
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* engine.terminate(id)
      yield* TestClock.adjust("1 second")
      const first = yield* engine.ended(id)
      // The late value of a step that was given up.
      release()
      yield* Engine.Bounded.turns(3)
      yield* engine.interrupt(id)
      yield* engine.terminate(id)
      const last = yield* engine.ended(id)
      assert.strictEqual(last.outcome._tag, "Terminated")
      assert.strictEqual(last.of("execution-ended").length, 1)
      assert.deepStrictEqual(last.of("step-completed"), [])
      assert.deepStrictEqual(
        last.events.slice(first.events.length).map((e) => e.type),
        ["interrupt-repeated"]
      )
      assert.deepStrictEqual(last.outcome, first.outcome)
    })
  )
})
