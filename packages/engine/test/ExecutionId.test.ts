import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ExecutionId } from "@halte/engine/model"

describe("ExecutionId", () => {
  it("is 20 characters of Crockford base 32: ten of time, ten random", () => {
    const id = ExecutionId.make(1_469_918_176_385, new Uint8Array([0, 1, 2, 9, 10, 31, 32, 255, 17, 18]))
    // The time part is the example of the ULID specification.
    assert.strictEqual(id, "01ARYZ6S41" + "0129AZ0ZHJ")
    assert.isTrue(Schema.is(ExecutionId.ExecutionId)(id))
    for (const bad of ["", id.toLowerCase(), `${id}0`, id.replace("0", "U"), id.replace("0", "I")])
      assert.isFalse(Schema.is(ExecutionId.ExecutionId)(bad), bad)
  })

  it("sorts by time, and no two are the same", () => {
    assert.isTrue(ExecutionId.make(1_000) < ExecutionId.make(1_001))
    assert.isTrue(ExecutionId.make(Date.parse("2026-11-21")) < ExecutionId.make(Date.parse("2126-11-21")))
    const many = new Set(Array.from({ length: 1_000 }, () => ExecutionId.make(1_000)))
    assert.strictEqual(many.size, 1_000)
  })

  it("is found by any unique ending of four or more, in upper and lower case, with a leading … left out", () => {
    const ids = ["01JD3M8Z9F4T6V2X0YQ7", "01JD3M8Z9F4T6V2XABQ7", "01JD3M8Z9F4T6V2X1111"]
    assert.deepStrictEqual(ExecutionId.matching(ids, "0yq7"), [ids[0]!])
    assert.deepStrictEqual(ExecutionId.matching(ids, "…X1111"), [ids[2]!])
    assert.deepStrictEqual(ExecutionId.matching(ids, ids[1]!), [ids[1]!])
    assert.deepStrictEqual(ExecutionId.matching([...ids, "01JD3M8Z9F4T6V2XZYQ7"], "YQ7"), [], "three are too few")
    assert.strictEqual(ExecutionId.matching([...ids, "01JD3M8Z9F4T6V2X0YQ7X0YQ7".slice(-20)], "X0YQ7").length, 2)
    assert.deepStrictEqual(ExecutionId.matching(ids, "ZZZZ"), [])
  })
})
