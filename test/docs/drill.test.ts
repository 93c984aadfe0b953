import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Markdown from "../support/Markdown.ts"
import { read } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

const page = "docs/how-to/rehearse-stopping.md"
const blocks = Markdown.codeBlocks(read(page))
const ceiling = { timeout: 90_000 }

describe(page, () => {
  let project: ScratchProject.ScratchProject
  beforeAll(() => {
    project = ScratchProject.make()
    for (const { code } of blocks) {
      const name = /^# ([\w-]+\.flow\.yaml)\n/.exec(code)?.[1]
      if (name !== undefined) project.save(name, code)
    }
    for (const name of ["a", "b", "c"]) project.save(`${name}.txt`, name)
  })
  afterAll(() => project.remove())
  // A machine under load stops late, which is not what the page is about.
  const drill = (flow: string, only: string, ...more: ReadonlyArray<string>) =>
    project.halte(["drill", `${flow}.flow.yaml`, "--only", only, "--slack", "10s", ...more])

  it("P7 shows what is found of a step that does twice what it had done", ceiling, async () => {
    const { code, stdout } = await drill("thumbs", "middle:shrink")
    assert.strictEqual(code, 1, stdout)
    const shown = blocks
      .find(({ language }) => language === "text")!
      .code.trim()
      .split("\n")
    for (const line of shown) assert.include(stdout, line)
  })

  it("shows a flow that passes, also when it is ended by force", ceiling, async () => {
    const { code, stdout } = await drill("thumbs-again", "program:shrink", "--how", "terminate")
    assert.strictEqual(code, 0, stdout)
  })

  it("shows how a finding is allowed", ceiling, async () => {
    const { code, stdout } = await drill("payment", "program:pay", "--how", "terminate")
    assert.strictEqual(code, 0, stdout)
  })
})
