/** `halte check` of 10,000 steps: 2 s and three times the YAML parser alone, and here ten times that, on any machine. */
import { assert, describe, it } from "@effect/vitest"
import { FlowFile } from "@halte/flow-file"
import { Effect } from "effect"
import { parseDocument } from "yaml"
import * as BigFlows from "../../flow-file/test/support/BigFlows.ts"
import * as CheckReport from "../src/view/CheckReport.ts"
import * as CheckTable from "../src/view/CheckTable.ts"
import { plain } from "./Screens.ts"

/** Time of the processor: what others do on the machine doesn't count. */
const cpuMillis = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}

/** Those that something could take the square of; `npm run bench -- --only check` measures all. */
const tried = [
  "an expression each",
  "groups with clean-up, one after the other",
  "as many after a group as in it",
  "one circle",
  "an unknown step each",
  "an expression each that reads an unknown step"
] as const

describe("halte check of a large file", () => {
  for (const name of tried)
    it.live(
      `takes no more time than its parts: ${name}`,
      () =>
        Effect.gen(function* () {
          const text = BigFlows.shapes[name](10_000)
          const atFirst = cpuMillis()
          parseDocument(text, { version: "1.2", merge: false, uniqueKeys: false })
          const yaml = cpuMillis() - atFirst
          const begin = cpuMillis()
          const loaded = yield* Effect.result(FlowFile.fromText(text, "big.flow.yaml", { env: {} }))
          const found =
            loaded._tag === "Success"
              ? {
                  diagnostics: loaded.success.warnings,
                  flow: loaded.success.description,
                  stoppability: loaded.success.stoppability
                }
              : { diagnostics: loaded.failure.diagnostics, flow: undefined, stoppability: undefined }
          CheckTable.render({ look: plain, columns: 80, file: "big.flow.yaml", ...found })
          JSON.stringify(CheckReport.make([{ file: "big.flow.yaml", ...found }], []))
          assert.isBelow(cpuMillis() - begin, 10 * (3 * yaml + 2_000))
        }),
      { timeout: 120_000 }
    )
})
