import { assert, describe, it } from "@effect/vitest"
import * as LogRows from "../src/execution/log/LogRows.ts"
import * as LogSearch from "../src/execution/log/LogSearch.ts"

const lines = ["one", "Two a+b", "three two", ""].map((text) => ({ text }))

describe("finding text in a log", () => {
  const find = (text: string, regex = false) => {
    const of = LogSearch.expression({ text, regex })
    return of instanceof RegExp ? LogSearch.matching(lines, of) : of
  }

  it("goes without regard to case, and takes signs as they are", () => {
    assert.deepStrictEqual(find("two"), [1, 2])
    assert.deepStrictEqual(find("a+b"), [1])
    assert.deepStrictEqual(find("nowhere"), [])
    assert.isUndefined(find(""))
  })

  it("takes an expression, and says what is wrong with one that is none", () => {
    assert.deepStrictEqual(find("^t(w|h)", true), [1, 2])
    assert.isString(find("(", true))
  })

  it("goes around the end, both ways", () => {
    assert.deepStrictEqual(
      [LogSearch.step([1, 2], undefined, 1), LogSearch.step([1, 2], 2, 1), LogSearch.step([1, 2], 1, -1)],
      [1, 1, 2]
    )
    assert.isUndefined(LogSearch.step([], 0, 1))
  })

  it("marks what was found and loses no character, also with an expression that matches nothing", () => {
    const of = (text: string) => LogSearch.expression({ text, regex: true }) as RegExp
    assert.deepStrictEqual(LogSearch.parts("a two b two", of("two")), [
      { text: "a ", found: false },
      { text: "two", found: true },
      { text: " b ", found: false },
      { text: "two", found: true }
    ])
    assert.deepStrictEqual(LogSearch.parts("abc", of("x*")), [{ text: "abc", found: false }])
    assert.strictEqual(
      LogSearch.parts("a".repeat(1000), of("a"))
        .map(({ text }) => text)
        .join(""),
      "a".repeat(1000)
    )
  })
})

describe("drawing a long log", () => {
  it("draws what is in sight and a little around it, of 20,000 lines of several heights", () => {
    const rows = LogRows.rows(20_000, (i) => (i % 10 === 0 ? 38 : 19))
    assert.strictEqual(rows.height, 20_000 * 19 + 2000 * 19)
    const [from, to] = LogRows.inSight(rows, rows.height - 600, 600)
    assert.strictEqual(to, 20_000)
    assert.isBelow(to - from, 60)
    for (const top of [0, 19, 38, 12_345, rows.height - 1]) {
      const index = LogRows.at(rows, top)
      assert.isAtMost(rows.offsets[index]!, top)
      assert.isAbove(rows.offsets[index + 1]!, top)
    }
  })

  it("draws nothing of nothing", () => {
    assert.deepStrictEqual(
      LogRows.inSight(
        LogRows.rows(0, () => 19),
        0,
        600
      ),
      [0, 0]
    )
  })

  it("reckons how high a broken line is", () => {
    assert.deepStrictEqual(
      ["", "a".repeat(80), "a".repeat(81)].map((text) => LogRows.wrapped(text, 80, 19)),
      [19, 19, 38]
    )
  })
})
