/** The log: whole lines, three files at most, and no reason for the desktop to fail. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as LogFile from "../src/main/LogFile.ts"

let directory: string
let notices: Array<string>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "halte-log-"))
  notices = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const now = () => new Date("2026-03-01T10:20:30.456Z")
const open = (options: LogFile.Options = {}, where = directory) =>
  LogFile.open(where, { notice: (text) => notices.push(text), now, ...options })
const read = (name = "halte.log") => readFileSync(join(directory, name), "utf8")

describe("the log", () => {
  it("is a line with time, area and text, and all of it is there when it is closed", async () => {
    const log = open()
    log.write("Halte begins")
    log.about("engine 1")("is ready")
    for (let n = 0; n < 1000; n++) log.write(`line ${n}`)
    await log.close()
    const lines = read().split("\n")
    assert.strictEqual(lines[0], "2026-03-01T10:20:30.456Z desktop: Halte begins")
    assert.strictEqual(lines[1], "2026-03-01T10:20:30.456Z engine 1: is ready")
    assert.strictEqual(lines[1001], "2026-03-01T10:20:30.456Z desktop: line 999")
    assert.lengthOf(lines, 1003)
  })

  it("goes on in the same file after a restart", async () => {
    for (const text of ["first", "second"]) {
      const log = open()
      log.write(text)
      await log.close()
    }
    assert.match(read(), /first\n.*second\n$/)
  })

  it("holds no control sequences, and further lines of a text don't look like entries", async () => {
    const log = open()
    log.write("\u001b[31mred\u001b[0m\u0007\n2026-01-01T00:00:00.000Z engine: forged\n")
    log.write("x".repeat(20_000))
    await log.close()
    const [first, second, third, end] = read().split("\n")
    assert.strictEqual(first, "2026-03-01T10:20:30.456Z desktop: red")
    assert.strictEqual(second, "    2026-01-01T00:00:00.000Z engine: forged")
    assert.isBelow(third!.length, 8100)
    assert.isTrue(third!.endsWith("…"))
    assert.strictEqual(end, "")
  })

  it("is three files at most, none of them much larger than its limit", async () => {
    for (let start = 0; start < 3; start++) {
      const log = open({ size: "2K" })
      for (let n = 0; n < 100; n++) log.write(`start ${start} line ${n} ${"-".repeat(50)}`)
      await log.close()
    }
    const names = readdirSync(directory).sort()
    assert.deepStrictEqual(names, ["halte.log", "halte.log.1", "halte.log.2"])
    for (const name of names) assert.isBelow(statSync(join(directory, name)).size, 2048 + 200)
    assert.include(names.map(read).join(""), "start 2 line 99")
  })

  it.skipIf(process.platform === "win32")("is readable by its user alone", async () => {
    const log = open()
    log.write("something")
    await log.close()
    assert.strictEqual(statSync(log.path).mode & 0o777, 0o600)
  })

  it("makes its directory", async () => {
    directory = join(directory, "deep", "logs")
    const log = open()
    log.write("something")
    await log.close()
    assert.include(read(), "something")
  })

  it("takes nothing more once it is closed, and can be closed twice", async () => {
    const log = open()
    log.write("before")
    const closing = log.close()
    log.write("after")
    await Promise.all([closing, log.close()])
    log.write("long after")
    assert.notInclude(read(), "after")
  })
})

describe("a place that can't be written", () => {
  it("is told once, and everything else goes on", async () => {
    writeFileSync(join(directory, "file"), "")
    const log = open({}, join(directory, "file", "logs"))
    log.write("lost")
    log.write("lost")
    await log.close()
    assert.lengthOf(notices, 1)
    assert.include(notices[0], "Halte goes on without one.")
  })

  it("is told once, too, when it shows later: a directory where the file should be", async () => {
    const log = open({}, directory)
    await log.close()
    rmSync(join(directory, "halte.log"))
    const blocked = join(directory, "blocked")
    const second = open({}, blocked)
    rmSync(blocked, { recursive: true, force: true })
    writeFileSync(blocked, "")
    for (let n = 0; n < 100; n++) second.write("lost")
    await second.close()
    second.write("lost")
    await second.close()
    assert.isAtMost(notices.length, 1)
  })
})
