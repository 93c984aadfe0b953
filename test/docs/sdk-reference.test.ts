import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionsLocal } from "@halte/engine"
import { Halte } from "@halte/sdk"
import * as Markdown from "../support/Markdown.ts"
import { read } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

/**
 * The examples of the SDK's reference: each is run as it stands, with an engine in the process and with a server on a
 * port, and prints what the page says.
 */
interface Example {
  readonly heading: string
  readonly code: string
  readonly prints: ReadonlyArray<string>
}

const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "")

const blocks = Markdown.codeBlocks(read("docs/reference/sdk.md"))
const flows = blocks.find(({ code }) => code.startsWith("// flows.ts\n"))?.code ?? ""
const examples: ReadonlyArray<Example> = blocks.flatMap(({ code, heading, language }, i) =>
  language === "ts" && !/^(import|\/\/ )/.test(code)
    ? [{ heading, code, prints: blocks[i + 1]?.language === "text" ? lines(blocks[i + 1]!.code) : [] }]
    : []
)

const cases = `
import { Effect } from "effect"
import { type Execution, type Halte, isHalteError } from "@halte/sdk"
import { greet, indexFiles } from "./flows.ts"

export const flows = [indexFiles, greet]
export const used = [Effect, greet, isHalteError]

type Case = (halte: Halte.Halte, execution: Execution) => Promise<void>
export const cases: ReadonlyArray<Case> = [
${examples.map(({ code }) => `async (halte, execution) => {\n${code}}`).join(",\n")}
]
`

const program = (door: "local" | "connect") => `
import { Effect, Exit, Redacted, Scope } from "effect"
import { WebServer } from "@halte/http"
import { Halte } from "@halte/sdk"
import { cases, flows } from "./cases.ts"

for (const [i, example] of cases.entries()) {
  const engine = await Halte.local({ flows })
  const scope = Scope.makeUnsafe()
  const serve = async () => {
    const server = await Effect.runPromise(Scope.provide(WebServer.listen(engine.executions, { port: 0, grace: 0 }), scope))
    return Halte.connect(server.url, { token: Redacted.value(server.token) })
  }
  const halte = ${door === "local" ? "engine" : "await serve()"}
  const execution = await halte.start("index-files", { folder: "docs" })
  for await (const event of execution.events()) if (event.type === "gate-opened") break
  console.log("--- " + i)
  await example(halte, execution)
  await halte.close()
  await engine.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
}
`

describe("docs/reference/sdk.md", () => {
  let project: ScratchProject.ScratchProject
  beforeAll(() => {
    project = ScratchProject.make()
    project.save("flows.ts", flows)
    project.save("cases.ts", cases)
    for (const door of ["local", "connect"] as const) project.save(`${door}.ts`, program(door))
  })
  afterAll(() => project.remove())

  it("has an example of every method and of nothing else", async () => {
    const engine = await Effect.runPromise(Effect.scoped(ExecutionsLocal.make({ flows: [] })))
    const halte = Halte.fromExecutions(engine)
    const names = [
      ...Object.keys(halte).map((name) => `halte.${name}`),
      ...Object.keys(halte.execution("")).map((name) => `execution.${name}`)
    ]
    const documented = examples.map(({ heading }) => heading).filter((heading) => /^(halte|execution)\./.test(heading))
    assert.deepStrictEqual([...documented].sort(), names.sort())
    for (const { code, heading } of examples)
      if (/^(halte|execution)\./.test(heading)) assert.include(code, heading, "it does not use what it is about")
  })

  it("has the types that it says", { timeout: 90_000 }, async () => {
    assert.deepStrictEqual(await project.check(), [])
  })

  for (const door of ["local", "connect"] as const)
    it(
      `R6, R14, R42: its examples print what it says, ${door === "local" ? "with an engine in the process" : "with a server"}`,
      {
        timeout: 90_000
      },
      async () => {
        const { code, stderr, stdout } = await project.node(`${door}.ts`)
        const printed = stdout.split(/^--- \d+\n/m).slice(1)
        for (const [i, { heading, prints }] of examples.entries()) {
          assert.isAbove(prints.length, 0, `${heading}: it prints nothing`)
          assert.deepStrictEqual(lines(printed[i] ?? `(it did not run: ${stderr})`), prints, heading)
        }
        assert.strictEqual(code, 0, stderr)
      }
    )
})
