import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kill from "../chaos/Kill.ts"

describe.runIf(process.platform === "linux")("engines that are killed at random moments", () => {
  it.live(
    "P3 P5 P7 R73 lose nothing, do nothing again that was committed, and come to the end of one that was left alone",
    () =>
      Effect.gen(function* () {
        const report = yield* Kill.run({ rounds: 15, seed: 20_260 })
        assert.strictEqual(report.rounds, 15)
        assert.isAbove(report.crashed, 0, "some were killed with something under way")
      }),
    240_000
  )
})
