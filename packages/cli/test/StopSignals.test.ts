import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EventEmitter } from "node:events"
import * as SignalEcho from "../src/terminal/SignalEcho.ts"
import * as StopSignals from "../src/terminal/StopSignals.ts"

/** A process that a test sends signals to. */
const setup = (options: { readonly echoMillis?: number; readonly launched?: boolean } = {}) => {
  const source = Object.assign(new EventEmitter(), {
    connected: options.launched ?? false,
    channel: { unref: () => {} }
  })
  const requests: Array<string> = []
  let now = 0
  return Effect.map(
    StopSignals.install({
      source: source as never,
      echoMillis: options.echoMillis,
      now: () => now,
      onRequest: ({ count, fromKey, signal }) => void requests.push(`${count} ${fromKey ? "key" : signal}`)
    }),
    (signals) => ({
      signals,
      source,
      requests,
      send: (...all: ReadonlyArray<string>) => all.forEach((signal) => source.emit(signal)),
      tell: (counts: Record<string, number>) => source.emit("message", { type: "halte-signals", counts }),
      wait: (millis: number) => void (now += millis)
    })
  )
}

describe("StopSignals", () => {
  it.effect("counts every kind together", () =>
    Effect.gen(function* () {
      const { requests, send, signals } = yield* setup()
      send("SIGINT", "SIGTERM")
      signals.press()
      assert.deepStrictEqual(requests, ["1 SIGINT", "2 SIGTERM", "3 key"])
    })
  )

  it.effect("takes a terminal that is closed once, though shell and system both tell it", () =>
    Effect.gen(function* () {
      const { requests, send, tell } = yield* setup({ launched: true })
      send("SIGHUP", "SIGHUP")
      tell({ SIGHUP: 3 })
      assert.deepStrictEqual(requests, ["1 SIGHUP"])
      send("SIGTERM")
      assert.deepStrictEqual(requests, ["1 SIGHUP", "2 SIGTERM"])
    })
  )

  it.effect("R12 leaves no handler behind", () =>
    Effect.gen(function* () {
      const before = StopSignals.kinds.map((kind) => process.listenerCount(kind))
      const signals = yield* StopSignals.install({ onRequest: () => {} })
      assert.deepStrictEqual(
        StopSignals.kinds.map((kind) => process.listenerCount(kind)),
        before.map((n) => n + 1)
      )
      signals.remove()
      assert.deepStrictEqual(
        StopSignals.kinds.map((kind) => process.listenerCount(kind)),
        before
      )
    })
  )

  it.effect("R12 a handler that can't be installed is a clear error, and none stays", () =>
    Effect.gen(function* () {
      const source = new EventEmitter()
      const broken = {
        on: (event: string, listener: () => void) => {
          if (event === "SIGHUP") throw new Error("EINVAL")
          return source.on(event, listener)
        },
        off: (event: string, listener: () => void) => source.off(event, listener)
      }
      const error = yield* Effect.flip(StopSignals.install({ source: broken, onRequest: () => {} }))
      assert.strictEqual(error.code, "signals-unavailable")
      assert.include(error.message, "SIGHUP")
      assert.deepStrictEqual(
        StopSignals.kinds.map((kind) => source.listenerCount(kind)),
        [0, 0, 0, 0]
      )
    })
  )

  it.effect("takes a Ctrl-C that reaches the launcher too once, in either order", () =>
    Effect.gen(function* () {
      const { requests, send, tell } = yield* setup({ launched: true })
      send("SIGINT")
      tell({ SIGINT: 1 })
      tell({ SIGINT: 2 })
      send("SIGINT")
      assert.deepStrictEqual(requests, ["1 SIGINT", "2 SIGINT"])
    })
  )

  it.effect("hears a signal that only the launcher got", () =>
    Effect.gen(function* () {
      const { requests, tell } = yield* setup({ launched: true })
      tell({ SIGTERM: 1 })
      tell({ SIGTERM: 1, SIGINT: 1 })
      assert.deepStrictEqual(requests, ["1 SIGTERM", "2 SIGINT"])
    })
  )

  it.effect("swallows one echo of each Ctrl-C under a package manager, and never a second press", () =>
    Effect.gen(function* () {
      const { requests, send, wait } = yield* setup({ echoMillis: 1000 })
      send("SIGINT")
      wait(1)
      send("SIGINT")
      assert.deepStrictEqual(requests, ["1 SIGINT"])
      wait(100)
      send("SIGINT")
      wait(1)
      send("SIGINT")
      assert.deepStrictEqual(requests, ["1 SIGINT", "2 SIGINT"])
    })
  )

  it.effect("R35 swallows an echo that comes after the run, once, and no press after that", () =>
    Effect.gen(function* () {
      const { requests, send, signals, source, wait } = yield* setup({ echoMillis: 1000 })
      send("SIGINT")
      wait(1)
      signals.remove()
      assert.strictEqual(source.listenerCount("SIGINT"), 1)
      send("SIGINT")
      assert.deepStrictEqual(requests, ["1 SIGINT"])
      // The next one has its normal meaning again.
      assert.strictEqual(source.listenerCount("SIGINT"), 0)
    })
  )

  it.effect("R12 leaves no handler behind where no echo is expected any more", () =>
    Effect.gen(function* () {
      for (const after of ["echo", "time"]) {
        const { send, signals, source, wait } = yield* setup({ echoMillis: 1000 })
        send("SIGINT")
        if (after === "echo") send("SIGINT")
        else wait(1001)
        signals.remove()
        assert.strictEqual(source.listenerCount("SIGINT"), 0, after)
      }
    })
  )

  it.effect("hears a press whose predecessor had no echo, once the time for that is over", () =>
    Effect.gen(function* () {
      const { requests, send, wait } = yield* setup({ echoMillis: 1000 })
      send("SIGINT")
      wait(1001)
      send("SIGINT")
      assert.deepStrictEqual(requests, ["1 SIGINT", "2 SIGINT"])
    })
  )

  it.effect("counts two signals without a package manager twice", () =>
    Effect.gen(function* () {
      const { requests, send } = yield* setup()
      send("SIGINT", "SIGINT")
      assert.strictEqual(requests.length, 2)
    })
  )
})

describe("SignalEcho", () => {
  it("knows package managers by their command lines", () => {
    for (const command of [
      "npm start",
      "npm exec halte",
      "node /usr/lib/node_modules/npm/bin/npm-cli.js run x",
      "/usr/bin/npx halte",
      "pnpm run x",
      "yarn x"
    ])
      assert.isTrue(SignalEcho.isPackageManager(command), command)
    for (const command of ["sh -c node x.mjs", "bash", "node vitest.mjs", "/home/npm-user/bin/tool"])
      assert.isFalse(SignalEcho.isPackageManager(command), command)
  })

  it("expects no echo outside of package managers", () => {
    assert.isUndefined(SignalEcho.detect({}, false))
  })
})
