/** What a person has decided: kept whole, one by one, and never at the price of what was there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { defaults } from "@halte/web/DesktopBridge"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as RecentProjects from "../src/main/RecentProjects.ts"
import * as SettingsFile from "../src/main/SettingsFile.ts"

let directory: string
let path: string
let notices: Array<string>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "halte-settings-"))
  path = SettingsFile.pathIn(directory)
  notices = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = () => SettingsFile.open(path, { notice: (text) => notices.push(text) })
const written = () => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>

describe("settings", () => {
  it("are what is usual as long as nothing was decided, and no file is written for that", () => {
    const settings = open()
    assert.deepStrictEqual(settings.now, defaults)
    assert.deepStrictEqual(settings.recent, [])
    assert.isFalse(existsSync(path))
    assert.deepStrictEqual(notices, [])
  })

  it("count at once, are on disk before the change returns, and are there at the next start", () => {
    open().change({ theme: "dark", maxExecutions: 3 })
    assert.deepStrictEqual(written(), { theme: "dark", maxExecutions: 3 })
    assert.deepStrictEqual(open().now, { ...defaults, theme: "dark", maxExecutions: 3 })
  })

  it("take no name that controls what shows it: the usual one counts, and the others stay", () => {
    writeFileSync(path, JSON.stringify({ name: "ada\u001b[2J", theme: "dark" }))
    const settings = open()
    assert.deepStrictEqual(settings.now, { ...defaults, theme: "dark" })
    assert.match(notices.join(), /`name` has a value that this version can't use/)
    for (const name of ["a\nb", "a\tb", "a\u0000", "a\u0085", "a\u202eb", "a\u2028b"]) settings.change({ name })
    assert.strictEqual(settings.now.name, "")
    settings.change({ name: "Ada Lovelace-Ωß é 😀" })
    assert.strictEqual(open().now.name, "Ada Lovelace-Ωß é 😀")
  })

  it("are written one after the other, the last one wins, and nothing is left beside the file", () => {
    const settings = open()
    for (let n = 1; n <= 50; n++) settings.change({ maxExecutions: n })
    assert.deepStrictEqual(written(), { maxExecutions: 50 })
    assert.deepStrictEqual(readdirSync(directory), ["settings.json"])
  })

  it("tell who listens, once for each change, and not when nothing is changed", () => {
    const settings = open()
    let told = 0
    const leave = settings.onChange(() => told++)
    settings.change({ confirm: false })
    settings.change({ confirm: false })
    settings.change({})
    assert.strictEqual(told, 1)
    leave()
    settings.change({ confirm: true })
    assert.strictEqual(told, 1)
  })

  it.skipIf(process.platform === "win32")("are readable by their user alone", () => {
    writeFileSync(path, "{}", { mode: 0o644 })
    open().change({ name: "anna" })
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
  })

  it("make their directory where it is missing", () => {
    path = join(directory, "not", "there", "settings.json")
    open().change({ name: "anna" })
    assert.strictEqual(written()["name"], "anna")
  })

  it("an unfinished write of a program that was killed is no obstacle", () => {
    writeFileSync(`${path}.new`, "{ half")
    open().change({ name: "anna" })
    assert.strictEqual(written()["name"], "anna")
  })
})

describe("a file with something wrong in it", () => {
  it("each value that doesn't fit falls back by itself, is named, and costs no other", () => {
    writeFileSync(
      path,
      JSON.stringify({ theme: "mauve", confirm: "no", name: "x".repeat(61), maxExecutions: 0, notify: false })
    )
    const { now } = open()
    assert.deepStrictEqual(now, { ...defaults, notify: false })
    assert.lengthOf(notices, 1)
    assert.include(notices[0], "`theme`, `confirm`, `name`, `maxExecutions` have values that this version can't use")
  })

  it("what a newer version has written survives, and a value that doesn't fit is replaced by a decision alone", () => {
    writeFileSync(path, JSON.stringify({ theme: "contrast", density: { rows: "tight" }, confirm: false }))
    const settings = open()
    settings.change({ notify: false })
    assert.deepStrictEqual(written(), {
      theme: "contrast",
      density: { rows: "tight" },
      confirm: false,
      notify: false
    })
    settings.change({ theme: "system" })
    assert.strictEqual(written()["theme"], "system", "also by what counted in its place")
    assert.deepStrictEqual(written()["density"], { rows: "tight" })
  })

  it("that is no settings is put aside under a name of its own, each time, and said", () => {
    for (const [n, text] of ["{ half", "[]", "null", '"text"', "", `"${"x".repeat(1_000_001)}"`].entries()) {
      writeFileSync(path, text)
      assert.deepStrictEqual(open().now, defaults)
      assert.strictEqual(readFileSync(`${path}.broken-${n + 1}`, "utf8"), text)
      assert.include(notices[n], `The file is kept as \`${path}.broken-${n + 1}\`.`)
      assert.isFalse(existsSync(path))
    }
  })

  it("may begin with the mark that some editors write", () => {
    writeFileSync(path, `\uFEFF${JSON.stringify({ theme: "light" })}`)
    assert.strictEqual(open().now.theme, "light")
    assert.deepStrictEqual(notices, [])
  })

  it("a directory in its place is put aside, too", () => {
    mkdirSync(path)
    open().change({ name: "anna" })
    assert.strictEqual(written()["name"], "anna")
    assert.isTrue(statSync(`${path}.broken-1`).isDirectory())
  })

  it("keys that are no settings never become any", () => {
    writeFileSync(path, '{"__proto__": {"theme": "dark"}, "constructor": 1, "toString": 2}')
    assert.deepStrictEqual(open().now, defaults)
  })
})

describe("a place that can't be written", () => {
  it("is said once; what was decided counts until the end", () => {
    writeFileSync(join(directory, "file"), "")
    path = join(directory, "file", "settings.json")
    const settings = open()
    notices.length = 0
    settings.change({ theme: "dark" })
    settings.change({ theme: "light" })
    assert.strictEqual(settings.now.theme, "light")
    assert.lengthOf(notices, 1)
    assert.include(notices[0], "They count until Halte ends.")
  })

  it("is tried again, and said again when it fails anew", () => {
    const settings = open()
    const fails = (change: () => void) => {
      mkdirSync(`${path}.new`)
      change()
      rmSync(`${path}.new`, { recursive: true })
    }
    fails(() => settings.change({ theme: "dark" }))
    fails(() => settings.change({ theme: "light" }))
    assert.lengthOf(notices, 1)
    settings.change({ name: "anna" })
    assert.deepStrictEqual(written(), { theme: "light", name: "anna" })
    fails(() => settings.change({ name: "ben" }))
    assert.lengthOf(notices, 2)
  })
})

describe("what was open before", () => {
  it("is listed newest first, each once, ten at most, and survives", () => {
    const settings = open()
    for (let n = 1; n <= 12; n++) settings.opened(join(directory, `p${n}`))
    settings.opened(join(directory, "p7"))
    const names = [7, 12, 11, 10, 9, 8, 6, 5, 4, 3].map((n) => join(directory, `p${n}`))
    assert.deepStrictEqual(settings.recent, names)
    assert.deepStrictEqual(open().recent, names)
  })

  it("is left out when shown as long as it is gone, and is back when it is back", async () => {
    const settings = open()
    const [here, gone] = [join(directory, "here"), join(directory, "gone")]
    mkdirSync(here)
    settings.opened(gone)
    settings.opened(here)
    let told = 0
    settings.onChange(() => told++)
    await settings.lookForRecent()
    assert.deepStrictEqual(settings.recent, [here])
    await settings.lookForRecent()
    assert.strictEqual(told, 1)
    mkdirSync(gone)
    await settings.lookForRecent()
    assert.deepStrictEqual(settings.recent, [here, gone])
    assert.strictEqual(told, 2)
  })

  it("can be forgotten", () => {
    const settings = open()
    settings.opened(directory)
    settings.clearRecent()
    assert.deepStrictEqual(settings.recent, [])
    assert.deepStrictEqual(written()["recent"], [])
  })

  it("takes nothing from a file that no version would have written", () => {
    writeFileSync(path, JSON.stringify({ recent: ["relative", 5, null, "/a", "/a", ""] }))
    assert.deepStrictEqual(open().recent, ["/a"])
    writeFileSync(path, JSON.stringify({ recent: "nothing" }))
    assert.deepStrictEqual(open().recent, [])
  })

  it("is the same in upper and lower case where the system says so, and with and without a slash at its end", () => {
    assert.deepStrictEqual(RecentProjects.add(["/Projects/A"], "/projects/a", "darwin"), ["/projects/a"])
    assert.deepStrictEqual(RecentProjects.add(["/Projects/A"], "/projects/a", "linux"), ["/projects/a", "/Projects/A"])
    assert.deepStrictEqual(RecentProjects.add(["/a"], "/a/", "linux"), ["/a"])
    assert.deepStrictEqual(RecentProjects.add(["/a"], "/b/../a", "linux"), ["/a"])
    assert.deepStrictEqual(RecentProjects.add([], "/", "linux"), ["/"])
    assert.deepStrictEqual(RecentProjects.add(["/a"], "relative", "linux"), ["/a"])
  })
})
