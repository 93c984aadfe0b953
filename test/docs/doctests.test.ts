import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Markdown from "../support/Markdown.ts"
import { read, root, tracked } from "../support/RepositoryFiles.ts"

interface Example {
  readonly name: string
  readonly code: string
}

/** The examples in the doc comments of a file. */
const inComments = (path: string): ReadonlyArray<Example> =>
  [...read(path).matchAll(/\*\*Example\*\* \((.+)\)\n(?: *\*\n)* *\* ```ts\n([\s\S]*?)\n *\* ```/g)].map(
    ([, title, code]) => ({ name: `${path}: ${title}`, code: code!.replace(/^ *\* ?/gm, "") })
  )

/** The examples of a page that say what they import: the others are parts of them, or need other files of the page. */
const inPage = (path: string): ReadonlyArray<Example> =>
  Markdown.codeBlocks(read(path)).flatMap(({ code, heading, language }) =>
    language === "ts" && /^import /m.test(code) && !/from "\.\//.test(code)
      ? [{ name: `${path}: ${heading}`, code }]
      : []
  )

// What an example may use without saying where it comes from.
const modules: ReadonlyArray<readonly [from: string, names: ReadonlyArray<string>]> = [
  ["effect", ["Effect", "Schedule", "Schema", "Stream"]],
  [
    "@halte/engine",
    [
      "ExecutionHandle",
      "ExecutionState",
      "ExecutionStoreMemory",
      "ExecutionsLocal",
      "Flow",
      "Items",
      "Params",
      "Step",
      "Stoppability",
      "StoppingPoint"
    ]
  ],
  ["@halte/engine/testing", ["ExecutionStoreTest", "FrontEndTest", "HandStep"]],
  ["@halte/sdk", ["Halte"]],
  ["vitest", ["describe", "it"]]
]
const declarations: ReadonlyArray<readonly [name: string, declaration: string]> = [
  ["executions", 'declare const executions: import("@halte/engine").Executions.ExecutionsShape'],
  ["halte", 'declare const halte: import("@halte/sdk").Halte.Halte'],
  ["execution", 'declare const execution: import("@halte/sdk").Execution'],
  ["handle", 'declare const handle: import("@halte/engine").ExecutionHandle.ExecutionHandle'],
  ["graph", 'declare const graph: import("@halte/engine").StepGraph.StepGraph'],
  ["id", 'declare const id: import("@halte/engine").ExecutionId.ExecutionId'],
  ["send", "declare const send: (part: number) => Effect.Effect<number>"],
  ["use", "declare const use: (n: number) => void"],
  ["first", "declare const first: Effect.Effect<void>"],
  ["second", "declare const second: Effect.Effect<void>"],
  ["numbers", "declare const numbers: ReadonlyArray<number>"]
]

/** An example as a module that can be checked: with what it leaves out, and a generator around what it yields. */
const toModule = ({ code, name }: Example): string => {
  const imports = code.match(/^import [\s\S]*?from ".*"$/gm) ?? []
  const body = imports.reduce((rest, line) => rest.replace(line, ""), code)
  const says = (word: string) =>
    new RegExp(`\\b(?:const|let|using|class|function) ${word}\\b`).test(body) ||
    imports.some((line) => new RegExp(`\\b${word}\\b`).test(line.replace(/from .*/, "")))
  const uses = (word: string) => new RegExp(`(?<![.\\w])${word}\\b`).test(body) && !says(word)
  const declared = declarations.filter(([word]) => uses(word)).map(([, declaration]) => declaration)
  // What yields outside of any function is wrapped in one.
  const yields = !/function\*/.test(body) && /yield\*/.test(body)
  const needsEffect = yields || declared.some((line) => line.includes("Effect.Effect"))
  const added = modules.flatMap(([from, names]) => {
    const used = names.filter((word) => uses(word) || (word === "Effect" && needsEffect && !says(word)))
    return used.length === 0 ? [] : [`import { ${used.join(", ")} } from "${from}"`]
  })
  return [
    `// ${name}`,
    ...imports,
    ...added,
    ...declared,
    yields ? `export const example = Effect.gen(function* () {\n${body}\n})` : `${body}\nexport {}`
  ].join("\n")
}

const check = (project: string): Promise<string> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", project],
      { cwd: root },
      (_, stdout, stderr) => resolve(`${stdout}${stderr}`)
    )
  )

describe("examples in comments and pages", () => {
  const files = tracked()
  const examples = [
    ...files.filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path)).flatMap(inComments),
    ...files.filter((path) => /^(README\.md|docs\/.*\.md)$/.test(path)).flatMap(inPage)
  ]

  it("are all found", () => {
    const fences = files
      .filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))
      .reduce((sum, path) => sum + (read(path).match(/^ *\* ```ts$/gm)?.length ?? 0), 0)
    const found = examples.filter(({ name }) => name.startsWith("packages/")).length
    assert.isAbove(found, 10)
    assert.strictEqual(found, fences, "each has a title: **Example** (Title)")
  })

  it("compile against the packages as they are", { timeout: 60_000 }, async () => {
    const cache = join(root, "node_modules/.cache")
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, "doctests-"))
    try {
      examples.forEach((example, i) => writeFileSync(join(folder, `example-${i}.ts`), toModule(example)))
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({
          extends: join(root, "test/tsconfig.json"),
          compilerOptions: {
            incremental: false,
            tsBuildInfoFile: null,
            noEmit: true,
            types: ["node"],
            typeRoots: [join(root, "node_modules/@types")]
          },
          include: ["./*.ts"],
          exclude: [],
          references: []
        })
      )
      const said = (await check(folder)).split("\n").filter((line) => line !== "")
      const named = said.map((line) =>
        line.replace(/^.*example-(\d+)\.ts/, (_, i: string) => `${examples[Number(i)]!.name} `)
      )
      assert.deepStrictEqual(named, [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
