/**
 * Closing windows and quitting, told as what a person does and sees. Ends that ask nobody are in QuitUnasked, every pair of
 * state and event is in QuitTable.
 */
import { assert, describe, it } from "vitest"
import { idOf, program, stateOf, turn } from "./support/QuitDesks.ts"
import { endless, index, interrupted, release, requested, running } from "./support/QuitPrograms.ts"

describe("the question", () => {
  it("names what runs anywhere and how soon it stops, and has the three buttons, when Halte is to quit", async () => {
    const made = running()
    assert.isFalse(await made.quits())
    const { over, question } = made.question()
    assert.strictEqual(question.message, "2 executions are running: release (1 of 3 steps), index.")
    assert.strictEqual(question.detail, "They stop within 5.5 s and can be resumed.")
    assert.deepStrictEqual(
      question.buttons.map(({ label }) => label),
      ["Keep running in the background", "Interrupt and quit", "Stay"]
    )
    assert.strictEqual(over, "a")
  })

  it("names what has just been started as its engine does, and so does the window that waits for it", async () => {
    const made = program({ desks: ["a"] })
    const desk = made.desk("a")
    desk.engine!.names.set(idOf(7), "npm test")
    desk.engine!.runs(idOf(7))
    await made.quits()
    assert.strictEqual(made.question().question.message, "1 execution is running: npm test.")
    await made.question().answer("Interrupt")
    assert.deepStrictEqual(
      desk.quitting?.executions.map(({ execution, flow }) => [execution, flow]),
      [[idOf(7), "npm test"]]
    )
  })

  it("is about the window's project alone when one of several is closed, and says close", async () => {
    const made = running()
    await made.closes("b")
    const { over, question } = made.question()
    assert.strictEqual(question.message, "1 execution is running: index.")
    assert.strictEqual(question.detail, "It stops within 5.5 s and can be resumed.")
    assert.strictEqual(question.buttons[1]?.label, "Interrupt and close")
    assert.strictEqual(over, "b")
  })

  it("says quit when the last window is closed, and close where the program outlives its windows", async () => {
    const linux = program({ desks: ["a"] })
    linux.desk("a").runs(release)
    await linux.closes("a")
    assert.strictEqual(linux.question().question.buttons[1]?.label, "Interrupt and quit")
    const mac = program({ desks: ["a"], mac: true })
    mac.desk("a").runs(release)
    await mac.closes("a")
    assert.strictEqual(mac.question().question.buttons[1]?.label, "Interrupt and close")
  })

  it("says close for the last window while another project goes on in the background", async () => {
    const made = running()
    await made.closes("b")
    await made.question().answer("Background")
    await made.closes("a")
    assert.strictEqual(made.question().question.buttons[1]?.label, "Interrupt and close")
    await made.question().answer("Interrupt")
    made.desk("a").runs()
    await made.clock.move(60_000)
    assert.strictEqual(made.guard.phase, "Open", "the other one still runs")
    assert.deepStrictEqual(
      made.desks.map(({ name }) => name),
      ["b"]
    )
  })

  it("does not offer the background where nobody could come back to it, and says what to do instead", async () => {
    const made = running({ canComeBack: false })
    await made.quits()
    const { question } = made.question()
    assert.deepStrictEqual(
      question.buttons.map(({ label }) => label),
      ["Interrupt and quit", "Stay"]
    )
    assert.include(question.detail, "no tray")
    assert.include(question.detail, "Minimize the window instead.")
  })

  it("is asked once, however often quitting is asked for meanwhile", async () => {
    const made = running()
    await Promise.all([made.quits(), made.quits()])
    await made.clock.move(5000)
    await made.quits()
    assert.lengthOf(made.questions, 1)
    await made.question().answer("Stay")
    assert.strictEqual(made.guard.phase, "Open")
  })

  it("about quitting takes the place of one about a window", async () => {
    const made = running()
    await made.closes("b")
    const [first] = made.questions
    await made.quits()
    assert.isFalse(first?.isOpen)
    assert.strictEqual(made.question().question.title, "Quit Halte?")
    await made.question().answer("Stay")
    assert.isDefined(made.desk("b").window)
  })

  it("is taken for answered with Stay when it can't be asked", async () => {
    const made = running()
    await made.quits()
    await made.question().fail("there is no screen")
    assert.strictEqual(made.guard.phase, "Open")
    assert.deepStrictEqual(made.done().slice(1), [])
    assert.deepStrictEqual(made.told, ["The question could not be asked: there is no screen"])
  })
})

describe("staying", () => {
  it("changes nothing", async () => {
    const made = running()
    await made.quits()
    made.done()
    await made.question().answer("Stay")
    await made.closes("a")
    made.done()
    await made.question().answer("Stay")
    await made.clock.move(600_000)
    assert.deepStrictEqual(made.done(), [])
    assert.strictEqual(made.guard.phase, "Open")
    assert.isUndefined(made.desk("a").quitting)
  })
})

describe("what happens while the question is open", () => {
  it("R51 an execution that has begun meanwhile is not interrupted by the answer: it is asked again, naming it", async () => {
    const made = running()
    await made.quits()
    made.desk("b").runs(index, endless)
    await made.question().answer("Interrupt")
    assert.include(made.question().question.message, "3 executions are running")
    assert.include(made.question().question.detail, "no bound: `loop`")
    assert.isFalse(made.done().some((one) => one.includes("stop")))
    await made.question().answer("Interrupt")
    assert.strictEqual(made.guard.phase, "Interrupting")
  })

  it("one that has begun meanwhile goes on in the background with the others", async () => {
    const made = running()
    await made.quits()
    made.desk("b").runs(index, endless)
    await made.question().answer("Background")
    assert.isFalse(made.done().some((one) => one.includes("stop")))
  })

  it("when all has ended the question goes, and what was asked for is done", async () => {
    const made = running()
    await made.quits()
    const { isOpen } = made.question()
    assert.isTrue(isOpen)
    made.desk("a").runs()
    assert.isTrue(made.question().isOpen, "something still runs")
    made.desk("b").runs()
    await turn()
    assert.strictEqual(made.guard.phase, "Left")
    assert.include(made.done(), "leave 0")
  })

  it("where it can't be taken away, Stay still means staying, and another answer leaves with nothing to interrupt", async () => {
    const stays = running({ sticky: true, mac: true })
    await stays.quits()
    stays.desk("a").runs()
    stays.desk("b").runs()
    await turn()
    await stays.question().answer("Stay")
    assert.strictEqual(stays.guard.phase, "Open")

    const leaves = running({ sticky: true, mac: true })
    await leaves.quits()
    leaves.desk("a").runs()
    leaves.desk("b").runs()
    await leaves.question().answer("Interrupt")
    assert.strictEqual(leaves.guard.phase, "Left")
    assert.isFalse(leaves.done().some((one) => one.includes("by anna")))
  })

  it("an engine that dies takes the question away and nothing else: its window offers to resume", async () => {
    const made = program({ desks: ["a"] })
    made.desk("a").runs(release)
    await made.quits()
    made.desk("a").engine!.dies()
    await turn()
    assert.strictEqual(made.guard.phase, "Open")
    assert.isDefined(made.desk("a").window)
  })

  it("a signal takes the question away and interrupts as a shutdown", async () => {
    const made = running()
    await made.quits()
    made.done()
    assert.strictEqual(made.guard.signalled("SIGTERM"), "Interrupting")
    await turn()
    assert.isFalse(made.questions.some(({ isOpen }) => isOpen))
    assert.includeMembers(
      [...made.done()],
      ["a: stop via SIGTERM", "b: stop via SIGTERM"],
      "nobody is named: it is a shutdown"
    )
  })
})

describe("interrupting and quitting", () => {
  it("P10 asks each engine in the person's name, and windows show what is waited for before anything is stopped", async () => {
    const made = running()
    await made.quits()
    made.done()
    await made.question().answer("Interrupt")
    assert.deepStrictEqual(made.done(), [
      "a: shows Interrupting release, index",
      "b: shows Interrupting release, index",
      "a: stop by anna via Interrupt and quit",
      "b: stop by anna via Interrupt and quit"
    ])
    assert.strictEqual(made.desk("b").quitting?.closes, "Halte")
    assert.deepStrictEqual(made.desk("b").quitting?.executions, [
      { execution: idOf(1), flow: "release", status: "Running", steps: ["test"], promise: "within 0.5 s" },
      { execution: idOf(2), flow: "index", status: "Running", steps: ["walk"], promise: "within 5.5 s" }
    ])
  })

  it("P2 keeps what it shows up to date with the promise that was recorded, and says nothing twice", async () => {
    const made = await interrupted()
    const asked = stateOf(idOf(1), {
      steps: { build: 5500, test: 500, ship: 0 },
      running: ["test"],
      more: [
        {
          type: "interrupt-requested",
          signal: { source: "Desktop", by: "anna", requestedAt: 1 },
          strategy: { _tag: "FinishCurrent" },
          bound: { _tag: "Within", millis: 10_500, steps: ["test"] },
          running: ["test"]
        }
      ]
    })
    made.desk("a").knows(asked)
    made.desk("a").knows(asked)
    assert.deepStrictEqual(made.done(), [
      "a: shows Interrupting release, index",
      "b: shows Interrupting release, index"
    ])
    assert.deepInclude(made.desk("a").quitting?.executions[0], { status: "Interrupting", promise: "within 10.5 s" })
  })

  it("P3 leaves when the process of every engine is gone, and not before", async () => {
    const made = await interrupted()
    made.desk("a").runs()
    await turn()
    made.desk("b").engine!.hangs = true
    made.desk("b").runs()
    await made.clock.move(4000)
    assert.strictEqual(made.guard.phase, "Interrupting")
    assert.notInclude(made.done(), "leave 0")
    made.desk("b").engine!.hangs = false
    made.desk("b").runs()
    await turn()
    assert.strictEqual(made.done().at(-1), "leave 0")
    assert.isTrue(made.guard.quitRequested(), "Electron may leave now")
    assert.strictEqual(made.clock.waiting, 0, "no timer is left")
  })

  it("waits as long as it takes where nothing was promised: a person decides", async () => {
    const made = program({ desks: ["a"] })
    made.desk("a").runs(endless)
    await made.quits()
    await made.question().answer("Interrupt")
    made
      .desk("a")
      .knows(
        requested(3, { flow: "endless", steps: { loop: null }, running: ["loop"] }, { _tag: "None", steps: ["loop"] })
      )
    await made.clock.move(3_600_000)
    assert.strictEqual(made.guard.phase, "Interrupting")
    assert.deepStrictEqual(made.told, [])
  })

  it("P2 says so, once, when a promise was not kept, and what ends it", async () => {
    const made = await interrupted()
    const bound = (millis: number) => ({ _tag: "Within", millis, steps: [] }) as const
    made.desk("a").knows(requested(1, { steps: { test: 500 }, running: ["test"] }, bound(500)))
    made.desk("b").knows(requested(2, { flow: "index", steps: { walk: 5500 }, running: ["walk"] }, bound(3_600_000)))
    await made.clock.move(60_000)
    const { told } = made.desk("a")
    assert.lengthOf(told, 1)
    assert.include(told[0], "`release` should have stopped within 0.5 s and has not.")
    assert.deepStrictEqual(made.desk("b").told, told)
    assert.deepStrictEqual(made.told, [], "windows are open to say it")
    assert.strictEqual(made.guard.phase, "Interrupting")
  })

  it("shows a window when none is open, that of a project where something runs", async () => {
    const made = running()
    await made.quits()
    await made.question().answer("Background")
    made.desk("a").runs()
    await made.quits()
    made.done()
    await made.question().answer("Interrupt")
    assert.strictEqual(made.done()[0], "b: show")
    assert.strictEqual(made.desk("b").quitting?.phase, "Interrupting")
  })

  it("a project that was opened meanwhile ends, too", async () => {
    const made = await interrupted()
    made.add("late")
    made.desk("a").runs()
    made.desk("b").runs()
    await turn()
    assert.deepStrictEqual(made.done().slice(-2), ["late: stop by anna via Interrupt and quit", "leave 0"])
  })

  it("what was being interrupted with its window is not asked about again", async () => {
    const made = running()
    await made.closes("a")
    await made.question().answer("Interrupt")
    made.desk("b").runs()
    await made.clock.move(1000)
    made.done()
    await made.quits()
    assert.strictEqual(made.guard.phase, "Interrupting")
    assert.lengthOf(made.questions, 1)
  })
})

describe("asking again", () => {
  it("P11 the second request terminates, the third kills the engines and leaves at once", async () => {
    const made = await interrupted()
    await made.quits()
    assert.strictEqual(made.guard.phase, "Terminating")
    assert.includeMembers(
      [...made.done()],
      ["a: terminate by anna via Quit again", "b: terminate by anna via Quit again"]
    )
    assert.strictEqual(made.desk("a").quitting?.phase, "Terminating")
    await made.clock.move(1000)
    await made.quits()
    assert.deepStrictEqual(made.done(), ["a: kill", "b: kill", "leave 69"])
    assert.lengthOf(made.told, 2)
    assert.include(made.told[0], "ended before it had stopped `release`")
  })

  it("leaves no timer and no listener behind, also when what it would have used force on stops by itself", async () => {
    const made = await interrupted()
    await made.quits()
    made.desk("a").runs()
    made.desk("b").runs()
    await turn()
    assert.strictEqual(made.guard.phase, "Left")
    assert.strictEqual(made.clock.waiting, 0)
    made.done()
    made.desk("a").runs(release)
    assert.deepStrictEqual(made.done(), [])
  })

  it("a key that is held down is one request", async () => {
    const made = running()
    await made.quits()
    await made.question().answer("Interrupt")
    made.done()
    await made.quits()
    await made.clock.move(400)
    await made.quits()
    assert.strictEqual(made.guard.phase, "Interrupting")
    await made.clock.move(200)
    await made.quits()
    await made.quits()
    assert.strictEqual(made.guard.phase, "Terminating")
  })

  it("Terminate now in the page asks first, says what may be half done, and terminates", async () => {
    const made = await interrupted()
    const done = made.guard.terminateAll(made.desk("a"))
    const { over, question } = made.question()
    assert.strictEqual(over, "a")
    assert.strictEqual(question.message, "Terminate 2 executions now?")
    assert.include(question.detail, "May be left half done: `test`, `walk`.")
    assert.deepStrictEqual(
      question.buttons.map(({ label }) => label),
      ["Terminate now", "Keep running"]
    )
    assert.isFalse(made.done().some((one) => one.includes("terminate")))
    await made.question().answer("Terminate")
    assert.isTrue(await done)
    assert.includeMembers([...made.done()], ["a: terminate by anna via Terminate now"])
    await made.clock.move(1000)
    assert.isTrue(await made.guard.terminateAll(made.desk("a")), "pressed again it does no more than that")
    assert.isFalse(made.done().some((one) => one.includes("kill")))
  })

  it("Terminate now asks once, and keeping running changes nothing", async () => {
    const made = await interrupted()
    const both = [made.guard.terminateAll(made.desk("a")), made.guard.terminateAll(made.desk("b"))]
    await made.question().answer("Stay")
    assert.deepStrictEqual(await Promise.all(both), [true, true])
    assert.strictEqual(made.guard.phase, "Interrupting")
    assert.isFalse(made.done().some((one) => one.includes("terminate")))
  })

  it("the question about force goes when quitting again has decided it, and when all has stopped", async () => {
    const again = await interrupted()
    const decided = again.guard.terminateAll(again.desk("a"))
    await again.quits()
    assert.isTrue(await decided)
    assert.isFalse(again.questions.some(({ isOpen }) => isOpen))
    assert.strictEqual(again.guard.phase, "Terminating")

    const stopped = await interrupted()
    const over = stopped.guard.terminateAll(stopped.desk("a"))
    stopped.desk("a").runs()
    stopped.desk("b").runs()
    assert.isTrue(await over)
    assert.strictEqual(stopped.guard.phase, "Left")
    assert.isFalse(stopped.done().some((one) => one.includes("terminate")))
  })

  it("Terminate now is refused while nothing is being stopped", async () => {
    const made = running()
    assert.isFalse(await made.guard.terminateAll(made.desk("a")))
    await made.closes("a")
    await made.question().answer("Interrupt")
    assert.isFalse(await made.guard.terminateAll(made.desk("b")), "only what a runs is being stopped")
    assert.lengthOf(made.questions, 1)
  })

  it("closing a window where nothing is left is about that window, while another shows what is waited for", async () => {
    const made = await interrupted()
    made.desk("b").runs()
    await made.closes("b")
    assert.strictEqual(made.guard.phase, "Interrupting")
    await made.clock.move(1000)
    await made.closes("a")
    assert.strictEqual(made.guard.phase, "Terminating")
  })
})

describe("an engine that does not do its part", () => {
  it("that ends before it has stopped what ran is told, and left to the next start", async () => {
    const made = await interrupted()
    made.desk("a").engine!.dies()
    await turn()
    assert.include(made.told[0], "The engine of /projects/a ended before it had stopped")
    assert.include(made.told[0], "the next start, which offers to resume")
    made.desk("b").runs()
    await turn()
    assert.strictEqual(made.guard.phase, "Left")
  })

  it("that runs nothing and does not end is killed after 5 s, which is told", async () => {
    const made = program({ desks: ["a"] })
    made.desk("a").engine!.hangs = true
    await made.quits()
    await made.clock.move(4999)
    assert.strictEqual(made.guard.phase, "Leaving")
    await made.clock.move(1)
    assert.strictEqual(made.guard.phase, "Left")
    assert.include(made.told[0], "had not ended 5 s after it had nothing more to do")
  })

  it("that has stopped everything and does not end is killed, too", async () => {
    const made = await interrupted()
    made.desk("a").runs()
    made.desk("b").engine!.hangs = true
    made.desk("b").runs()
    await made.clock.move(5000)
    assert.strictEqual(made.guard.phase, "Left")
  })

  it("that runs something again, before it hears that it is to stop, is not killed for having run nothing", async () => {
    const made = await interrupted()
    const { engine } = made.desk("a")
    engine!.hangs = true
    made.desk("a").runs()
    await made.clock.move(4000)
    made.desk("a").runs(endless)
    await made.clock.move(60_000)
    assert.strictEqual(made.guard.phase, "Interrupting")
    assert.isFalse(made.done().some((one) => one.includes("kill")))
  })

  it("that still opens its project has more time: it may be ending what another one left", async () => {
    const made = program({ desks: ["a"] })
    const engine = made.desk("a").engine!
    engine.hangs = true
    engine.state = { _tag: "Starting" }
    await made.quits()
    await made.clock.move(14_999)
    assert.strictEqual(made.guard.phase, "Leaving")
    await made.clock.move(1)
    assert.strictEqual(made.guard.phase, "Left")
  })

  it("that does not hear terminate is killed after 10 s", async () => {
    const made = await interrupted()
    await made.quits()
    made.desk("a").runs()
    await made.clock.move(9999)
    assert.strictEqual(made.guard.phase, "Terminating")
    made.done()
    await made.clock.move(1)
    assert.deepStrictEqual(made.done(), ["b: kill", "leave 69"])
  })

  it("that can't even be killed does not keep the program: it leaves a second later", async () => {
    const made = await interrupted()
    made.desk("a").runs()
    made.desk("b").engine!.isImmortal = true
    await made.quits()
    await made.clock.move(1000)
    await made.quits()
    assert.strictEqual(made.guard.phase, "Terminating")
    await made.clock.move(1000)
    assert.strictEqual(made.guard.phase, "Left")
  })

  it("that could not be opened is nothing to wait for", async () => {
    const made = program({ desks: ["a"] })
    made.desk("a").engine!.state = { _tag: "Failed", code: "project-unusable", message: "no" }
    await made.quits()
    assert.deepStrictEqual(made.done(), ["a: closed", "leave 0"])
  })
})

describe("in the background", () => {
  it("windows close, what runs goes on, and projects where nothing runs end", async () => {
    const made = running()
    made.desk("b").runs()
    await made.quits()
    made.done()
    await made.question().answer("Background")
    await turn()
    assert.deepStrictEqual(made.done(), ["a: closed", "b: closed", "b: stop via Window closed", "b: forgotten"])
    assert.strictEqual(made.guard.phase, "Open")
  })

  it("the end of the last execution ends the program, after the time to click its notification", async () => {
    const made = running()
    await made.quits()
    await made.question().answer("Background")
    made.desk("a").runs()
    await made.clock.move(29_000)
    made.desk("b").runs()
    await made.clock.move(29_000)
    assert.strictEqual(made.guard.phase, "Open")
    assert.deepStrictEqual(
      made.desks.map(({ name }) => name),
      ["b"],
      "the first has ended by itself"
    )
    await made.clock.move(1000)
    assert.strictEqual(made.guard.phase, "Left")
    assert.deepStrictEqual(made.done().slice(-2), ["b: stop via Quit", "leave 0"])
  })

  it("something that begins within that time goes on, and the program with it", async () => {
    const made = running()
    made.desk("b").runs()
    await made.quits()
    await made.question().answer("Background")
    made.desk("a").runs()
    await made.clock.move(29_000)
    made.desk("a").runs(endless)
    await made.clock.move(3_600_000)
    assert.strictEqual(made.guard.phase, "Open")
  })

  it("a person who comes back finds everything as it was, and the program stays", async () => {
    const made = running({ mac: true })
    await made.quits()
    await made.question().answer("Background")
    made.desk("a").show()
    made.desk("a").runs()
    made.desk("b").runs()
    await made.clock.move(60_000)
    assert.strictEqual(made.guard.phase, "Open")
    await made.closes("a")
    await made.clock.move(60_000)
    assert.strictEqual(made.guard.phase, "Open", "on macOS closing windows does not quit")
  })

  it("on macOS quitting to the background ends with what runs, closing windows to it does not", async () => {
    const quits = running({ mac: true })
    await quits.quits()
    await quits.question().answer("Background")
    quits.desk("a").runs()
    quits.desk("b").runs()
    await quits.clock.move(30_000)
    assert.strictEqual(quits.guard.phase, "Left")

    const closes = running({ mac: true })
    for (const name of ["a", "b"]) {
      await closes.closes(name)
      await closes.question().answer("Background")
    }
    closes.desk("a").runs()
    closes.desk("b").runs()
    await closes.clock.move(30_000)
    assert.strictEqual(closes.guard.phase, "Open")
    assert.lengthOf(closes.desks, 0, "its engines have ended")
  })

  it("a person who opens and closes another project meanwhile is there again: the program stays", async () => {
    const made = running({ mac: true })
    await made.quits()
    await made.question().answer("Background")
    made.add("c")
    await made.closes("c")
    made.desk("a").runs()
    made.desk("b").runs()
    await made.clock.move(60_000)
    assert.strictEqual(made.guard.phase, "Open")
    assert.lengthOf(made.desks, 0)
  })

  it("an engine that dies there is told: no window is open to say it", async () => {
    const made = running()
    await made.quits()
    await made.question().answer("Background")
    made.desk("a").engine!.dies()
    assert.lengthOf(made.told, 1)
    assert.include(made.told[0], "/projects/a")
  })
})

describe("closing windows", () => {
  it("with nothing running needs no question, ends its engine, and the last one ends the program", async () => {
    const made = program({ desks: ["a", "b"] })
    await made.closes("a")
    assert.deepStrictEqual(made.done(), ["a: closed", "a: stop via Window closed", "a: forgotten"])
    await made.closes("b")
    assert.deepStrictEqual(made.done(), ["b: closed", "b: stop via Quit", "leave 0"])
  })

  it("on macOS leaves the program in the dock", async () => {
    const made = program({ desks: ["a"], mac: true })
    await made.closes("a")
    assert.strictEqual(made.guard.phase, "Open")
    assert.lengthOf(made.desks, 0)
    await made.quits()
    assert.strictEqual(made.guard.phase, "Left")
  })

  it("Interrupt and close closes the window when what its project ran has stopped, and touches no other (P9)", async () => {
    const made = running()
    await made.closes("a")
    made.done()
    await made.question().answer("Interrupt")
    assert.deepStrictEqual(made.done(), ["a: shows Interrupting release", "a: stop by anna via Interrupt and close"])
    assert.strictEqual(made.desk("a").quitting?.closes, "Window")
    made.desk("a").runs()
    await turn()
    assert.deepStrictEqual(made.done().slice(1), ["a: closed", "a: forgotten"])
    assert.strictEqual(made.guard.phase, "Open")
    assert.deepStrictEqual(made.desk("b").engine?.live, [idOf(2)])
  })

  it("closed again it terminates, closed once more the engine is killed and the window goes", async () => {
    const made = running()
    await made.closes("a")
    await made.question().answer("Interrupt")
    await made.clock.move(1000)
    await made.closes("a")
    await made.clock.move(1000)
    made.done()
    await made.closes("a")
    assert.deepStrictEqual(made.done().slice(0, 2), ["a: kill", "a: closed"])
    assert.strictEqual(made.guard.phase, "Open")
  })

  it("one that is lost without a question leaves what runs as it is", async () => {
    const made = running()
    await made.closes("a")
    await made.loses("a")
    await made.clock.move(60_000)
    assert.isFalse(made.done().some((one) => one.includes("stop")))
    assert.isFalse(made.questions.some(({ isOpen }) => isOpen))
  })

  it("a project that is opened again while its engine ends gets a new one", async () => {
    const made = program({ desks: ["a", "b"] })
    made.desk("a").engine!.hangs = true
    await made.closes("a")
    made.desk("a").show()
    made.desk("a").engine!.hangs = false
    made.desk("a").runs()
    await turn()
    assert.deepStrictEqual(made.done().slice(-2), ["a: show", "a: start"])
    assert.lengthOf(made.desks, 2)
  })

  it("a window without a project is closed as it is", async () => {
    const made = program({ desks: ["a", "welcome"] })
    const welcome = made.desk("welcome")
    Object.assign(welcome, { engine: undefined })
    await made.closes("welcome")
    assert.deepStrictEqual(made.done(), ["welcome: closed", "welcome: forgotten"])
  })
})

describe("the end of the guard", () => {
  it("leaves no timer and no listener that does anything", async () => {
    const made = running()
    await made.quits()
    await made.question().answer("Background")
    made.desk("a").runs()
    made.desk("b").runs()
    made.guard.close()
    assert.strictEqual(made.clock.waiting, 0)
    made.desk("a").runs(endless)
    made.desk("a").runs()
    assert.strictEqual(made.clock.waiting, 0)
  })
})
