import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Markdown from "../support/Markdown.ts"
import { read } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

/** What stays the same from run to run of what is printed: times and blanks go. */
const steady = (text: string): string =>
  text
    .replace(/\d+m \d\ds|\d+(\.\d+)? m?s\b/g, "T")
    .replace(/ +/g, " ")
    .trim()

const blocks = (page: string) => Markdown.codeBlocks(read(page))
const fileOf = (page: string, name: string) => {
  const found = blocks(page).find(({ code }) => code.startsWith(`# ${name}\n`))
  assert.isDefined(found, `${name} of ${page}`)
  return found!.code
}
const textUnder = (page: string, heading: string, nth = 0) => {
  const found = blocks(page).filter((block) => block.language === "text" && block.heading === heading)[nth]
  assert.isDefined(found, `text ${nth} under "${heading}" of ${page}`)
  return found!.code.split("\n").filter((line) => line.trim() !== "")
}
const assertSays = (printed: string, lines: ReadonlyArray<string>) => {
  const said = printed.split("\n").map(steady)
  for (const line of lines)
    assert.isTrue(
      said.some((l) => l.includes(steady(line))),
      `"${line}" is not in:\n${printed}`
    )
}

const ceiling = { timeout: 90_000 }

describe("commands in the docs", () => {
  let project: ScratchProject.ScratchProject
  beforeAll(() => {
    project = ScratchProject.make()
  })
  afterAll(() => project.remove())

  describe("the tutorial", () => {
    const page = "docs/tutorials/first-interruptible-flow.md"
    beforeAll(() => void project.save("first.flow.yaml", fileOf(page, "first.flow.yaml")))

    it("shows what `halte check` says", ceiling, async () => {
      const { code, stdout } = await project.halte(["check", "first.flow.yaml"])
      assert.strictEqual(code, 0)
      assertSays(stdout, textUnder(page, "2. Look before you run"))
    })

    it("shows the report of a flow that got SIGINT in part-2 (R34, P6)", ceiling, async () => {
      const { code, stderr } = await project.halte(["run", "first.flow.yaml", "--progress", "lines"], {
        when: "upload/part-2 running",
        signal: "SIGINT"
      })
      assert.strictEqual(code, 130)
      assertSays(stderr, textUnder(page, "3. Run it and stop it", 1))
      // In a terminal it says Ctrl-C; of a signal from elsewhere it says which one.
      assertSays(stderr, ["Finishing 1 running step; no new steps will start.", "Will stop within 5.5 s."])
    })

    it("goes on with it by another command (R73)", ceiling, async () => {
      const [listed, done] = [
        textUnder(page, "4. Go on, in another terminal"),
        textUnder(page, "4. Go on, in another terminal", 1)
      ]
      const list = await project.halte(["list"])
      const withoutIds = (text: string) => text.replace(/\d\d:\d\d +…\w+/, "")
      assertSays(withoutIds(list.stdout), listed.map(withoutIds))
      const { code, stderr, stdout } = await project.halte(["resume"])
      assert.strictEqual(code, 0, stderr)
      assertSays(stderr, done)
      assert.notInclude(stdout, "built")
    })
  })

  it("stops a process that ignores SIGTERM after its grace period (R52)", ceiling, async () => {
    const page = "docs/how-to/stop-a-process-that-ignores-sigterm.md"
    project.save("stubborn.flow.yaml", fileOf(page, "stubborn.flow.yaml"))
    const { code, stderr, stdout } = await project.halte(["run", "stubborn.flow.yaml", "--progress", "lines"], {
      when: "serving",
      signal: "SIGINT"
    })
    assert.strictEqual(code, 130)
    assert.include(stdout, "stops within 2.5 s")
    assert.include(stderr, "within the promised 2.5 s. No process left.")
    assert.match(stderr, /Interrupted +serve +ended by SIGKILL/)
    assert.notInclude(stdout, "never reached")
  })

  it(
    "P2: says of a flow how soon it stops, and whether it keeps to its promise, as the page has it",
    ceiling,
    async () => {
      const page = "docs/how-to/know-how-soon-a-flow-stops.md"
      for (const [file, heading, expected] of [
        ["stages.flow.yaml", "Look", 0],
        ["promise.flow.yaml", "Promise it", 1]
      ] as const) {
        project.save(file, fileOf(page, file))
        const { code, stdout } = await project.halte(["check", file])
        assert.strictEqual(code, expected)
        assertSays(stdout, textUnder(page, heading))
      }
      const { code } = await project.halte(["check", "stages.flow.yaml", "--max-stop", "7s"])
      assert.strictEqual(code, 1)
    }
  )

  it("undoes what completed, the last first, after a failure", ceiling, async () => {
    const page = "docs/how-to/undo-after-a-failure.md"
    project.save("deploy.flow.yaml", fileOf(page, "deploy.flow.yaml"))
    const { code, stderr, stdout } = await project.halte(["run", "deploy.flow.yaml", "--progress", "lines"])
    assert.strictEqual(code, 1)
    const lines = textUnder(page, "Undo after a failure")
    assertSays(`${stdout}\n${stderr}`, lines)
    const at = lines.slice(0, 3).map((line) => stdout.indexOf(line.replace(/,.*/, "")))
    assert.deepStrictEqual(
      at,
      at.toSorted((a, b) => a - b)
    )
  })

  it("undoes when it is told to, in the order that it has shown", ceiling, async () => {
    const page = "docs/how-to/undo-after-a-failure.md"
    project.save("deploy.flow.yaml", fileOf(page, "deploy.flow.yaml"))
    const stopped = await project.halte(["run", "deploy.flow.yaml", "--progress", "lines", "--stop-after", "2"])
    assert.strictEqual(stopped.code, 130, stopped.stderr)
    const id = /deploy started ([0-9A-Z]{20})/.exec(stopped.stdout)![1]!
    const listed = textUnder(page, "Undo when you say so").slice(1, 3)
    const dry = await project.halte(["undo", id, "--dry-run"])
    assert.deepStrictEqual(
      dry.stdout.split("\n").filter((line) => / {2}\d {2}/.test(line)),
      [...listed]
    )
    const asked = await project.halte(["undo", id])
    assert.strictEqual(asked.code, 2, asked.stderr)
    const { code, stderr, stdout } = await project.halte(["undo", id, "--yes", "--progress", "lines"])
    assert.strictEqual(code, 0, stderr)
    assert.include(stdout, "upload removed")
    assert.include(stdout, "server removed")
    assert.include(stderr, "deploy undone: 2 of 2 steps")
    const again = await project.halte(["undo", id, "--yes"])
    assert.include(again.stderr, "(code: nothing-to-undo)")
  })

  it("says of one command that cleans up in time what the page says (R54, R57)", ceiling, async () => {
    const program = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('up')"
    const { code, stderr, stdout } = await project.halte(["exec", "--", process.execPath, "-e", program], {
      when: "up",
      signal: "SIGINT"
    })
    assert.strictEqual(code, 130)
    assert.strictEqual(stdout, "up\n")
    assertSays(stderr, textUnder("docs/how-to/run-one-command.md", "Run one command so that it can be stopped"))
  })

  it("gives the exit code of one command that ended by itself", ceiling, async () => {
    const { code, stdout } = await project.halte([
      "exec",
      "--",
      process.execPath,
      "-e",
      "console.log(7); process.exit(7)"
    ])
    assert.strictEqual(code, 7)
    assert.strictEqual(stdout, "7\n")
  })

  it("answers a gate beforehand where nobody can press a key", ceiling, async () => {
    project.save("ship.flow.yaml", fileOf("docs/how-to/wait-for-a-person.md", "ship.flow.yaml"))
    const yes = await project.halte(["run", "ship.flow.yaml", "--no-input", "--answer", "approve=true"])
    assert.strictEqual(yes.code, 0, yes.stderr)
    assert.include(yes.stdout, "published")
    const no = await project.halte(["run", "ship.flow.yaml", "--no-input", "--answer", "approve=false"])
    assert.strictEqual(no.code, 1)
    assert.include(no.stderr, "code: gate-rejected")
    assert.notInclude(no.stdout, "published")
  })

  it("masks a secret in what a program writes", ceiling, async () => {
    const page = "docs/how-to/keep-secrets-out-of-output.md"
    project.save("announce.flow.yaml", fileOf(page, "announce.flow.yaml"))
    const env = { RELEASE_TOKEN: "s3cret-token" }
    const { code, stderr, stdout } = await project.halte(
      ["run", "announce.flow.yaml", "--progress", "lines"],
      undefined,
      env
    )
    assert.strictEqual(code, 0, stderr)
    assertSays(stdout, textUnder(page, "Keep secrets out of output"))
    assert.notInclude(stdout + stderr, env.RELEASE_TOKEN)
  })

  it("prints events as JSON lines, the first about the stream, the last about the end", ceiling, async () => {
    project.save("deploy.flow.yaml", fileOf("docs/how-to/undo-after-a-failure.md", "deploy.flow.yaml"))
    const { stdout } = await project.halte(["run", "deploy.flow.yaml", "--json"])
    const lines = stdout.trim().split("\n")
    assert.deepStrictEqual(JSON.parse(lines[0]!), { type: "stream", version: 1 })
    const last = JSON.parse(lines.at(-1)!) as { type: string; status: string; partition: object }
    assert.strictEqual(last.type, "execution-ended")
    assert.strictEqual(last.status, "Failed")
    assert.hasAllKeys(last.partition, ["completed", "interrupted", "terminated", "failed", "skipped", "notStarted"])
  })
})
