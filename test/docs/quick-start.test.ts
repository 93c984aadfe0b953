import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Markdown from "../support/Markdown.ts"
import { read } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"
import * as TerminalProgram from "../support/TerminalProgram.ts"

const readme = read("README.md")
const blocks = Markdown.codeBlocks(readme).filter(({ heading }) => heading === "Quick start")
const block = (language: string, nth = 0) => {
  const found = blocks.filter((b) => b.language === language)
  assert.strictEqual(found.length, language === "sh" ? 2 : 1, `the quick start's blocks of ${language}`)
  return found[nth]!.code
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

  it.live(
    "goes on with `halte resume`, is killed with SIGKILL, and `halte` alone offers it, as the README shows",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(lines(block("sh", 1)), ["pkill -9 -f 'halte(.mjs)? resume'", "npx halte"])
        const inTerminal = (args: ReadonlyArray<string>) =>
          TerminalProgram.halte(args, { cwd: project.directory, env: { NO_COLOR: "1" } })
        const resumed = yield* inTerminal(["resume"])
        yield* resumed.screen.waitFor("◐ upload")
        assert.match(resumed.screen.text, /✓ build/)
        process.kill(resumed.pid, "SIGKILL")
        yield* resumed.end()
        const alone = yield* inTerminal([])
        yield* alone.screen.waitFor("Leave")
        const said = alone.screen.text
        for (const line of lines(block("text"))) {
          const same = line.replace(/…\w+/, "…").replace("npx ", "").replace(", just now", "").split("…")[0]!.trim()
          assert.include(said, same)
        }
        yield* alone.type("\r")
        yield* alone.screen.waitFor("◐ upload")
        yield* alone.type("\x03")
        assert.strictEqual((yield* alone.end()).code, 130)
        const { stdout } = yield* Effect.promise(() => project.halte(["list", "--json"]))
        const { attempt } = JSON.parse(lines(stdout).at(-1)!) as { readonly attempt: number }
        assert.strictEqual(attempt, 3)
        // The kill left nothing of the upload: another one would be found by its mark.
        yield* resumed.marked.gone()
      }).pipe(Effect.scoped),
    ceiling.timeout
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
