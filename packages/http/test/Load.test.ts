/** Many at once: watchers of one execution, and executions side by side, each of which gets what is meant for it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Bounded } from "@halte/engine/testing"
import * as LoadServer from "./support/LoadServer.ts"

const watchers = 1_000
const watchedSteps = 8
/** Its start, the two of the gate, its answer, two of each step, and the end. */
const events = 2 * watchedSteps + 6

/**
 * What one open stream may cost the server: a socket, a request, a response, and a fiber that waits. Measured: about 45
 * kB; the rest is room for other versions of Node.
 */
const bytesPerWatcher = 120_000

describe("load", () => {
  it.live(
    "1,000 watchers of one execution each see every event, in order",
    () =>
      Effect.gen(function* () {
        const server = yield* LoadServer.make({ watchedSteps })
        const id = yield* server.start("watched")
        const before = yield* server.memory
        const all = Array.from({ length: watchers }, () => server.watch(id))
        yield* Bounded.within(
          Effect.promise(() => Promise.all(all.map(({ opened }) => opened))),
          "the streams to open",
          LoadServer.patience
        )
        const open = yield* server.memory
        const each = (open - before) / watchers
        assert.isBelow(each, bytesPerWatcher, "bytes that a waiting watcher costs")
        const answered = yield* server.ask("POST", `/executions/${id}/gates/go`, { value: true })
        assert.strictEqual(answered.status, 202)
        const ends = yield* Bounded.within(
          Effect.promise(() => Promise.all(all.map(({ over }) => over))),
          "the streams to end",
          LoadServer.patience
        )
        assert.deepStrictEqual(
          ends.filter(({ last, whole, wrong }) => !whole || last !== events || wrong !== undefined),
          []
        )
        const after = yield* server.memory
        assert.isBelow(after - before, watchers * 10_000, "what is left of them when they are gone")
      }),
    4 * LoadServer.patience
  )
})
