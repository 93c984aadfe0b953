/** The page about curl: all of it is typed into one shell, in its order, over a real server. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Markdown from "../support/Markdown.ts"
import * as Repository from "../support/Repository.ts"
import { read, root } from "../support/RepositoryFiles.ts"
import * as ScratchProject from "../support/ScratchProject.ts"

const page = "docs/how-to/use-halte-with-curl.md"
const blocks = Markdown.codeBlocks(read(page))
const headings = [...new Set(blocks.map(({ heading }) => heading))]
const of = (heading: string | undefined, language: string) =>
  blocks.filter((block) => block.heading === heading && block.language === language).map(({ code }) => code)

/** So many files that nobody reads them all before somebody has typed the next line. */
const fileCount = 7000

const ceiling = 120_000

/** Follows in the background, as in a terminal of its own, and is there before the next line is typed. */
const following = (blocks: ReadonlyArray<string>): string =>
  blocks.map((code, i) => `(${code.trim()}) >followed-${i} 2>&1 &`).join("\n")

/** A person sees that files are read before typing the next line. */
const untilItReads = "until grep -q '^event: step-cursor' followed-0; do sleep 0.02; done"

const script = (port: number): string =>
  headings
    .filter((heading) => heading !== "Serve")
    .flatMap((heading) => [
      `echo "=== ${heading}"`,
      heading === "Follow it" ? `${following(of(heading, "sh"))}\n${untilItReads}` : of(heading, "sh").join("\n"),
      // Stopping takes a moment; whoever reads in a terminal does, too.
      heading === "Interrupt it" ? "wait" : ""
    ])
    .join("\n")
    .replaceAll("4280", String(port))
    .replaceAll('"root":"node_modules"', '"root":"files"')

describe("the page about curl", () => {
  let project: ScratchProject.ScratchProject
  let server: ChildProcess
  let printed: ReadonlyMap<string, string>

  const saved = (name: string) => readFileSync(join(project.directory, name), "utf8")

  beforeAll(async () => {
    project = ScratchProject.make()
    mkdirSync(join(project.directory, "files"))
    for (let i = 0; i < fileCount; i++) writeFileSync(join(project.directory, "files", `${i}.txt`), `file ${i}`)
    project.save("publish.flow.yaml", of("Answer a gate", "yaml")[0]!)
    const flows = [join(root, "examples/index-files"), "publish.flow.yaml"]
    server = spawn(
      process.execPath,
      [Repository.halte, "serve", ...flows, "--port", "0", "--project", project.directory],
      {
        cwd: project.directory,
        env: Repository.environment({ NO_COLOR: "1" }),
        stdio: ["ignore", "pipe", "inherit"]
      }
    )
    const port = await new Promise<number>((resolve, reject) => {
      let said = ""
      server.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
        said += chunk
        const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]
        if (port !== undefined && /^Stop /m.test(said)) resolve(Number(port))
      })
      server.once("exit", () => reject(new Error(`it ended: ${said}`)))
    })
    const out = await new Promise<string>((resolve, reject) => {
      const args = ["-c", `set -e\n${script(port)}`]
      const options = { cwd: project.directory, env: Repository.environment(), timeout: 90_000, maxBuffer: 1 << 26 }
      execFile("sh", args, options, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${stdout.slice(-4000)}\n${stderr}`, { cause: error }))
      )
    })
    printed = new Map(
      out
        .split("=== ")
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)])
    )
  }, ceiling)

  afterAll(async () => {
    if (server.exitCode === null) {
      server.kill("SIGINT")
      await once(server, "exit")
    }
    project.remove()
  }, ceiling)

  for (const heading of headings.filter((heading) => heading !== "Serve"))
    it(`R3, R39: "${heading}" is answered as it says`, () => {
      const said = printed.get(heading!)
      assert.isDefined(said, heading)
      for (const line of of(heading, "text").flatMap((text) => text.split("\n")))
        if (line.trim() !== "") assert.include(said, line.trim())
    })

  it("lists the flows with their params, and tells what the server is", () => {
    const said = printed.get("See what there is")!
    assert.match(said, /"version":"\d+\.\d+\.\d+","api":1/)
    assert.include(said, '"name":"index-files"')
    assert.include(said, '"name":"publish"')
  })

  it("stopped half-way, where the followers saw it, and went on there", () => {
    const events = saved("followed-0")
    assert.match(events, /^event: interrupt-requested$/m)
    assert.match(events, /^event: execution-ended$/m)
    assert.notMatch(saved("followed-1"), /^id: [12]$/m)
    assert.match(saved("followed-1"), /^id: 3$/m)
    const lines = saved("followed-2").trim().split("\n")
    assert.strictEqual((JSON.parse(lines.at(-1)!) as { readonly type: string }).type, "execution-ended")
    const resumed = printed.get("Resume it")!
    assert.include(resumed, '"effect":"done"')
    assert.include(resumed, `"files":${fileCount}`)
  })
})
