import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { Effect, Layer, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import type { ExecutionEvent } from "@halte/engine"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { Project, ProjectDirectory } from "@halte/sdk/node"
import * as Markdown from "../support/Markdown.ts"
import { read, root } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"
import * as TerminalProgram from "../support/TerminalProgram.ts"

const blocks = (page: string) => Markdown.codeBlocks(read(page))
const fileOf = (page: string, name: string) => {
  const found = blocks(page).find(({ code }) => /^(#|\/\/) (.+)\n/.exec(code)?.[2] === name)
  assert.isDefined(found, `${name} of ${page}`)
  return found!.code
}

/** What a page shows under a heading, without what differs from run to run: times, ids, blanks, `npx` and the user. */
const steady = (text: string): string =>
  text
    .replace(/interrupted now \(.*\)/, "interrupted now")
    .replace(/just now|\d+ (s|min) ago/g, "AGO")
    .replace(/\d\d:\d\d(:\d\d(\.\d+)?)?/g, "AT")
    .replace(/\d+m \d\ds|\d+(\.\d+)? m?s\b/g, "T")
    .replace(/01[0-9A-Z]{18}|…[0-9A-Z]{6}/g, "ID")
    .replace(/\d+(\.\d+)? kB/g, "SIZE")
    .replace(/npx halte/g, "halte")
    .replace(/\S+, CLI/g, "WHO")
    .replace(/\s+/g, " ")
    .trim()
const shown = (page: string, heading: string) =>
  blocks(page)
    .filter((block) => block.language === "text" && block.heading === heading)
    .flatMap(({ code }) => code.split("\n"))
    .filter((line) => line.trim() !== "")
const assertSays = (printed: string, lines: ReadonlyArray<string>) => {
  assert.isNotEmpty(lines)
  const said = printed.split("\n").map(steady)
  for (const line of lines)
    assert.isTrue(
      said.some((l) => l.includes(steady(line))),
      `"${line}" is not in:\n${printed}`
    )
}

/** Waits until the newest execution of a directory has kept a cursor to go on from. */
const firstCursor = (directory: string) =>
  Effect.gen(function* () {
    const { executions } = yield* Project.open({ engine: false, place: ProjectDirectory.find({ dir: directory }) })
    const [newest] = yield* executions.list({ limit: 1 })
    const isPlace = (event: ExecutionEvent.ExecutionEvent) => event.type === "step-cursor" && (event.done ?? 0) > 0
    return yield* executions.events(newest!.id).pipe(Stream.filter(isPlace), Stream.runHead)
  }).pipe(
    Effect.scoped,
    Effect.provide(Layer.mergeAll(ProcessRunnerNode.layer(), ModuleRunnerNode.layer(), FetchHttpClient.layer))
  )

const ceiling = { timeout: 120_000 }

describe("durable executions in the docs", () => {
  let project: ScratchProject.ScratchProject
  beforeAll(() => {
    project = ScratchProject.make()
  })
  const started: Array<ChildProcess> = []
  afterAll(() => {
    for (const child of started) child.kill("SIGKILL")
    project.remove()
  })

  /** Starts something, and gives what it has printed as soon as it says `word`; `end` waits for its end. */
  const begin = async (args: ReadonlyArray<string>, word: string) => {
    const { CI: _, FORCE_COLOR: __, ...env } = process.env
    const child = spawn(process.execPath, args, {
      cwd: project.directory,
      env: { ...env, NO_COLOR: "1", LANG: "C.UTF-8" },
      stdio: ["ignore", "pipe", "pipe"]
    })
    started.push(child)
    let printed = ""
    const ended = once(child, "close")
    await new Promise<void>((resolve, reject) => {
      const hear = (text: string) => {
        printed += text
        if (printed.includes(word)) resolve()
      }
      child.stdout.setEncoding("utf8").on("data", hear)
      child.stderr.setEncoding("utf8").on("data", hear)
      void ended.then(() => reject(new Error(`It ended before it said "${word}":\n${printed}`)))
    })
    return {
      kill: () => child.kill("SIGKILL"),
      end: async () => {
        const [code] = (await ended) as [number | null]
        return { code, printed }
      }
    }
  }
  const halte = join(root, "packages/cli/bin/halte.mjs")
  const inTerminal = (args: ReadonlyArray<string>) =>
    TerminalProgram.halte(args, { cwd: project.directory, env: { NO_COLOR: "1" } })

  it("are found, paused, stopped and looked at from another terminal, as the pages say", ceiling, async () => {
    const page = "docs/how-to/stop-and-resume-from-another-terminal.md"
    project.save("nightly.flow.yaml", fileOf(page, "nightly.flow.yaml"))
    const first = await begin([halte, "run", "nightly.flow.yaml", "--progress", "lines"], "upload/part-2 running")

    const list = await project.halte(["list", "--status", "running,paused"])
    assertSays(list.stdout, shown(page, "Find it"))
    const id = /…([0-9A-Z]{6})/.exec(list.stdout)![1]!

    const paused = await project.halte(["pause", id])
    // What does not hold yet when it is answered was only asked to.
    const holds = paused.stdout.replace(/was asked to hold: it does so at its next\s+stopping points/, "is paused")
    assertSays(holds, shown("docs/how-to/pause-and-go-on.md", "Pause and go on"))
    const goesOn = await project.halte(["resume", id])
    assert.strictEqual(goesOn.code, 0, goesOn.stderr)
    assert.include(goesOn.stdout, "goes on")

    const stopped = await project.halte(["interrupt", id, "--reason", "the disk is full", "--wait"])
    assert.strictEqual(stopped.code, 0, stopped.stderr)
    assertSays(stopped.stdout, shown(page, "Stop it"))
    const { code, printed } = await first.end()
    assert.strictEqual(code, 130)
    for (const word of ["nightly pausing", "nightly goes on", "“the disk is full”"]) assert.include(printed, word)

    const { stdout } = await project.halte(["show", id])
    assertSays(stdout, shown(page, "See where it stopped"))
    const plan = await project.halte(["resume", id, "--dry-run"])
    assertSays(plan.stdout, shown(page, "Go on"))
  })

  it.live(
    "go on after `kill -9`: `halte` alone says what it found and offers it",
    () =>
      Effect.gen(function* () {
        const page = "docs/how-to/go-on-after-a-crash.md"
        const killed = yield* Effect.promise(() => begin([halte, "resume", "--progress", "lines"], "part-2 running"))
        killed.kill()
        yield* Effect.promise(killed.end)
        const terminal = yield* inTerminal([])
        yield* terminal.screen.waitFor("Leave")
        assertSays(
          terminal.screen.text,
          shown(page, "Go on after a crash").filter((line) => !line.includes("?"))
        )
        assert.include(terminal.screen.text, "Resume one?")
        yield* terminal.type("\r")
        yield* terminal.screen.waitFor("◐ part-2")
        yield* terminal.type("\x03")
        assert.strictEqual((yield* terminal.end()).code, 130)
        const { stdout } = yield* Effect.promise(() => project.halte(["list", "--json"]))
        const { attempt, id } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { attempt: number; id: string }
        assert.strictEqual(attempt, 3)
        const page2 = yield* Effect.promise(() => project.halte(["show", id]))
        assert.include(page2.stdout, "its engine was gone and was found so at this time")
        assert.match(page2.stdout, /Interrupted after .*, engine gone/)
      }).pipe(Effect.scoped),
    120_000
  )

  it(
    "go on with a changed step, another param and a secret that is given again, as the page says",
    ceiling,
    async () => {
      const page = "docs/how-to/change-a-flow-and-resume.md"
      const text = fileOf(page, "report.flow.yaml")
      project.save("report.flow.yaml", text)
      const env = { REPORT_TOKEN: "s3cret" }
      const begun = await project.halte(
        ["run", "report.flow.yaml", "--param", "day=2026-11-24", "--stop-after", "2"],
        undefined,
        env
      )
      assert.strictEqual(begun.code, 130, begun.stderr)
      const id = /halte resume ([0-9A-Z]{20})/.exec(begun.stderr)![1]!

      const secret = await project.halte(["resume", id])
      assert.strictEqual(secret.code, 2)
      assertSays(secret.stderr, shown(page, "Secrets"))

      project.save("report.flow.yaml", text.replace("chart of", "table of"))
      const changed = await project.halte(["resume", id], undefined, env)
      assert.strictEqual(changed.code, 2)
      assertSays(changed.stderr, shown(page, "A changed step"))

      const done = await project.halte(
        ["resume", id, "--definition", "current", "--param", "day=2026-11-25"],
        undefined,
        env
      )
      assert.strictEqual(done.code, 0, done.stderr)
      assert.notInclude(done.stdout, "orders of")
      assert.include(done.stdout, "table of 2026-11-25")
      assert.include(done.stdout, "sent with ***")
    }
  )

  it("are forgotten by `halte prune`, after a look at what would go", ceiling, async () => {
    const page = "docs/how-to/keep-the-history-small.md"
    const before = await project.halte(["prune", "--status", "completed", "--dry-run"])
    assertSays(before.stdout.replace("report", "nightly"), shown(page, "Keep the history small"))
    const gone = await project.halte(["prune", "--status", "completed"])
    assert.include(gone.stdout, "Removed 1 execution")
    const none = await project.halte(["prune"])
    assert.strictEqual(none.code, 2, "what goes has to be said")
  })

  it("of a program are found again by it, and by the command line", ceiling, async () => {
    const page = "docs/how-to/use-durable-executions-from-your-program.md"
    for (const name of ["thumbnails.ts", "make-thumbnails.ts"]) project.save(name, fileOf(page, name))
    const args = ["-C", "@halte/source", "make-thumbnails.ts"]
    const [first, again] = blocks(page).filter(({ language }) => language === "text")
    const killed = await begin(args, first!.code.split("\n")[0]!)
    await Effect.runPromise(firstCursor(project.directory))
    killed.kill()
    await killed.end()
    const second = await (await begin(args, "Completed")).end()
    const steadily = (text: string) => text.replace(/photo \d+/, "photo N").trim()
    assert.strictEqual(steadily(second.printed), steadily(again!.code))
    assert.notInclude(second.printed, "from photo 1 on")
  })
})
