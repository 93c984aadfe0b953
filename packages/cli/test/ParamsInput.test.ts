import { assert, describe, it } from "@effect/vitest"
import type { ParamSpec } from "@halte/flow-file"
import * as ParamsInput from "../src/input/ParamsInput.ts"

const spec = (name: string, more?: Partial<ParamSpec.ParamSpec>): ParamSpec.ParamSpec => ({
  name,
  type: "string",
  secret: false,
  optional: false,
  ...more
})
const specs = [
  spec("version", { pattern: "^\\d+\\.\\d+\\.\\d+$", description: "What to release." }),
  spec("target", { default: "./out" }),
  spec("workers", { type: "integer", optional: true }),
  spec("tags", { type: "list", optional: true }),
  spec("token", { secret: true, env: "RELEASE_TOKEN", optional: true })
]
const collect = (pairs: ReadonlyArray<string>, more?: Partial<ParamsInput.GivenParams>) =>
  ParamsInput.collect(specs, { pairs, file: {}, env: {}, ...more })

describe("ParamsInput", () => {
  it("takes values with = in them, numbers and repeated lists", () => {
    const { problems, values } = collect(["version=2.4.0", "target=a=b", "workers=4", "tags=x", "tags=y"])
    assert.deepStrictEqual(problems, [])
    assert.deepStrictEqual(values, { version: "2.4.0", target: "a=b", workers: 4, tags: ["x", "y"] })
  })

  it("lets the command line win over the file, and the file over the environment", () => {
    const given = { file: { version: "1.0.0", token: "from file" }, env: { RELEASE_TOKEN: "from env" } }
    assert.deepStrictEqual(collect(["version=2.0.0"], given).values, { version: "2.0.0", token: "from file" })
    assert.deepStrictEqual(collect(["version=2.0.0"], { env: given.env }).values, {
      version: "2.0.0",
      token: "from env"
    })
  })

  it("finds every problem at once, with the nearest name", () => {
    const { missing, problems } = collect(["versoin=1", "workers=many", "nonsense", "target=a", "target=b"], {
      file: { tags: "x" }
    })
    assert.deepStrictEqual(
      problems.map((p) => p.name),
      ["nonsense", "versoin", "workers", "target", "tags"]
    )
    assert.include(problems[1]!.detail, "Did you mean `version`?")
    assert.include(problems[2]!.detail, "`many` is not a whole number")
    assert.deepStrictEqual(
      missing.map((s) => s.name),
      ["version"]
    )
    assert.include(ParamsInput.missingProblem(missing[0]!).detail, "--param version=")
  })

  it("never shows the value of a secret", () => {
    const secret = [spec("token", { secret: true, pattern: "^x", env: "T" })]
    const { problems } = ParamsInput.collect(secret, { pairs: ["token=hunter2"], file: {}, env: {} })
    assert.strictEqual(problems.length, 1)
    assert.notInclude(JSON.stringify(problems), "hunter2")
    assert.notInclude(ParamsInput.help([spec("token", { secret: true, default: "hunter2" })]).join(), "hunter2")
  })

  it("lists types, defaults, environment and descriptions", () => {
    const text = ParamsInput.help(specs).join("\n")
    assert.include(text, "version  string, required, matches ^\\d+\\.\\d+\\.\\d+$")
    assert.include(text, "What to release.")
    assert.include(text, "target   string, default ./out")
    assert.include(text, "token    string, secret, optional, env RELEASE_TOKEN")
  })
})
