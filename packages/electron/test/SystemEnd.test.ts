/** The end of the system, of a session, and signals: what is listened to, what is prevented, and that nothing is left. */
import { EventEmitter } from "node:events"
import { assert, describe, it } from "vitest"
import type * as Ending from "../src/main/Ending.ts"
import * as SystemEnd from "../src/main/SystemEnd.ts"

const setUp = (
  options: { platform?: NodeJS.Platform; isBusy?: boolean; stages?: Array<Ending.Phase | undefined> } = {}
) => {
  const heard: Array<string> = []
  const written: Array<string> = []
  const stages = options.stages ?? ["Interrupting", "Terminating", "Killed"]
  const sources = {
    app: new EventEmitter(),
    powerMonitor: new EventEmitter(),
    signals: new EventEmitter(),
    terminal: Object.assign(new EventEmitter(), { write: (text: string) => written.push(text) })
  }
  const installed = SystemEnd.install({
    ...sources,
    platform: options.platform ?? "linux",
    running: () => 2,
    guard: {
      isBusy: options.isBusy ?? true,
      signalled: (signal) => {
        heard.push(signal)
        return stages.shift()
      },
      systemEnds: (how) => void heard.push(how)
    }
  })
  const listeners = () => Object.values(sources).flatMap((source) => source.eventNames().map(String))
  return { ...sources, heard, written, installed, listeners }
}

const event = () => {
  const made = { prevented: false, preventDefault: () => void (made.prevented = true) }
  return made
}

describe("signals", () => {
  it("are heard, and a terminal is told what the next one does", () => {
    const { heard, signals, written } = setUp()
    for (const signal of ["SIGINT", "SIGTERM", "SIGINT"]) signals.emit(signal)
    assert.deepStrictEqual(heard, ["SIGINT", "SIGTERM", "SIGINT"])
    assert.deepStrictEqual(written, [
      "Interrupt requested (SIGINT). 2 executions are asked to stop. A second signal terminates them.\n",
      "Terminating (SIGTERM). A third signal leaves at once.\n",
      "Leaving at once (SIGINT).\n"
    ])
  })

  it("that belong to the one before say nothing, and nothing is written to a terminal that has hung up", () => {
    const { heard, signals, written } = setUp({ stages: [undefined, "Interrupting"] })
    signals.emit("SIGINT")
    signals.emit("SIGHUP")
    assert.lengthOf(heard, 2)
    assert.deepStrictEqual(written, [])
  })

  it("a terminal that is gone is no error of the program", () => {
    const { terminal } = setUp()
    assert.doesNotThrow(() => terminal.emit("error", new Error("EIO")))
  })
})

describe("the system ends", () => {
  it("waits for Halte on Linux and macOS, also when nothing runs: Halte leaves by itself", () => {
    for (const platform of ["linux", "darwin"] as const)
      for (const isBusy of [true, false]) {
        const { heard, powerMonitor } = setUp({ platform, isBusy })
        const shutdown = event()
        powerMonitor.emit("shutdown", shutdown)
        assert.isTrue(shutdown.prevented)
        assert.deepStrictEqual(heard, ["shutdown of the system"])
      }
  })

  it("is not held up on Windows when nothing runs, and is when something does", () => {
    for (const isBusy of [true, false]) {
      const { app, heard } = setUp({ platform: "win32", isBusy })
      const window = new EventEmitter()
      app.emit("browser-window-created", {}, window)
      const query = event()
      window.emit("query-session-end", query)
      assert.strictEqual(query.prevented, isBusy)
      assert.deepStrictEqual(heard, isBusy ? ["end of the session"] : [])
      window.emit("session-end", event())
      assert.strictEqual(heard.at(-1), "end of the session")
    }
  })
})

describe("R12 listeners", () => {
  it("are installed by the desktop and removed after it", () => {
    for (const platform of ["linux", "darwin", "win32"] as const) {
      const { app, installed, listeners } = setUp({ platform })
      assert.includeMembers(listeners(), ["SIGINT", "SIGTERM", "SIGHUP", "error"])
      const window = new EventEmitter()
      app.emit("browser-window-created", {}, window)
      installed.remove()
      assert.deepStrictEqual(listeners(), [])
      assert.deepStrictEqual(window.eventNames(), [])
    }
  })

  it("leave the real process as it was", () => {
    const before = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal))
    const nobody = new EventEmitter()
    const { remove } = SystemEnd.install({
      app: nobody,
      powerMonitor: nobody,
      running: () => 0,
      guard: { isBusy: false, signalled: () => undefined, systemEnds: () => undefined }
    })
    assert.deepStrictEqual(
      ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal)),
      before.map((count) => count + 1)
    )
    remove()
    assert.deepStrictEqual(
      ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal)),
      before
    )
  })

  it("one that can't be installed is an error that says so, and none is left", () => {
    const signals = new EventEmitter()
    const on = signals.on.bind(signals)
    signals.on = (name, listener) => {
      if (name === "SIGTERM") throw new Error("no such signal")
      return on(name, listener)
    }
    const nobody = new EventEmitter()
    assert.throws(
      () =>
        SystemEnd.install({
          app: nobody,
          powerMonitor: nobody,
          signals,
          platform: "linux",
          running: () => 0,
          guard: { isBusy: false, signalled: () => undefined, systemEnds: () => undefined }
        }),
      "The handler of SIGTERM could not be installed: no such signal."
    )
    assert.deepStrictEqual(signals.eventNames(), [])
  })
})
