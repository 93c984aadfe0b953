import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { StepId } from "@halte/engine/model"

const id = (text: string) => text as StepId.StepId

describe("StepId", () => {
  it("accepts paths of names, with digits for instances, and nothing else", () => {
    const is = Schema.is(StepId.StepId)
    for (const good of ["a", "build", "upload/part-2", "resize/17/encode", "a1-b"]) assert.isTrue(is(good), good)
    for (const bad of ["", "/a", "a/", "A", "17/a", "a//b", "a b", "a/B", "a\n"]) assert.isFalse(is(bad), bad)
  })

  it("tells names from what is none", () => {
    assert.deepStrictEqual(["a", "a-1", "1a", "", "a/b", "A", "-a", "a\n"].map(StepId.isName), [
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false
    ])
  })

  it("joins and takes apart", () => {
    assert.strictEqual(StepId.join(undefined, "a"), "a")
    assert.strictEqual(StepId.join(id("g/h"), "a"), "g/h/a")
    assert.strictEqual(StepId.parent(id("g/h/a")), "g/h")
    assert.isUndefined(StepId.parent(id("a")))
    assert.strictEqual(StepId.lastName("g/h/a"), "a")
    assert.strictEqual(StepId.lastName("a"), "a")
  })

  it("finds the nearest name, letters that changed places included, and none when none is near", () => {
    const known = ["build", "test", "upload", "announce"]
    assert.deepStrictEqual(
      ["biuld", "tests", "uplod", "anounce", "buidl", "deploy", "x"].map((name) => StepId.nearest(name, known)),
      ["build", "test", "upload", "announce", "build", undefined, undefined]
    )
  })
})
