import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import * as CelValue from "../src/CelValue.ts"
import { DeclaredSteps } from "../src/DeclaredSteps.ts"
import * as DrillPlan from "../src/DrillPlan.ts"
import { Expressions } from "../src/Expression.ts"
import { OutputTypes } from "../src/OutputTypes.ts"
import type { ParamSpec } from "../src/ParamSpec.ts"
import { Problems } from "../src/Problems.ts"
import * as SourceText from "../src/SourceText.ts"
import * as KeyReference from "./support/KeyReference.ts"
import { load } from "./support/Loading.ts"

const page = (name: string) => resolve(import.meta.dirname, "../../../docs/reference", name)
const source = resolve(import.meta.dirname, "../src")

/** Kebab-case words of the sources that are no codes. */
const others = new Set(
  "clean-up finish-current for-each idempotency-key invalid-flow-file json-last-line max-delay module-sync modules-changed on-failure on-interrupt on-item-failure output-limit stop-signal stops-within utf-8 x-env".split(
    " "
  )
)

describe("the reference", () => {
  it("has the tables of keys that the loader reads by (`UPDATE_DOCS=1` writes them)", () => {
    const path = page("flow-file.md")
    const text = readFileSync(path, "utf8")
    const made = text.replace(
      /(<!-- keys:[^>]*-->\n)[^]*?(<!-- \/keys -->)/,
      (_, open: string, close: string) => `${open}${KeyReference.make()}${close}`
    )
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, made)
    else assert.strictEqual(text, made)
  })

  it("lists every code that the sources say, and no other", () => {
    const text = readFileSync(page("flow-file.md"), "utf8")
    const listed = new Set(
      [...text.slice(text.indexOf("## Codes")).matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((m) => m[1]!)
    )
    const said = new Set(
      readdirSync(source).flatMap((file) =>
        [...readFileSync(resolve(source, file), "utf8").matchAll(/"([a-z]+(?:-[a-z0-9]+)+)"/g)].map((m) => m[1]!)
      )
    )
    // These two come with the graph's own problems, those of stopping with the engine's findings.
    for (const code of ["cycle-found", "empty-flow"]) said.add(code)
    const findings = readFileSync(resolve(source, "../../engine/src/model/StopFindings.ts"), "utf8")
    for (const [, code] of /readonly code:(.+)/.exec(findings)![1]!.matchAll(/"([a-z-]+)"/g)) said.add(code!)
    // What a drill finds is no problem of a file.
    for (const other of [...others, ...DrillPlan.findings]) said.delete(other)
    assert.deepStrictEqual([...listed].sort(), [...said].sort())
  })

  it.effect("shows whole flows that load", () =>
    Effect.gen(function* () {
      const text = readFileSync(page("flow-file.md"), "utf8")
      const flows = [...text.matchAll(/```yaml\n(halte: 1\n[^]*?)```/g)].map((m) => m[1]!)
      const loaded = yield* Effect.forEach(flows, (flow) => load(flow))
      assert.deepStrictEqual(
        loaded.map(({ flow }) => `${flow.name} ${flow.durability}`),
        ["release step", "thumbnails relaxed"]
      )
    })
  )

  it("shows expressions with the values that they have", () => {
    const text = readFileSync(page("expressions.md"), "utf8")
    const rows = [...text.slice(text.indexOf("<!-- examples")).matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)]
    assert.isAtLeast(rows.length, 20)
    const spec = (name: string, type: ParamSpec["type"], optional = false): [string, ParamSpec] => [
      name,
      { name, type, secret: false, optional }
    ]
    const problems = new Problems(SourceText.make("x", ""))
    const expressions = new Expressions({
      params: new Map([
        spec("version", "string"),
        spec("count", "integer"),
        spec("ratio", "number"),
        spec("fast", "boolean"),
        spec("files", "list"),
        spec("maybe", "string", true)
      ]),
      env: {},
      cwd: "/",
      problems,
      outputs: new OutputTypes(new DeclaredSteps([]))
    })
    for (const [, expression, value] of rows) {
      const compiled = expressions.compile(
        expression!,
        { range: { start: 0, end: 0 } },
        {
          owner: "step `s`",
          variables: [],
          outputOf: () => ({ cel: "ForEachOutput", convert: CelValue.fromJson }),
          stepNames: () => []
        }
      )
      const result = compiled?.evaluate({
        params: { version: "1.2.3", count: 2, ratio: 0.5, fast: true, files: ["a.txt", "b.txt"] },
        steps: { index: { count: 41, failed: 0 } }
      })
      assert.deepStrictEqual(result, JSON.parse(value!), `${expression}: ${problems.all.map((p) => p.message).join()}`)
    }
  })
})
