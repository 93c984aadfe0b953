/** What is looked at before it is asked whether to quit: how all that runs stands now, and whether there is a tray. */
import type { ExecutionState } from "@halte/engine/model"
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { idOf, program, stateOf, turn } from "./support/QuitDesks.ts"

const steps = { build: 500, test: 5500 }
/** As it was folded: the first step has ended, and of the second nothing has come yet. */
const between = stateOf(idOf(1), { steps, done: ["build"] })
const under = stateOf(idOf(1), { steps, done: ["build"], running: ["test"] })

const said = (state: ExecutionState.ExecutionState) => ({ get: () => Effect.succeed(state) })
const silent = { get: () => Effect.never }

const made = (executions: ReturnType<typeof said> | typeof silent | undefined) => {
  const one = program({ desks: ["a"] })
  one.desk("a").runs(between)
  one.desk("a").executions = executions
  return one
}

/** Until it is asked: the engine answers in a few turns. */
const asked = async (one: ReturnType<typeof program>) => {
  for (let n = 0; n < 50 && one.questions.length === 0; n++) await turn()
  return one.question().question
}

describe("P2 before the question", () => {
  it("engines are asked how what runs stands now: what is folded is a moment late, and would promise too much", async () => {
    const one = made(said(under))
    await one.quits()
    assert.strictEqual((await asked(one)).detail, "It stops within 5.5 s and can be resumed.")
    assert.strictEqual(one.clock.waiting, 0)
  })

  it("one that does not answer is not waited for, and nothing is promised of what it runs", async () => {
    const one = made(silent)
    await one.quits()
    assert.lengthOf(one.questions, 0)
    await one.clock.move(499)
    assert.lengthOf(one.questions, 0)
    await one.clock.move(1)
    assert.strictEqual((await asked(one)).detail, "It can be resumed. How soon it stops is not known yet.")
    await one.question().answer("Interrupt")
    assert.strictEqual(one.desk("a").quitting?.executions[0]?.promise, "not known yet")
  })

  it("what is known already is not replaced by something older, or by an end that its engine has not told", async () => {
    const ended = stateOf(idOf(1), {
      steps,
      done: ["build", "test"],
      more: [{ type: "execution-ended", status: "Completed", summary: {} }] as never
    })
    for (const late of [between, ended]) {
      const one = made(said(late))
      one.desk("a").knows(under)
      await one.quits()
      assert.strictEqual((await asked(one)).detail, "It stops within 5.5 s and can be resumed.")
    }
  })

  it("a window that is closed is asked about in the same way", async () => {
    const one = made(said(under))
    await one.closes("a")
    assert.strictEqual((await asked(one)).detail, "It stops within 5.5 s and can be resumed.")
  })

  it("a gesture that comes meanwhile is part of it, and a signal goes before it", async () => {
    const one = made(silent)
    await one.quits()
    await one.quits()
    await one.closes("a")
    assert.strictEqual(one.guard.signalled("SIGTERM"), "Interrupting")
    await one.clock.move(1000)
    assert.lengthOf(one.questions, 0)
    assert.strictEqual(one.guard.phase, "Interrupting")
  })

  it("nothing is asked when all has ended meanwhile", async () => {
    const one = made(silent)
    await one.quits()
    one.desk("a").runs()
    await turn()
    assert.lengthOf(one.questions, 0)
    assert.strictEqual(one.guard.phase, "Left")
    assert.strictEqual(one.clock.waiting, 0)
  })

  it("what has begun meanwhile is named, too", async () => {
    const one = made(silent)
    await one.quits()
    one.desk("a").runs(between, stateOf(idOf(2), { flow: "late", running: ["build"] }))
    await one.clock.move(500)
    assert.include((await asked(one)).message, "2 executions are running: release (1 of 2 steps), late")
  })
})

describe("the tray, before the question", () => {
  it("is looked for again, and what is known by then counts", async () => {
    let isThere = true
    const one = program({
      desks: ["a"],
      canComeBack: () => isThere,
      lookForTray: async () => {
        isThere = false
      }
    })
    one.desk("a").runs(under)
    await one.quits()
    assert.include((await asked(one)).detail, "no tray")
  })

  it("is not waited for where the system does not answer, and a failure is none of the question", async () => {
    for (const lookForTray of [() => new Promise(() => {}), () => Promise.reject(new Error("no bus"))]) {
      const one = program({ desks: ["a"], lookForTray })
      one.desk("a").runs(under)
      await one.quits()
      await one.clock.move(500)
      assert.lengthOf((await asked(one)).buttons, 3)
    }
  })
})
