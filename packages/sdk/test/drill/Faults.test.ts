import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { Drill } from "@halte/sdk/node"
import { codes } from "./support/Sample.ts"

const faults = join(import.meta.dirname, "../../../../test/faults")
const names = readdirSync(faults, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

/** Starts programs for whoever asks, as a system's own services do: what it starts is nobody's child. */
const started = new Map<string, ChildProcess>()
const daemon = createServer((socket) => {
  socket.on("error", () => undefined)
  socket.on("data", (data) => {
    const [, what, directory] = /^(start|end) (.+)\n$/.exec(data.toString()) ?? []
    if (directory === undefined) return
    if (what === "end") return void started.get(directory)?.kill("SIGKILL")
    const child = spawn("sleep", ["30"], { cwd: directory, stdio: "ignore", detached: true })
    started.set(directory, child)
    child.once("spawn", () => socket.write("started\n"))
  })
})
let scratch = ""
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "halte-faults-"))
  daemon.listen(join(scratch, "daemon.sock"))
  await once(daemon, "listening")
})
afterAll(() => {
  for (const child of started.values()) child.kill("SIGKILL")
  daemon.close()
  rmSync(scratch, { recursive: true, force: true })
})

describe("a drill over planted faults", () => {
  it.for(names)("finds what is wrong with %s, and nothing else", { timeout: 120_000 }, async (name) => {
    const directory = join(scratch, name)
    cpSync(join(faults, name), directory, { recursive: true })
    const flow = readFileSync(join(directory, "flow.yaml"), "utf8")
    const setting = (key: string) => new RegExp(`^# ${key}: (.+)$`, "m").exec(flow)?.[1]
    const duration = (key: string) => setting(key) && Number.parseInt(setting(key)!)
    const report = await Drill.rehearse(join(directory, "flow.yaml"), {
      directory,
      only: setting("only")?.split(" "),
      maxStop: duration("max-stop") || undefined,
      slack: duration("slack") || "5 seconds",
      params: flow.includes("daemon:") ? { daemon: join(scratch, "daemon.sock") } : {}
    })
    const expected = setting("finds")!
    assert.deepStrictEqual(
      codes(report),
      expected === "nothing" ? [] : [expected],
      JSON.stringify(report.findings, undefined, 2)
    )
    assert.equal(report.status, expected === "nothing" ? "clean" : "findings", JSON.stringify(report.failure))
    // The person's own files are as they were.
    assert.deepStrictEqual(readdirSync(directory).sort(), readdirSync(join(faults, name)).sort())
  })
})
