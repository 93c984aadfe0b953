import { assert, describe, it } from "@effect/vitest"
import { ancestors, closedAtFirst, places, rows, shownAs } from "../src/execution/steps/StepRows.ts"
import { flow, release, step } from "./FlowStory.ts"

const ids = (collapsed: ReadonlyArray<string>) =>
  rows(release.steps, new Set(collapsed)).map((row) => `${row.level} ${row.step.id} ${row.position}/${row.size}`)

describe("the rows of a flow", () => {
  it("R29 are its steps in the order of the definition, with level and place among siblings", () => {
    assert.deepStrictEqual(ids([]), [
      "1 build 1/6",
      "1 test 2/6",
      "1 upload 3/6",
      "2 upload/part-1 1/3",
      "2 upload/part-2 2/3",
      "2 upload/part-3 3/3",
      "1 index 4/6",
      "1 ship 5/6",
      "1 announce 6/6"
    ])
  })

  it("R29 leave out what is in a closed group", () => {
    assert.notInclude(ids(["upload"]).join(), "part-")
    assert.deepStrictEqual(
      rows(release.steps, new Set(["upload"])).map((row) => row.open),
      [undefined, undefined, false, undefined, undefined, undefined]
    )
  })

  it("know which lines go on beside a step: those of levels on which something follows", () => {
    const deep = flow(
      step("a", [], { steps: [step("a/b", [], { steps: [step("a/b/c")] }), step("a/d")] }),
      step("e", [], { steps: [step("e/f")] })
    )
    assert.deepStrictEqual(
      rows(deep.steps, new Set()).map((row) => [row.step.id, row.rails]),
      [
        ["a", []],
        ["a/b", [1]],
        ["a/b/c", [1, 2]],
        ["a/d", [1]],
        ["e", []],
        ["e/f", []]
      ]
    )
  })

  it("name the groups around a step, and the closed one that stands for it", () => {
    const deep = flow(step("a", [], { steps: [step("a/b", [], { steps: [step("a/b/c")] })] }))
    const all = places(deep)
    assert.deepStrictEqual(ancestors(all, "a/b/c"), ["a", "a/b"])
    assert.strictEqual(shownAs(all, new Set(["a/b"]), "a/b/c"), "a/b")
    assert.strictEqual(shownAs(all, new Set(["a", "a/b"]), "a/b/c"), "a", "the outermost one hides the others")
    assert.strictEqual(shownAs(all, new Set(), "a/b/c"), "a/b/c")
    assert.deepStrictEqual(all.get("a")?.leaves, ["a/b/c"])
  })

  it("begin with groups closed where all steps would be too many, and not before", () => {
    const wide = (groups: number, parts: number) =>
      Array.from({ length: groups }, (_, i) =>
        step(`g${i}`, [], { steps: Array.from({ length: parts }, (_, k) => step(`g${i}/p${k}`)) })
      )
    assert.strictEqual(closedAtFirst(wide(10, 10)).size, 0)
    assert.strictEqual(closedAtFirst(wide(10, 20)).size, 10)
    const deep = [step("g", [], { steps: wide(100, 3).map((one) => ({ ...one, id: `g/${one.id}` })) })]
    const closed = closedAtFirst(deep)
    assert.isFalse(closed.has("g"), "the groups in it are few enough to be seen")
    assert.strictEqual(closed.size, 100)
  })
})
