import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { FlowFile } from "@halte/flow-file"
import * as DrillPlan from "../src/DrillPlan.ts"
import * as FlowKeys from "../src/FlowKeys.ts"
import { fixture } from "./support/Fixtures.ts"
import { cases } from "./support/KeyCases.ts"
import { load } from "./support/Loading.ts"
import * as SchemaValidator from "./support/SchemaValidator.ts"

const tables = {
  flow: FlowKeys.flowTable,
  strategy: FlowKeys.strategyTable,
  limit: FlowKeys.limitTable,
  param: FlowKeys.paramTable,
  step: FlowKeys.stepTable,
  retry: FlowKeys.retryTable,
  "for-each": FlowKeys.forEachTable,
  map: FlowKeys.mapTable,
  items: FlowKeys.itemsTable,
  http: FlowKeys.httpTable,
  gate: FlowKeys.gateTable,
  output: FlowKeys.outputTable,
  action: FlowKeys.actionTable,
  "clean-up": { always: FlowKeys.cleanUpTable.always },
  drill: DrillPlan.table
}

/** Whether an editor has nothing to say about a text. */
const accepts = (() => {
  const problems = SchemaValidator.make(FlowFile.jsonSchema())
  return (text: string) => problems(parse(text)).length === 0
})()

describe("the keys of a flow file", () => {
  it.effect("load when they are right, and name their code when they are wrong", () =>
    Effect.forEach(cases, (one) =>
      Effect.gen(function* () {
        const result = yield* Effect.result(load(one.text))
        const found = Result.isSuccess(result) ? [] : result.failure.diagnostics
        const codes = found.map((d) => d.code)
        const said = `${one.key}\n${one.text}\n${found.map((d) => d.message).join("\n")}`
        if (one.code === undefined) assert.deepStrictEqual(codes, [], said)
        else {
          assert.include(codes, one.code, said)
          // A place, so that a person finds it.
          assert.isTrue(
            found.every((d) => d.line > 0 && d.length > 0),
            said
          )
        }
      })
    )
  )

  it("are all tried, each right and wrong", () => {
    const tried = (wrong: boolean) => new Set(cases.filter((c) => (c.code !== undefined) === wrong).map((c) => c.key))
    const all = Object.entries(tables).flatMap(([table, keys]) => Object.keys(keys).map((key) => `${table}.${key}`))
    assert.deepStrictEqual(
      all.filter((key) => !tried(true).has(key)),
      []
    )
    // A flow's steps are right in every other case.
    assert.deepStrictEqual(
      all.filter((key) => !tried(false).has(key)),
      ["flow.steps"]
    )
  })

  it("are the same in the JSON Schema: what loads is valid, what is wrong in form is not", () => {
    const differ = cases.filter((one) => accepts(one.text) !== (one.code === undefined || !one.schema))
    assert.deepStrictEqual(
      differ.map((one) => `${one.key} ${one.code}\n${one.text}`),
      []
    )
    assert.isTrue(accepts(readFileSync(fixture("release.flow.yaml"), "utf8")))
  })

  it("each have a sentence for editors and the reference", () => {
    for (const [table, keys] of Object.entries(tables))
      for (const [name, key] of Object.entries(keys)) assert.match(key.description, /^[A-Z`].*\.$/s, `${table}.${name}`)
  })
})
