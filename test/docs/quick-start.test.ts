import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Markdown from "../support/Markdown.ts"
import { read } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

const readme = read("README.md")
const blocks = Markdown.codeBlocks(readme).filter(({ heading }) => heading === "Quick start")
const block = (language: string) => {
  const found = blocks.filter((b) => b.language === language)
  assert.strictEqual(found.length, 1, `the quick start has one block of ${language}`)
  return found[0]!.code
}
const lines = (code: string) => code.split("\n").filter((line) => line.trim() !== "")

const ceiling = { timeout: 90_000 }

describe("the README's quick start", () => {
  let project: ScratchProject.ScratchProject
  beforeAll(() => {
    project = ScratchProject.make()
    project.save("release.flow.yaml", block("yaml"))
    project.save("release.ts", block("ts"))
  })
  afterAll(() => project.remove())

  it("is at most 7 lines of code", () => {
    assert.isAtMost(lines(block("yaml")).length, 7)
    const body = /Effect\.gen\(function\* \(\) \{\n([\s\S]*?)\n\}\)/.exec(block("ts"))?.[1] ?? ""
    assert.isAtMost(lines(body).length, 7)
    assert.isAtLeast(lines(body).length, 1)
  })

  it("names the files as its commands do", () => {
    for (const name of ["release.flow.yaml", "release.ts"]) assert.include(readme, `\`${name}\``)
    assert.include(readme, "npx node -C @halte/source release.ts")
    assert.deepStrictEqual(
      lines(block("sh")).filter((line) => !/^npx halte \w+ release\.flow\.yaml$/.test(line)),
      []
    )
  })

  it(
    "runs its commands as they stand; SIGINT stops the upload, and the report says what the README says",
    ceiling,
    async () => {
      for (const command of lines(block("sh"))) {
        const args = command.split(" ").slice(2)
        const isRun = args[0] === "run"
        const { code, stderr, stdout } = await project.halte(
          args,
          isRun ? { when: "upload running", signal: "SIGINT" } : undefined
        )
        if (!isRun) {
          assert.strictEqual(code, 0, stdout + stderr)
          assert.match(stdout, /upload +5\.5 s +SIGTERM → 5 s → SIGKILL/)
          continue
        }
        assert.strictEqual(code, 130, stderr)
        assert.match(stderr, /Done +build\n/)
        assert.match(stderr, /Interrupted +upload +exited on SIGTERM/)
        assert.match(stderr, /Not started +announce\n/)
        assert.include(stderr, "No process left.")
      }
    }
  )

  it("has the types that it says", ceiling, async () => {
    assert.deepStrictEqual(await project.check(), [])
  })

  it("runs its TypeScript as it stands, to the outcome that its comment states", ceiling, async () => {
    const { code, stderr, stdout } = await project.node("release.ts")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /_tag: 'Interrupted'/)
    assert.match(stdout, /completed: \[ 'build' \]/)
    assert.match(stdout, /notStarted: \[ 'deploy' \]/)
    assert.match(stdout, /reason: 'forgot the changelog'/)
    assert.notInclude(stdout, "deploying")
  })

  it("has no word that can't be tested", () => {
    const empty =
      /\b(blazing|robust|powerful|simple|easy|seamless|modern|elegant|beautiful|fast|lightning|world-class)(ly)?\b/i
    assert.deepStrictEqual(
      readme.split("\n").filter((line) => empty.test(line)),
      []
    )
  })

  it("carries at most three badges", () => {
    assert.isAtMost([...readme.matchAll(/shields\.io|badge\.svg/g)].length, 3)
  })
})
