/** Where a desktop keeps what is a person's own, also where the usual places can't be used. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as AppPaths from "../src/main/AppPaths.ts"
import { StartRefused } from "../src/main/StartFailure.ts"

let root: string
let set: Array<readonly [string, string]>
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "halte-paths-"))
  set = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** As Electron: a place that can't be made is an error, and a place that was set is the one that is told. */
const app = (broken: ReadonlyArray<string> = []) => {
  const paths = new Map<string, string>()
  return {
    getPath: (name: string): string => {
      if (broken.includes(name) && !paths.has(name)) throw new Error(`Failed to get '${name}' path`)
      return paths.get(name) ?? join(root, name)
    },
    setPath: (name: string, path: string): void => {
      set.push([name, path])
      paths.set(name, path)
    }
  }
}

const entry = "file:///opt/halte/Main.js"

const temporary = (): string => {
  const directory = join(root, `temporary-${set.length}`)
  mkdirSync(directory, { recursive: true })
  return directory
}

describe("the places of a desktop", () => {
  it("are beside its entry, and where the system has a person's own, which only that person reads", () => {
    const paths = AppPaths.of(app(), entry)
    assert.deepStrictEqual(
      [paths.host, paths.preload, paths.page.href, paths.resources],
      ["/opt/halte/Host.js", "/opt/halte/Preload.cjs", "file:///opt/halte/page/", "/opt/halte/resources"]
    )
    assert.deepStrictEqual([paths.settings, paths.logs], [join(root, "userData", "settings.json"), join(root, "logs")])
    assert.deepStrictEqual([paths.notices, set], [[], []])
    if (process.platform !== "win32") assert.strictEqual(statSync(join(root, "userData")).mode & 0o777, 0o700)
  })

  it("are temporary ones where a directory can't be had, and that is said: Halte goes on", () => {
    const paths = AppPaths.of(app(["userData", "logs"]), entry, { temporary })
    assert.deepStrictEqual(set, [["userData", join(root, "temporary-0")]])
    assert.deepStrictEqual(
      [paths.settings, paths.logs],
      [join(root, "temporary-0", "settings.json"), join(root, "temporary-1")]
    )
    assert.deepStrictEqual(paths.notices, [
      "The settings can't be kept where they always are: Failed to get 'userData' path. They count until Halte ends, and a further start does not find this one.",
      `The log can't be kept where it always is: Failed to get 'logs' path. This time it is in \`${paths.logs}\`.`
    ])
  })

  it("are temporary ones where something else has the name", () => {
    for (const name of ["userData", "logs"]) writeFileSync(join(root, name), "")
    const paths = AppPaths.of(app(), entry, { temporary })
    assert.strictEqual(paths.settings, join(root, "temporary-0", "settings.json"))
    assert.strictEqual(paths.notices?.length, 2)
    assert.match(paths.notices?.join() ?? "", /EEXIST|ENOTDIR/)
  })

  it("by themselves are made by the system, for this run", () => {
    const { logs } = AppPaths.of(app(["logs"]), entry)
    assert.isTrue(existsSync(logs))
    rmSync(logs, { recursive: true })
  })

  const none = (): string => {
    throw new Error("ENOSPC: no space left on device.")
  }

  it("need no log", () => {
    const paths = AppPaths.of(app(["logs"]), entry, { temporary: none })
    assert.strictEqual(paths.logs, join(root, "userData", "logs"))
    assert.deepStrictEqual(paths.notices, [])
  })

  it("are refused plainly where nothing can be written anywhere", () => {
    try {
      AppPaths.of(app(["userData"]), entry, { temporary: none })
      assert.fail("There are places.")
    } catch (error) {
      assert.instanceOf(error, StartRefused)
      assert.strictEqual(
        (error as Error).message,
        "Halte has no directory that it can write to: Failed to get 'userData' path. A temporary one can't be made either: ENOSPC: no space left on device. Make room, or give yourself the right to write to one of them."
      )
    }
  })
})
