/** The end of Halte that asks nobody: of the system, and by signals. */
import { assert, describe, it } from "vitest"
import { program, turn } from "./support/QuitDesks.ts"
import { interrupted, release, running } from "./support/QuitPrograms.ts"

describe("the system ends", () => {
  it("R73 asks nobody, interrupts as a shutdown, and leaves when all has stopped", async () => {
    const made = running()
    made.guard.systemEnds("shutdown of the system")
    assert.lengthOf(made.questions, 0)
    assert.includeMembers([...made.done()], ["a: stop via shutdown of the system"])
    made.desk("a").runs()
    made.desk("b").runs()
    await turn()
    assert.strictEqual(made.guard.phase, "Left")
    assert.strictEqual(made.clock.waiting, 0)
  })

  it("terminates after 4 s, since the system uses force after 5", async () => {
    const made = running()
    made.guard.systemEnds("end of the session")
    made.guard.systemEnds("end of the session")
    await made.clock.move(3999)
    assert.strictEqual(made.guard.phase, "Interrupting")
    made.done()
    await made.clock.move(1)
    assert.strictEqual(made.guard.phase, "Terminating")
    assert.includeMembers([...made.done()], ["a: terminate via end of the session"])
  })

  it("hurries what a person has begun to stop", async () => {
    const made = await interrupted()
    made.guard.systemEnds("shutdown of the system")
    await made.clock.move(4000)
    assert.strictEqual(made.guard.phase, "Terminating")
  })
})

describe("signals", () => {
  it("are stages, and end with the exit codes of the command line", async () => {
    const once = running()
    once.guard.signalled("SIGINT")
    once.desk("a").runs()
    once.desk("b").runs()
    await turn()
    assert.strictEqual(once.done().at(-1), "leave 130")

    const nothing = program({ desks: ["a"] })
    nothing.guard.signalled("SIGINT")
    await turn()
    assert.strictEqual(nothing.done().at(-1), "leave 0")

    const often = running()
    assert.strictEqual(often.guard.signalled("SIGTERM"), "Interrupting")
    assert.isUndefined(often.guard.signalled("SIGHUP"), "a session that ends sends both")
    await often.clock.move(1000)
    assert.strictEqual(often.guard.signalled("SIGTERM"), "Terminating")
    await often.clock.move(1000)
    assert.strictEqual(often.guard.signalled("SIGTERM"), "Killed")
    await turn()
    assert.strictEqual(often.done().at(-1), "leave 137")
    assert.isUndefined(often.guard.signalled("SIGTERM"))
  })

  it("that are followed by the death of an engine say that something is left", async () => {
    const made = program({ desks: ["a"] })
    made.desk("a").runs(release)
    made.guard.signalled("SIGTERM")
    made.desk("a").engine!.dies()
    await turn()
    assert.strictEqual(made.done().at(-1), "leave 69")
  })

  it("open no window", async () => {
    const made = running()
    await made.quits()
    await made.question().answer("Background")
    made.guard.signalled("SIGTERM")
    assert.isFalse(made.done().some((one) => one.includes("show:") || one.endsWith("show")))
  })
})
