import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type CommandConfig, fromFile, toFile, toParams } from "../src/command/CommandConfig.ts"

const config: CommandConfig = {
  line: `echo "ä" && ls`,
  directory: "./shop",
  variables: [
    { name: "A", value: "1", secret: false },
    { name: "KEY", value: "s3cret", secret: true }
  ],
  graceMillis: 1500
}

const problem = async (text: string) => {
  const read = await fromFile(text)
  assert.isTrue(Result.isFailure(read))
  return Result.isFailure(read) ? read.failure : { line: 0, detail: "" }
}

describe("R49 the configuration of a command", () => {
  it("comes back as it was saved, without the values of secrets", async () => {
    const text = toFile(config, false)
    assert.notInclude(text, "s3cret")
    const read = await fromFile(text)
    assert.deepStrictEqual(Result.getOrThrow(read), {
      config: { ...config, variables: [config.variables[0]!, { name: "KEY", value: "", secret: true }] },
      confirm: false
    })
  })

  it("names the line of what is wrong", async () => {
    assert.deepInclude(await problem(`{\n  "halte": 1,\n  "command": {\n    "line": 3\n  }\n}`), { line: 4 })
    assert.deepInclude(await problem(`{\n  "halte": 2,\n  "command": { "line": "x" }\n}`), { line: 2 })
    const name = await problem(
      `{ "halte": 1,\n "command": { "line": "x",\n  "environment": {\n   "A": "1",\n   "B-C": "2"\n } } }`
    )
    assert.strictEqual(name.line, 5)
    assert.match(name.detail, /B-C/)
    const json = await problem(`{\n  "halte": 1,\n  "command": { "line": "x" },,\n}`)
    assert.strictEqual(json.line, 3)
    assert.match(json.detail, /^It is no JSON/)
    assert.deepInclude(await problem(""), { line: 1 })
    assert.deepInclude(await problem("[]"), { line: 1 })
    assert.deepInclude(await problem("x".repeat(1_000_001)), { line: 1 })
  })

  it("is the params of an execution, secrets apart", () => {
    assert.deepStrictEqual(toParams(config), {
      line: `echo "ä" && ls`,
      graceMillis: 1500,
      directory: "./shop",
      environment: { A: "1" },
      secrets: { KEY: "s3cret" }
    })
    assert.deepStrictEqual(toParams({ line: "x", directory: " ", variables: [], graceMillis: 0 }), {
      line: "x",
      graceMillis: 0
    })
  })
})
