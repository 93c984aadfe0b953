import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FlowFile } from "@halte/flow-file"
import { ModuleRunnerNode } from "@halte/process"
import * as Markdown from "../support/Markdown.ts"
import { read, tracked } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

/**
 * A block of code that begins with a comment of its file's name is a file of the reader's. One in TypeScript that exports
 * nothing is a program: it is run, and a `text` block right after it is what it prints.
 */
interface PageFile {
  readonly page: string
  readonly name: string
  readonly text: string
  readonly prints: string | undefined
}

const pages = tracked().filter((path) => /^docs\/(tutorials|how-to|explanation)\/.*\.md$/.test(path))

const files: ReadonlyArray<PageFile> = pages.flatMap((page) => {
  const blocks = Markdown.codeBlocks(read(page))
  return blocks.flatMap(({ code, language }, i) => {
    const name = /^(?:\/\/|#) ([\w./-]+\.(?:ts|yaml|json))\n/.exec(code)?.[1]
    if (name === undefined || !["ts", "yaml"].includes(language)) return []
    const next = blocks[i + 1]
    return [{ page, name, text: code, prints: next?.language === "text" ? next.code : undefined }]
  })
})

describe("code in the docs", () => {
  let project: ScratchProject.ScratchProject
  beforeAll(() => {
    project = ScratchProject.make()
    for (const { name, text } of files) project.save(name, text)
  })
  afterAll(() => project.remove())

  it("gives no two files of one name", () => {
    assert.isAtLeast(files.length, 10)
    const names = files.map(({ name }) => name)
    assert.deepStrictEqual(names, [...new Set(names)])
  })

  it("has the types that it says", { timeout: 90_000 }, async () => {
    assert.deepStrictEqual(await project.check(), [])
  })

  for (const { name, page, prints, text } of files) {
    if (name.endsWith(".yaml"))
      it.live(`${page}: ${name} is a flow without errors`, () =>
        Effect.gen(function* () {
          const path = `${project.directory}/${name}`
          const { diagnostics } = yield* FlowFile.check(path, { cwd: project.directory })
          const problems = diagnostics.flatMap(({ code, line, message, severity }) =>
            // One that breaks its promise can run, and a page shows that.
            severity === "error" && code !== "over-budget" ? [`${name}:${line}: ${code}: ${message}`] : []
          )
          assert.deepStrictEqual(problems, [])
        }).pipe(Effect.provide(ModuleRunnerNode.layer()))
      )
    else if (!/^export /m.test(text))
      it(`${page}: ${name} runs and prints what the page says`, { timeout: 90_000 }, async () => {
        const { code, stderr, stdout } = await project.node(name)
        assert.strictEqual(code, 0, stderr)
        for (const line of (prints ?? "").split("\n").filter((line) => line.trim() !== "")) assert.include(stdout, line)
      })
  }
})
