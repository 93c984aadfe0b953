/** Quitting with an engine that hangs, or that dies over it: what is said, and what is waited for. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { assert, describe, it } from "vitest"
import * as LeftPrograms from "../src/main/LeftPrograms.ts"
import { HandClock, idOf, program, type ProgramOptions, stateOf, turn } from "./support/QuitDesks.ts"
import { endless, interrupted, requested } from "./support/QuitPrograms.ts"

describe("P2 an engine that hangs", () => {
  it("is told of once what was promised has passed, though it never said that it was asked", async () => {
    const made = await interrupted()
    // Of the other one the promise is longer.
    await made.clock.move(4499)
    assert.deepStrictEqual(made.desk("a").told, [])
    await made.clock.move(1)
    assert.deepStrictEqual(made.desk("a").told, [
      "The engine of /projects/a does not answer: it was asked 5.5 s ago to stop `release`, and has not said that it heard. Quit again, or press “Terminate now”, to end it by force."
    ])
    assert.deepStrictEqual(made.desk("b").told, made.desk("a").told)
    assert.deepStrictEqual(made.told, [], "windows are open to say it")
    await made.clock.move(60_000)
    assert.lengthOf(made.desk("a").told, 2)
    assert.include(made.desk("a").told[1], "The engine of /projects/b does not answer: it was asked 10.5 s ago")
  })

  it("is told of where nothing was promised, too: it would say at once that it was asked", async () => {
    const made = program({ desks: ["a"] })
    made.desk("a").runs(endless)
    made.guard.signalled("SIGTERM")
    made.desk("a").closed()
    await made.clock.move(5000)
    assert.lengthOf(made.told, 1)
    assert.include(made.told[0], "does not answer: it was asked 5 s ago to stop `endless`")
  })

  it("is not told of when it has said that it was asked, or when that has stopped", async () => {
    const made = await interrupted()
    const bound = { _tag: "None", steps: ["test"] } as const
    made.desk("a").knows(requested(1, { steps: { test: 500 }, running: ["test"] }, bound))
    made.desk("b").runs()
    await made.clock.move(60_000)
    assert.deepStrictEqual(made.desk("a").told, [])
  })

  it("is not told of any more once it is ended by force", async () => {
    const made = await interrupted()
    await made.quits()
    await made.clock.move(9000)
    assert.deepStrictEqual(made.desk("a").told, [])
  })
})

const programs = (...pids: ReadonlyArray<number>) =>
  stateOf(idOf(1), {
    running: ["build"],
    more: [
      ...pids.map((pid) => ({ type: "process-started", step: "build", pid, group: pid, command: "make" })),
      { type: "process-started", step: "build", pid: 99, command: "gone" },
      { type: "process-exited", step: "build", pid: 99, exitCode: 0, tookMillis: 1 }
    ] as never
  })

describe("P3 an engine that dies while it stops what runs", () => {
  const dying = async (alive: Set<number>, options: Partial<ProgramOptions> = {}) => {
    const made = program({ desks: ["a"], isAlive: ({ pid }) => alive.has(pid), ...options })
    made.desk("a").runs(programs(41, 42))
    await made.quits()
    await made.question().answer("Interrupt")
    await made.clock.move(1000)
    made.done()
    // As the real one: what was folded of it is gone with it.
    made.desk("a").engine!.dies()
    made.desk("a").running.states.clear()
    await turn()
    return made
  }

  it("leaves programs to the sweep: Halte waits until they are gone, says so, and ends with 69", async () => {
    const alive = new Set([41, 42, 99])
    const made = await dying(alive)
    assert.lengthOf(made.told, 1)
    assert.include(made.told[0], "is swept up within seconds, at the latest by the next start, which offers to resume.")
    await made.clock.move(1000)
    alive.delete(41)
    await made.clock.move(1000)
    assert.strictEqual(made.guard.phase, "Interrupting")
    alive.delete(42)
    await made.clock.move(100)
    assert.strictEqual(made.done().at(-1), "leave 69")
    assert.strictEqual(made.clock.waiting, 0)
  })

  it("waits no longer than a sweep takes", async () => {
    const made = await dying(new Set([41]))
    await made.clock.move(4900)
    assert.strictEqual(made.guard.phase, "Interrupting")
    await made.clock.move(100)
    assert.strictEqual(made.done().at(-1), "leave 69")
    assert.strictEqual(made.clock.waiting, 0)
  })

  it("waits for nothing where all is gone, and not for a person who quits again", async () => {
    assert.strictEqual((await dying(new Set([99]))).guard.phase, "Left")
    const made = await dying(new Set([41]))
    assert.isTrue(await made.guard.terminateAll(made.desk("a")), "there is nothing to ask about")
    assert.lengthOf(made.questions, 1)
    await made.quits()
    assert.strictEqual(made.done().at(-1), "leave 69")
    assert.strictEqual(made.clock.waiting, 0)
  })

  it("is waited for when it was killed because it did not end by force, and not when a person has it killed", async () => {
    for (const isByHand of [false, true]) {
      const made = program({ desks: ["a"], isAlive: () => true })
      made.desk("a").runs(programs(41))
      made.guard.signalled("SIGTERM")
      await made.clock.move(1000)
      made.guard.signalled("SIGTERM")
      await made.clock.move(isByHand ? 1000 : 10_000)
      if (isByHand) made.guard.signalled("SIGTERM")
      await turn()
      assert.strictEqual(made.guard.phase, isByHand ? "Left" : "Terminating")
      await made.clock.move(5000)
      assert.strictEqual(made.done().at(-1), "leave 137")
    }
  })
})

describe("a program that was left", () => {
  it("is there until its process and its group are gone, and one that may not be signalled is there", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" })
    await once(child, "spawn")
    const left = { pid: child.pid!, group: child.pid! }
    assert.isTrue(LeftPrograms.isAlive(left))
    assert.isTrue(LeftPrograms.isAlive({ pid: 1 }))
    child.kill("SIGKILL")
    await once(child, "exit")
    assert.isFalse(LeftPrograms.isAlive(left))
    const { gone } = LeftPrograms.untilGone({ programs: [left], clock: new HandClock() })
    await gone
  })
})
