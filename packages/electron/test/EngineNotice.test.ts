/** What a window is told of flow files: the mistakes with it, as many as somebody reads. */
import type { FlowFileError } from "@halte/flow-file"
import type { ProjectFlows } from "@halte/sdk/node"
import { assert, describe, it } from "vitest"
import * as EngineNotice from "../src/host/EngineNotice.ts"

type Diagnostic = FlowFileError["diagnostics"][number]

const mistake = (n: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: "unknown-key",
  severity: "error",
  file: "a.flow.yaml",
  line: n,
  column: 3,
  length: 2,
  source: "",
  message: `There is no field \`f${n}\`.`,
  ...more
})

const wrong = (file: string, ...diagnostics: ReadonlyArray<Diagnostic>): ProjectFlows.Notice => ({
  _tag: "Wrong",
  file,
  error: { diagnostics } as unknown as FlowFileError
})

const mistakes = (count: number) => Array.from({ length: count }, (_, i) => mistake(i + 1))

describe("a notice about a flow file that is wrong", () => {
  it("names its mistakes with their places and what helps, and leaves warnings out", () => {
    const warning = mistake(2, { severity: "warning" })
    const hinted = mistake(3, { hint: "Did you mean `run`?" })
    assert.strictEqual(
      EngineNotice.text(wrong("a.flow.yaml", mistake(1), warning, hinted, mistake(0, { message: "No." })), "It is so."),
      [
        "It is so.",
        "a.flow.yaml:1:3: There is no field `f1`.",
        "a.flow.yaml:3:3: There is no field `f3`. Did you mean `run`?",
        "a.flow.yaml: No."
      ].join("\n")
    )
  })

  it("names the first ten, and how many more there are", () => {
    const lines = (count: number) =>
      EngineNotice.text(wrong("a.flow.yaml", ...mistakes(count)), "It is so.").split("\n")
    assert.strictEqual(lines(10).length, 11)
    assert.include(lines(10)[10], ":10:3:")
    assert.deepStrictEqual(lines(11).slice(10), ["a.flow.yaml:10:3: There is no field `f10`.", "and 1 more"])
    assert.strictEqual(lines(500).at(-1), "and 490 more")
    assert.strictEqual(lines(500).length, 12)
  })

  it("says of a project that is gone what to do, and no mistake of a file that nobody wrote", () => {
    assert.strictEqual(
      EngineNotice.text(wrong("", mistake(0, { file: "", message: "There is no such file." })), "It is gone."),
      "It is gone. Put it back, or open the project where it is now."
    )
  })
})
