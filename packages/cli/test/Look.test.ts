import { ControlSequences } from "@halte/engine/model"
import { assert, describe, it } from "@effect/vitest"
import * as Look from "../src/view/Look.ts"
import { truncate, width, wrap } from "../src/view/TextWidth.ts"
import { ascii, plain } from "./Screens.ts"

const color = (env: Record<string, string>, isTerminal: boolean, flag?: "auto" | "always" | "never") =>
  Look.detect({ env, isTerminal, flag }).color

describe("Look", () => {
  it("colors a terminal and nothing else, unless told otherwise", () => {
    assert.isTrue(color({}, true))
    assert.isFalse(color({}, false))
    assert.isTrue(color({ FORCE_COLOR: "1" }, false))
    assert.isFalse(color({ FORCE_COLOR: "0" }, false))
    assert.isTrue(color({}, false, "always"))
    assert.isFalse(color({}, true, "never"))
    assert.isFalse(color({ TERM: "dumb" }, true))
  })

  it("obeys NO_COLOR when it is not empty, whatever else is said", () => {
    assert.isTrue(color({ NO_COLOR: "" }, true))
    assert.isFalse(color({ NO_COLOR: "0" }, true))
    assert.isFalse(color({ NO_COLOR: "1" }, true))
    assert.isFalse(color({ NO_COLOR: "1", FORCE_COLOR: "1" }, true, "always"))
  })

  it("writes ASCII for a dumb terminal and for a locale that is not UTF-8", () => {
    const unicode = (env: Record<string, string>, platform = "linux") =>
      Look.detect({ env, isTerminal: true, platform }).unicode
    assert.isTrue(unicode({}))
    assert.isTrue(unicode({ LANG: "en_US.UTF-8" }))
    assert.isTrue(unicode({ LANG: "C.utf8" }))
    assert.isFalse(unicode({ LANG: "C" }))
    assert.isFalse(unicode({ LANG: "en_US.UTF-8", LC_ALL: "de_DE.ISO-8859-1" }))
    assert.isFalse(unicode({ LANG: "en_US.UTF-8", TERM: "dumb" }))
    assert.isTrue(unicode({ LANG: "C" }, "win32"))
  })

  it("has a glyph of its own for every state, in ASCII too", () => {
    const states = [
      "Waiting",
      "Paused",
      "Running",
      "Interrupting",
      "Interrupted",
      "Completed",
      "Failed",
      "Skipped",
      "Terminated"
    ] as const
    assert.deepStrictEqual(
      states.map((s) => Look.glyph(plain, s)),
      ["○", "◑", "◐", "◒", "‖", "✓", "✗", "⊘", "■"]
    )
    assert.deepStrictEqual(
      states.map((s) => Look.glyph(ascii, s)),
      [".", ":", ">", "~", "=", "+", "x", "-", "#"]
    )
    // Without color, what turns never looks like Paused or Interrupting.
    for (let turn = 0; turn < 4; turn++) assert.notInclude(["◑", "◒"], Look.glyph(plain, "Running", turn))
  })
})

describe("TextWidth", () => {
  it("measures, cuts and breaks by the columns of a terminal", () => {
    assert.strictEqual(width("日本"), 4)
    assert.strictEqual(truncate(plain, "日本語テスト", 7), "日本語…")
    assert.strictEqual(truncate(ascii, "abcdefgh", 6), "abc...")
    assert.strictEqual(truncate(plain, "abc", 3), "abc")
    assert.deepStrictEqual(wrap("  one two three", 9, "  "), ["  one two", "  three"])
  })
})

describe("ControlSequences", () => {
  it("leaves text and takes everything that a terminal would obey", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["\u001b[31mred\u001b[0m", "red"],
      ["\u001b[38;5;12mx\u001b[2K\u001b[1;1Hy", "xy"],
      ["\u001b]0;title\u0007after", "after"],
      ["\u001b]8;;https://x\u001b\\link\u001b]8;;\u001b\\", "link"],
      ["\u001bP$q\u001b\\a\u001bcb", "ab"],
      ["\u009b31mc1", "c1"],
      ["10 %\r20 %\r30 %", "30 %"],
      ["windows\r", "windows"],
      ["a\tb\u0007\u0000c", "a    bc"],
      ["unfinished \u001b[", "unfinished "],
      ["unfinished \u001b]0;title", "unfinished "],
      ["\u202eevil\u202c", "evil"],
      ["ünï 日本 ✓", "ünï 日本 ✓"]
    ]
    for (const [line, text] of cases) assert.strictEqual(ControlSequences.strip(line), text)
  })
})
