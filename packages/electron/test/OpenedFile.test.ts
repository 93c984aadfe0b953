/** Which flow a file is: the engine says it, and starts nothing for that. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionsError, type Executions } from "@halte/engine/model"
import { Effect } from "effect"
import * as Scripted from "../../http/test/support/Scripted.ts"
import * as Repository from "../../../test/support/Repository.ts"
import * as OpenedFile from "../src/main/OpenedFile.ts"

/** An engine that knows some flows, and what it was asked. */
const engine = (known: () => ReadonlyArray<string>) => {
  const asked: Array<Executions.StartRequest> = []
  const executions = Scripted.make({
    start: (request) =>
      Effect.suspend((): Effect.Effect<never, ExecutionsError.FlowDiffers | ExecutionsError.FlowNotFound> => {
        asked.push(request)
        return known().includes(request.flow)
          ? Effect.fail(new ExecutionsError.FlowDiffers({ flow: request.flow, expected: "-", actual: "f00d" }))
          : Effect.fail(new ExecutionsError.FlowNotFound({ flow: request.flow, known: [] }))
      })
  })
  return { asked, executions }
}

const pause = () => Promise.resolve()

describe("a flow file that is opened", () => {
  it("gives its flow a name, as far as that can be seen without understanding it", () => {
    const yaml = (text: string) => OpenedFile.nameIn(".yaml", text)
    assert.strictEqual(yaml("halte: 1\nname: release\n"), "release")
    assert.strictEqual(yaml("# x\nname:   'ship-it'  # comment\n"), "ship-it")
    assert.strictEqual(yaml('name: "a-1"\r\nsteps: {}'), "a-1")
    assert.strictEqual(yaml("name: build#not"), "build")
    assert.isUndefined(yaml("steps:\n  a:\n    name: inner\n"))
    assert.isUndefined(yaml("name: Not A Name\nx: 1"))
    assert.isUndefined(yaml("name:\n  nested: 1\n"))
    assert.isUndefined(yaml(""))
    assert.strictEqual(OpenedFile.nameIn(".json", '{"steps":{"a":{"name":"x"}},"name":"release"}'), "release")
    assert.isUndefined(OpenedFile.nameIn(".json", '{"name": 1}'))
    assert.isUndefined(OpenedFile.nameIn(".json", "{"))
    assert.isUndefined(OpenedFile.nameIn(".json", "null"))
  })

  it.live("is the flow of the name that it says, else of the name of the file", () =>
    Effect.gen(function* () {
      const directory = yield* Repository.scratch("opened")
      const file = join(directory, "x.flow.yaml")
      writeFileSync(file, "halte: 1\nname: release\n")
      const { executions } = engine(() => ["release", "x"])
      const found = yield* Effect.promise(() => OpenedFile.find(file, executions, pause))
      assert.deepStrictEqual(found, { _tag: "Flow", name: "release" })
      const byFile = yield* Effect.promise(() => OpenedFile.find(file, engine(() => ["x"]).executions, pause))
      assert.deepStrictEqual(byFile, { _tag: "Flow", name: "x" })
    })
  )

  it.live("is waited for while the engine has not heard of it, but not for ever", () =>
    Effect.gen(function* () {
      let pauses = 0
      const late = engine(() => (pauses >= 3 ? ["release"] : []))
      const count = () => {
        pauses++
        return Promise.resolve()
      }
      const file = "/nowhere/release.flow.yaml"
      assert.deepStrictEqual(yield* Effect.promise(() => OpenedFile.find(file, late.executions, count)), {
        _tag: "Flow",
        name: "release"
      })
      pauses = 0
      const never = yield* Effect.promise(() => OpenedFile.find(file, engine(() => []).executions, count))
      assert.strictEqual(never._tag, "Unknown")
      assert.match("text" in never ? never.text : "", /the engine knows no flow `release`/)
      assert.isBelow(pauses, 10)
    })
  )

  it.live("is never started: each question states a fingerprint that no flow has", () =>
    Effect.gen(function* () {
      const { asked, executions } = engine(() => ["release"])
      yield* Effect.promise(() => OpenedFile.find("/nowhere/release.flow.yaml", executions, pause))
      assert.deepStrictEqual(
        asked.map(({ fingerprint }) => fingerprint),
        ["-"]
      )
    })
  )

  it.live("is unknown where the engine can't be asked, with why", () =>
    Effect.gen(function* () {
      const failing = Scripted.failing(new ExecutionsError.ExecutionsUnavailable({ reason: "it was killed" }))
      const found = yield* Effect.promise(() => OpenedFile.find("/nowhere/a.flow.yaml", failing, pause))
      assert.strictEqual(found._tag, "Unknown")
      assert.match("text" in found ? found.text : "", /it was killed/)
    })
  )
})
