import { assert, describe, it } from "@effect/vitest"
import {
  type ExecutionId,
  ExecutionsError,
  type ExecutionStatus,
  Flow,
  type InterruptSignal,
  InterruptStrategy,
  type Step
} from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import type { Answer, Question } from "@halte/web/DesktopBridge"
import { Effect } from "effect"
import { beforeEach } from "vitest"
import * as Interrupting from "../src/main/Interrupting.ts"
import type { RunningExecutions } from "../src/main/RunningExecutions.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as LocalDesk from "./support/LocalDesk.ts"

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>, strategy?: InterruptStrategy.InterruptStrategy) =>
  Flow.make(name, { steps, strategy }) as Flow.Flow<unknown, never>

interface Asked {
  readonly question: Question
  readonly answer: (answer: Answer) => void
  readonly over: AbortSignal
}

const yes: Answer = { yes: true, checked: false }
const no: Answer = { yes: false, checked: false }

const setUp = (flows: ReadonlyArray<Flow.Flow<unknown, never>>) =>
  Effect.gen(function* () {
    const opened = yield* LocalDesk.open(flows)
    const settings = new LocalDesk.SettingsInHand()
    const asked: Array<Asked> = []
    const interrupting = Interrupting.make({
      settings,
      by: () => "anna",
      ask: (_desk, question, over) =>
        new Promise((resolve) => {
          // As the system's dialog does it: what is taken back is answered as if it had been closed.
          over.addEventListener("abort", () => resolve(no))
          asked.push({ question, answer: resolve, over })
        })
    })
    const question = (n = 1) => Bounded.eventually(() => asked[n - 1], `question ${n}`)
    return { ...opened, settings, asked, question, interrupting }
  })

/** The main process has seen that a step is under way. */
const isSeen = (
  { states }: RunningExecutions,
  id: string,
  step: string,
  status: ExecutionStatus.StepStatus = "Running"
) => Bounded.eventually(() => states.get(id)?.steps.get(step)?.status === status, `step \`${step}\` to be seen`)

const release = { name: "release 2.4.0", command: false, via: "menu" }
const command = { name: "npm test", command: true, via: "menu" }

const settled = (promise: Promise<void>) => Effect.promise(() => promise)
const signals = (state: { readonly requests: ReadonlyArray<{ readonly signal: InterruptSignal.InterruptSignal }> }) =>
  state.requests.map(({ signal: { by, source, via } }) => ({ by, source, via }))

describe("Interrupting", () => {
  it.live("R4 R51 only a yes interrupts, and the record says the desktop, who, and the menu", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { asked, desk, executions, interrupting, question, running } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* isSeen(running, id, "a")
      const refused = interrupting.interrupt(desk, id, release)
      const first = yield* question()
      assert.deepStrictEqual(first.question, {
        title: "Confirm Interrupt",
        message: "Are you sure you want to interrupt release 2.4.0?",
        detail: "Running → Interrupted: no bound: a, can be resumed",
        yes: "Interrupt",
        no: "Keep running",
        checkbox: "Do not ask again"
      })
      first.answer({ yes: false, checked: true })
      yield* settled(refused)
      assert.deepStrictEqual((yield* executions.get(id)).requests, [])
      const meant = interrupting.interrupt(desk, id, release)
      ;(yield* question(2)).answer(yes)
      yield* settled(meant)
      yield* hand.succeed()
      const outcome = yield* Watch.outcome(executions, id)
      assert.deepStrictEqual([outcome._tag, outcome.completed, outcome.notStarted], ["Interrupted", ["a"], ["b"]])
      assert.deepStrictEqual(signals(yield* executions.get(id)), [{ by: "anna", source: "Desktop", via: "menu" }])
      assert.deepStrictEqual([asked.length, desk.told], [2, []])
    })
  )

  it.live("R51 asks about the running command in the words of the Command view, and says how soon it stops", () =>
    Effect.gen(function* () {
      const step = HandStep.make("command", { stopsWithin: "1 second" })
      const { desk, executions, interrupting, question, running } = yield* setUp([flowOf("command", [step.step])])
      const id = yield* executions.start({ flow: "command" })
      const hand = yield* step.begun(id)
      yield* isSeen(running, id, "command")
      const meant = interrupting.interrupt(desk, id, command)
      const { answer, question: words } = yield* question()
      assert.strictEqual(words.message, "Are you sure you want to interrupt the running command?")
      assert.strictEqual(words.detail, "Running → Interrupted: within 1 s, can be resumed")
      answer(yes)
      yield* settled(meant)
      yield* hand.stopHalfWay()
      yield* Watch.status(executions, id, "Interrupted")
    })
  )

  it.live("R51 can be switched off: in the settings, and by the box of the question, which only a yes ticks", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { asked, desk, executions, interrupting, question, settings } = yield* setUp([flowOf("release", steps)])
      const one = yield* executions.start({ flow: "release" })
      const two = yield* executions.start({ flow: "release" })
      const hands = [yield* a.begun(one), yield* a.begun(two)]
      const refused = interrupting.interrupt(desk, one, release)
      ;(yield* question()).answer({ yes: false, checked: true })
      yield* settled(refused)
      assert.isTrue(settings.now.confirm)
      const meant = interrupting.interrupt(desk, one, release)
      ;(yield* question(2)).answer({ yes: true, checked: true })
      yield* settled(meant)
      assert.isFalse(settings.now.confirm)
      yield* settled(interrupting.interrupt(desk, two, release))
      assert.strictEqual(asked.length, 2)
      for (const hand of hands) yield* hand.succeed()
      for (const id of [one, two]) assert.strictEqual((yield* Watch.outcome(executions, id))._tag, "Interrupted")
    })
  )

  it.live("R51 looks again after the answer: what has ended meanwhile is sent nothing, and it is said", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { desk, executions, interrupting, question } = yield* setUp([flowOf("release", steps)])
      // What another engine runs is in no menu's states: nobody takes the question back.
      desk.running = undefined
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      const meant = interrupting.interrupt(desk, id, release)
      const { answer } = yield* question()
      yield* hand.succeed()
      yield* Watch.status(executions, id, "Completed")
      answer(yes)
      yield* settled(meant)
      assert.deepStrictEqual((yield* executions.get(id)).requests, [])
      assert.deepStrictEqual(desk.told, ["release 2.4.0 has ended: there is nothing to stop."])
    })
  )

  it.live("takes the question back when what it asks about ends, and says so", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { desk, executions, interrupting, question, running } = yield* setUp([flowOf("command", steps)])
      const id = yield* executions.start({ flow: "command" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => running.states.has(id), "the execution")
      const meant = interrupting.interrupt(desk, id, command)
      const { over } = yield* question()
      yield* hand.succeed()
      yield* settled(meant)
      assert.isTrue(over.aborted)
      assert.deepStrictEqual(desk.told, ["No command is currently running."])
      assert.deepStrictEqual((yield* executions.get(id)).requests, [])
    })
  )

  it.live("R50 says that no command is running: where there is none, and where it has ended", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { asked, desk, executions, interrupting } = yield* setUp([flowOf("command", steps)])
      yield* settled(interrupting.interrupt(desk, undefined, command))
      const id = yield* executions.start({ flow: "command" })
      yield* (yield* a.begun(id)).succeed()
      yield* Watch.status(executions, id, "Completed")
      yield* settled(interrupting.interrupt(desk, id, command))
      assert.deepStrictEqual(desk.told, ["No command is currently running.", "No command is currently running."])
      assert.deepStrictEqual([asked.length, (yield* executions.get(id)).requests.length], [0, 0])
    })
  )

  it.live("R64 takes an end in the same moment as the request for no error", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { desk, executions, interrupting, settings } = yield* setUp([flowOf("command", steps)])
      settings.change({ confirm: false })
      const id = yield* executions.start({ flow: "command" })
      const hand = yield* a.begun(id)
      // It ends after it was looked at, and before the request is there.
      desk.running = undefined
      desk.executions = {
        ...executions,
        interrupt: (of, request) =>
          Effect.gen(function* () {
            yield* hand.succeed()
            yield* Effect.orDie(Watch.status(executions, id, "Completed"))
            return yield* executions.interrupt(of, request)
          })
      }
      yield* settled(interrupting.interrupt(desk, id, command))
      assert.deepStrictEqual(desk.told, ["No command is currently running."])
      assert.deepStrictEqual(
        (yield* executions.get(id)).requests.map(({ kind }) => kind),
        ["late"]
      )
    })
  )

  it.live("R54 tells a request that failed, of a command in its own words", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { desk, executions, interrupting, settings } = yield* setUp([flowOf("release", steps)])
      settings.change({ confirm: false })
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      const gone = new ExecutionsError.ExecutionsUnavailable({ reason: "the engine is gone" })
      desk.executions = { ...executions, interrupt: () => Effect.fail(gone) }
      yield* settled(interrupting.interrupt(desk, id, command))
      yield* settled(interrupting.interrupt(desk, id, release))
      desk.change({ executions: undefined, running: undefined })
      yield* settled(interrupting.interrupt(desk, id, release))
      yield* settled(interrupting.pause(desk, id))
      assert.deepStrictEqual(desk.told, [
        "Failed to interrupt command: The engine can't be used: the engine is gone",
        "The engine can't be used: the engine is gone.",
        "The engine can't be used: the engine of this window is not running.",
        "The engine can't be used: the engine of this window is not running."
      ])
      yield* hand.succeed()
    })
  )

  it.live(
    "asks one question at a time about an execution, and brings that to the front; P9 others are asked beside it",
    () =>
      Effect.gen(function* () {
        const { a, b, steps } = HandStep.chain("a", "b")
        const { asked, desk, executions, interrupting, question } = yield* setUp([flowOf("release", steps)])
        const one = yield* executions.start({ flow: "release" })
        const two = yield* executions.start({ flow: "release" })
        const hands = [yield* a.begun(one), yield* a.begun(two)]
        const first = interrupting.interrupt(desk, one, release)
        yield* question()
        yield* settled(interrupting.interrupt(desk, one, { ...release, via: "tray" }))
        assert.deepStrictEqual([asked.length, desk.shown], [1, [""]])
        const second = interrupting.interrupt(desk, two, release)
        ;(yield* question(2)).answer(no)
        yield* settled(second)
        asked[0]?.answer(yes)
        yield* settled(first)
        // Once it is answered it may be asked anew.
        const third = interrupting.interrupt(desk, two, release)
        ;(yield* question(3)).answer(no)
        yield* settled(third)
        for (const hand of hands) yield* hand.succeed()
        yield* (yield* b.begun(two)).succeed()
        assert.strictEqual((yield* Watch.outcome(executions, one))._tag, "Interrupted")
        assert.strictEqual((yield* Watch.outcome(executions, two))._tag, "Completed")
      })
  )

  it.live("R42 asks and sends nothing more while it is interrupting already", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { asked, desk, executions, interrupting } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* executions.interrupt(id, { source: "Cli" })
      yield* settled(interrupting.interrupt(desk, id, release))
      assert.deepStrictEqual([asked.length, desk.told], [0, []])
      assert.strictEqual((yield* executions.get(id)).requests.length, 1)
      yield* hand.succeed()
    })
  )

  it.live("P11 terminates after its own question, which names the execution and what may be left half done", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, executions, interrupting, question, running, settings } = yield* setUp([flowOf("release", steps)])
      // Force is always confirmed.
      settings.change({ confirm: false })
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* settled(interrupting.interrupt(desk, id, release))
      yield* isSeen(running, id, "a", "Interrupting")
      const refused = interrupting.terminate(desk, id, release)
      const first = yield* question()
      assert.deepStrictEqual(first.question, {
        title: "Terminate release 2.4.0 now?",
        message: "Running steps are ended without waiting for a stopping point.",
        detail: "Interrupting… → Terminated: at once\nMay be left half done: a",
        yes: "Terminate now",
        no: "Keep running"
      })
      first.answer(no)
      yield* settled(refused)
      assert.strictEqual((yield* executions.get(id)).status, "Interrupting")
      const meant = interrupting.terminate(desk, id, { ...release, via: "tray" })
      ;(yield* question(2)).answer(yes)
      yield* settled(meant)
      yield* hand.interrupted
      const outcome = yield* Watch.outcome(executions, id)
      assert.deepStrictEqual([outcome._tag, outcome.terminated, outcome.notStarted], ["Terminated", ["a"], ["b"]])
      assert.deepStrictEqual(signals(yield* executions.get(id)), [
        { by: "anna", source: "Desktop", via: "menu" },
        { by: "anna", source: "Desktop", via: "tray" }
      ])
      assert.isTrue(settings.now.confirm === false && desk.told.length === 0)
    })
  )

  it.live("P8 leaves one that has ended as it is, also by force", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { asked, desk, executions, interrupting } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      yield* (yield* a.begun(id)).succeed()
      const { sequence } = yield* Watch.status(executions, id, "Completed")
      yield* settled(interrupting.terminate(desk, id, release))
      assert.strictEqual((yield* executions.get(id)).sequence, sequence)
      assert.deepStrictEqual([asked.length, desk.told.length], [0, 1])
    })
  )

  it.live("R70 pauses and resumes, as the desktop, and tells what is refused", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { desk, executions, interrupting } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* settled(interrupting.pause(desk, id))
      const answer = yield* hand.begin()
      yield* Watch.status(executions, id, "Paused")
      const pausing = yield* Watch.event(executions, id, "pausing")
      assert.deepStrictEqual([pausing.source, pausing.by], ["Desktop", "anna"])
      yield* settled(interrupting.resume(desk, id))
      assert.strictEqual((yield* answer)._tag, "Continue")
      yield* settled(interrupting.resume(desk, id))
      assert.deepStrictEqual(desk.told, [`Execution \`${id}\` is Running, so resume is refused: already-running.`])
      yield* hand.succeed()
    })
  )

  it.live("shows the execution where a person has to decide something before it can be resumed", () =>
    Effect.gen(function* () {
      const step = HandStep.make("announce", { idempotent: false })
      const { desk, executions, interrupting } = yield* setUp([flowOf("release", [step.step])])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* step.begun(id)
      yield* executions.interrupt(id)
      yield* hand.stopHalfWay()
      yield* Watch.status(executions, id, "Interrupted")
      yield* settled(interrupting.resume(desk, id))
      assert.deepStrictEqual(desk.shown, [`/executions/${id}`])
      assert.match(desk.told.join(), /needs-rerun/)
    })
  )

  it.live("R3 R41 tells of an id that nobody knows, and does nothing else", () =>
    Effect.gen(function* () {
      const { asked, desk, interrupting } = yield* setUp([flowOf("release", HandStep.chain("a").steps)])
      const id = "01ARZ3NDEKTSV4RRFFQ6" as ExecutionId.ExecutionId
      yield* settled(interrupting.interrupt(desk, id, release))
      assert.deepStrictEqual([asked.length, desk.told], [0, [`Execution \`${id}\` was not found.`]])
    })
  )

  it.live("does nothing where the question can't be asked", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      const interrupting = Interrupting.make({
        settings: new LocalDesk.SettingsInHand(),
        by: () => "anna",
        ask: () => Promise.reject(new Error("the window is gone"))
      })
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* settled(interrupting.interrupt(desk, id, release))
      assert.deepStrictEqual(desk.told, [
        "It could not be asked whether to go on, so nothing was done: the window is gone"
      ])
      assert.deepStrictEqual((yield* executions.get(id)).requests, [])
      yield* hand.succeed()
    })
  )
})
