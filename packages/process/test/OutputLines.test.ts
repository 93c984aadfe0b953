import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { OutputLines } from "../src/process/OutputLines.ts"

const lines = (chunks: ReadonlyArray<string | Uint8Array>, limit = 1024) => {
  const found: Array<string> = []
  const output = new OutputLines(limit, (line) => found.push(line))
  for (const chunk of chunks) output.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk)
  output.end()
  return found
}

describe("cutting output into lines", () => {
  it("R60: ends lines at line feeds, with or without carriage return, and keeps the last one without", () => {
    assert.deepStrictEqual(lines(["a\nb\r\n\nc"]), ["a", "b", "", "c"])
    assert.deepStrictEqual(lines(["a", "b\n", "", "c\r", "\nd\r"]), ["ab", "c", "d"])
    assert.deepStrictEqual(lines([]), [])
  })

  it("shows of a line that is written anew what a terminal would show in the end", () => {
    assert.deepStrictEqual(lines(["10%\r20%\r100%\n", "done\n"]), ["100%", "done"])
    assert.deepStrictEqual(lines(["10%\r", "20%\r", "\n"]), ["20%"])
    assert.deepStrictEqual(lines(["10%", "\r", "20%"]), ["20%"])
    assert.deepStrictEqual(lines(["a\r\r\nb"]), ["a", "b"])
    assert.deepStrictEqual(lines(["a\r", "\r", "\nb"]), ["a", "b"])
    assert.deepStrictEqual(lines(["x".repeat(500), "\rshort", "\n"], 10), ["short"])
  })

  it("keeps characters whole wherever chunks are cut, and shows bytes that are no UTF-8", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme" }).map((s) => s.replace(/[\r\n]/g, "")),
          { minLength: 1 }
        ),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (texts, sizes) => {
          const bytes = Buffer.from(texts.map((t) => `${t}\n`).join(""))
          const chunks: Array<Uint8Array> = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }
          assert.deepStrictEqual(lines(chunks, 1_000_000), texts)
        }
      )
    )
    assert.deepStrictEqual(lines([new Uint8Array([0x61, 0xff, 0x62, 10])]), ["a\uFFFDb"])
  })

  it("cuts a line at its limit, never inside a character, and says how much is missing", () => {
    assert.deepStrictEqual(lines(["abcdefghij\nk\n"], 4), ["abcd … [6 bytes more on this line]", "k"])
    assert.deepStrictEqual(lines(["aaéb\n"], 3), ["aaé … [1 byte more on this line]"])
    assert.deepStrictEqual(lines(["a😀b\n"], 2), ["a … [5 bytes more on this line]"])
    assert.deepStrictEqual(lines([Buffer.from("é".repeat(50)), Buffer.from("é".repeat(50)), "\n"], 5), [
      "ééééé … [190 bytes more on this line]"
    ])
    assert.deepStrictEqual(lines([Buffer.alloc(3_000_000, 120), "\nend\n"], 10), [
      "xxxxxxxxxx … [2.9 MiB more on this line]",
      "end"
    ])
  })
})
