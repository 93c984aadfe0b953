import { assert, describe, it } from "@effect/vitest"
import { DurationText } from "@halte/engine/model"

describe("DurationText", () => {
  it("says a duration with the digits that people read", () => {
    const said: ReadonlyArray<readonly [number, string]> = [
      [-5, "0 ms"],
      [0, "0 ms"],
      [3.64, "3.6 ms"],
      [9.94, "9.9 ms"],
      [9.97, "10 ms"],
      [42, "42 ms"],
      [99.4, "99 ms"],
      [100, "0.1 s"],
      [900, "0.9 s"],
      [18_240, "18.2 s"],
      [59_949, "59.9 s"],
      [59_950, "1m 00s"],
      [102_000, "1m 42s"],
      [3_599_400, "59m 59s"],
      [3_599_600, "1h 00m"],
      [7_500_000, "2h 05m"],
      [86_400_000, "1d 00h"],
      [3 * 86_400_000 + 4 * 3_600_000, "3d 04h"]
    ]
    assert.deepStrictEqual(
      said.map(([millis]) => DurationText.text(millis)),
      said.map(([, text]) => text)
    )
  })

  it("leaves out digits that say nothing", () => {
    assert.deepStrictEqual([5_000, 5_500, 500, 5, 600_000, 7_200_000, 3 * 86_400_000].map(DurationText.short), [
      "5 s",
      "5.5 s",
      "0.5 s",
      "5 ms",
      "10m",
      "2h",
      "3d"
    ])
  })

  it("says that a time without end has none", () => {
    assert.strictEqual(DurationText.text(Number.POSITIVE_INFINITY), "forever")
    assert.strictEqual(DurationText.short(Number.POSITIVE_INFINITY), "forever")
  })

  it("counts with commas and the right noun", () => {
    assert.deepStrictEqual([0, 999, 1_000, 41_312, 1_000_000].map(DurationText.count), [
      "0",
      "999",
      "1,000",
      "41,312",
      "1,000,000"
    ])
    assert.deepStrictEqual(
      [DurationText.plural(1, "step"), DurationText.plural(0, "step"), DurationText.plural(2, "try", "tries")],
      ["1 step", "0 steps", "2 tries"]
    )
  })
})
