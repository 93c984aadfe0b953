import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kill from "../chaos/Kill.ts"

describe.runIf(process.platform === "linux")("engines that are killed at random moments", () => {
  it.live(
    "P3 P5 P7 R73 lose nothing, do nothing again that was committed, and come to the end of one that was left alone",
    () =>
      Effect.gen(function* () {
        // Two at a time, since a core that waits for the start of a process is idle.
        const reports = yield* Effect.forEach([20_260, 20_261], (seed) => Kill.run({ rounds: 8, seed }), {
          concurrency: 2
        })
        for (const { crashed, rounds } of reports) {
          assert.strictEqual(rounds, 8)
          assert.isAbove(crashed, 0, "some were killed with something under way")
        }
      }),
    240_000
  )
})
