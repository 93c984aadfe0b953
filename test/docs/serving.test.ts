/** What the pages about serving show: their commands are typed into a shell, over a real server. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Markdown from "../support/Markdown.ts"
import * as Repository from "../support/Repository.ts"
import { read, root } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

const ceiling = { timeout: 120_000 }
const page = "docs/how-to/serve-a-project.md"
const tutorial = "docs/tutorials/from-the-page.md"

const blocks = (of: string, heading: string, language: string) =>
  Markdown.codeBlocks(read(of))
    .filter((block) => block.heading === heading && block.language === language)
    .map(({ code }) => code)

/** Blanks, the name of the directory, how `halte` is typed, and what is new each time. */
const steady = (line: string): string =>
  line
    .replace(/#code=\S+/, "#code=CODE")
    .replace(/:\d{4,5}\b/g, ":PORT")
    .replace(/server-\d+/g, "server-PORT")
    .replace(/serves \S+:/, "serves DIRECTORY:")
    .replace("npx halte", "halte")
    .replace(/ --project \S+/, "")
    .replace(/ +/g, " ")
    .trim()

const assertSays = (printed: string, text: string) => {
  const said = printed.split("\n").map(steady)
  for (const line of text.split("\n").filter((one) => one.trim() !== ""))
    assert.isTrue(
      said.some((one) => one.includes(steady(line))),
      `"${steady(line)}" is not in:\n${said.join("\n")}`
    )
}

const served = (directory: string, args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [Repository.halte, "serve", "--port", "0", ...args], {
    cwd: directory,
    env: Repository.environment({ NO_COLOR: "1" }),
    stdio: ["ignore", "pipe", "inherit"]
  })
  let text = ""
  const listens = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk
      if (/^Stop /m.test(text)) resolve()
    })
    child.once("exit", () => reject(new Error(`it ended: ${text}`)))
  })
  return { child, listens, said: () => text }
}

const end = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode !== null) return child.exitCode
  child.kill("SIGINT")
  await once(child, "exit")
  return child.exitCode
}

/** Types lines into a shell, with the port of the server for 4280; answers what is printed. */
const typed = (directory: string, port: string, lines: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const script = ["set -e", ...lines].join("\n").replaceAll("4280", port)
    execFile("sh", ["-c", script], { cwd: directory, timeout: 60_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${script}\n${stdout}\n${stderr}`, { cause: error }))
    )
  })

const stored = async (project: ScratchProject.ScratchProject) => {
  const { stdout } = await project.halte(["list", "--json"])
  return stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as { readonly id: string; readonly status: string; readonly flow: string })
}

const until = async (project: ScratchProject.ScratchProject, is: (status: string) => boolean): Promise<void> => {
  for (let i = 0; i < 100; i++) {
    const [newest] = await stored(project)
    if (newest !== undefined && is(newest.status)) return
  }
  assert.fail("the execution did not get there")
}

describe("the page about serving a project", () => {
  let project: ScratchProject.ScratchProject
  let server: ReturnType<typeof served>
  let port: string
  beforeAll(async () => {
    project = ScratchProject.make()
    const [flow] = blocks(page, "Serve a project", "yaml")
    // A minute is long for a test.
    project.save("crunch.flow.yaml", flow!.replace("sleep 60", "while [ ! -e go ]; do sleep 0.05; done"))
    server = served(project.directory, ["--project", project.directory])
    await server.listens
    port = /127\.0\.0\.1:(\d+)/.exec(server.said())![1]!
  }, ceiling.timeout)
  afterAll(async () => {
    await end(server.child)
    project.remove()
  }, ceiling.timeout)

  it("shows what `halte serve` says", () => assertSays(server.said(), blocks(page, "Serve a project", "text")[0]!))

  it("starts, watches, interrupts and resumes with curl as it says (R3)", ceiling, async () => {
    const [token, start, watch, rest] = blocks(page, "With curl", "sh")
    await typed(project.directory, port, [token!])
    await typed(project.directory, port, [start!, "echo $id >id"])
    const id = readFileSync(join(project.directory, "id"), "utf8").trim()
    assert.match(id, /^[0-9A-Z]{20}$/)
    const events = typed(project.directory, port, [`id=${id}`, watch!])
    const [interrupt, state, resume] = rest!.trim().split("\n")
    const receipt = await typed(project.directory, port, [`id=${id}`, interrupt!])
    assert.include(JSON.parse(receipt), { execution: id, effect: "done" })
    assert.match(await events, /event: execution-ended\ndata: .*"Interrupted"/)
    const stopped = JSON.parse(await typed(project.directory, port, [`id=${id}`, state!]))
    assert.strictEqual(stopped.status, "Interrupted")
    assert.include(JSON.stringify(stopped), "too early")
    project.save("go", "")
    const resumed = JSON.parse(await typed(project.directory, port, [`id=${id}`, resume!]))
    assert.include(resumed, { execution: id, effect: "done" })
    await until(project, (status) => status === "Completed")
  })

  it("opens the page, and that of one execution, from another terminal", ceiling, async () => {
    const [newest] = await stored(project)
    for (const [args, path] of [
      [[], "/"],
      [[newest!.id.slice(-6)], `/executions/${newest!.id}`]
    ] as const) {
      const { code, stdout } = await project.halte(["open", ...args, "--print", "--project", project.directory])
      assert.strictEqual(code, 0)
      assert.strictEqual(new URL(stdout.trim()).pathname, path)
    }
  })

  it("ends as it says, and leaves no token behind", ceiling, async () => {
    assert.strictEqual(await end(server.child), 0)
    assert.isFalse(existsSync(join(project.directory, `.halte/run/server-${port}.token`)))
  })
})

describe("the tutorial from the page", () => {
  it("serves the examples, and can be done with curl and from another terminal", ceiling, async () => {
    const project = ScratchProject.make()
    const server = served(project.directory, [join(root, "examples"), "--project", project.directory])
    try {
      await server.listens
      const port = /127\.0\.0\.1:(\d+)/.exec(server.said())![1]!
      const shown = blocks(tutorial, "1. Serve", "text")[0]!
      // There it is served from the clone itself.
      assertSays(server.said().replaceAll(`${root}/`, ""), shown)
      const [script] = blocks(tutorial, "6. The same with curl", "sh")
      project.save("files/a.txt", "a")
      const begin = script!.replace(
        "-X POST http://127.0.0.1:4280/flows",
        `-H 'Content-Type: application/json' -d '{"params":{"root":"files"}}' -X POST http://127.0.0.1:4280/flows`
      )
      const printed = await typed(project.directory, port, [begin])
      assert.include(printed, '"flow":"index-files"')
      await until(project, (status) => status === "Completed" || status === "Interrupted")
      const list = await project.halte(["list"])
      assert.include(list.stdout, "index-files")
    } finally {
      await end(server.child)
      project.remove()
    }
  })
})
