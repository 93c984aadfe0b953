import { assert, describe, it } from "@effect/vitest"
import { StopBound } from "@halte/engine/model"

const within = (millis: number, ...steps: Array<string>): StopBound.StopBound => ({ _tag: "Within", millis, steps })
const none = (...steps: Array<string>): StopBound.StopBound => ({ _tag: "None", steps })

describe("StopBound", () => {
  it("P2: of steps that stop side by side the longest counts, and those that take as long are named", () => {
    assert.deepStrictEqual(
      StopBound.longest([within(5, "a"), within(5_500, "b"), within(5_500, "c")]),
      within(5_500, "b", "c")
    )
    assert.deepStrictEqual(StopBound.longest([]), StopBound.atOnce)
  })

  it("P2: one step without a bound leaves none, and every one of them is named", () => {
    assert.deepStrictEqual(StopBound.longest([within(5, "a"), none("b"), within(9, "c"), none("d")]), none("b", "d"))
  })

  it("P2: is said in words, never as an invented number", () => {
    assert.deepStrictEqual(
      [within(5_500, "a"), within(5, "a"), within(0), none("index", "ship")].map(StopBound.toText),
      ["within 5.5 s", "within 5 ms", "at once", "no bound: `index`, `ship`"]
    )
  })
})
