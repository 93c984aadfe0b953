import { assert, describe, it } from "vitest"
import * as DrillPoint from "../../src/node/drill/DrillPoint.ts"

const loop: ReadonlyArray<DrillPoint.FoundPoint> = [
  { kind: "start", step: "", ordinal: 1 },
  { kind: "begin", step: "build", ordinal: 1 },
  { kind: "begin", step: "index", ordinal: 1 },
  ...Array.from({ length: 1000 }, (_, i) => ({ kind: "cursor" as const, step: "index", ordinal: i + 1 })),
  { kind: "done", step: "index", ordinal: 1 }
]

describe("the points of a drill", () => {
  it("have names that read back", () => {
    for (const text of ["start", "begin:build", "cursor:upload/part-2:17", "clean-up:lock", "middle:resize/3/encode"])
      assert.equal(DrillPoint.toText(DrillPoint.fromText(text)!), text)
    for (const text of [
      "",
      "start:build",
      "before:build",
      "begin",
      "begin:",
      "begin:build:0",
      "begin:Build",
      "begin:a:b"
    ])
      assert.isUndefined(DrillPoint.fromText(text), text)
  })

  it("are sampled so that a long loop leaves room for every other point, the same for the same seed", () => {
    const taken = (seed: number) => DrillPoint.sample(loop, 10, seed).map(DrillPoint.toText)
    const one = taken(1)
    assert.lengthOf(one, 10)
    for (const point of ["start", "begin:build", "begin:index", "done:index"]) assert.include(one, point)
    assert.deepStrictEqual(taken(1), one)
    assert.notDeepEqual(taken(2), one)
    // In the order in which they are passed.
    const places = one.map((text) => loop.findIndex((point) => DrillPoint.toText(point) === text))
    assert.deepStrictEqual(
      places,
      [...places].sort((a, b) => a - b)
    )
    assert.strictEqual(DrillPoint.sample(loop, 2000, 1), loop)
  })
})
