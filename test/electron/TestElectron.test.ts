import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Repository from "../support/Repository.ts"

const inside =
  process.platform === "darwin"
    ? "Electron.app/Contents/MacOS/Electron"
    : process.platform === "win32"
      ? "electron.exe"
      : "electron"

const run = (env: Record<string, string | undefined>, args: ReadonlyArray<string> = []) => {
  const { error, status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(Repository.root, ".config/test-electron.mjs"), ...args],
    { encoding: "utf8", env: Repository.environment({ ELECTRON_OVERRIDE_DIST_PATH: undefined, ...env }) }
  )
  assert.isUndefined(error)
  return { status, stderr, stdout }
}

/** A directory with a program that is called as Electron's is. */
const unpacked = Effect.map(Repository.scratch("electron"), (directory) => {
  const program = join(directory, inside)
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, "#!/bin/sh\nexit 1\n")
  chmodSync(program, 0o755)
  return directory
})

describe("npm run test:electron", () => {
  it.effect("takes the Electron that it is told of", () =>
    Effect.gen(function* () {
      const directory = yield* unpacked
      const { status, stdout } = run({ ELECTRON_OVERRIDE_DIST_PATH: directory }, ["--find"])
      assert.deepStrictEqual({ status, stdout }, { status: 0, stdout: `${join(directory, inside)}\n` })
    })
  )

  it.effect("says so, and exits with 69, where it is told of one that isn't there", () =>
    Effect.gen(function* () {
      const directory = yield* Repository.scratch("electron")
      const { status, stderr, stdout } = run({ ELECTRON_OVERRIDE_DIST_PATH: directory })
      assert.strictEqual(status, 69)
      assert.strictEqual(stdout, "")
      assert.strictEqual(
        stderr,
        `ELECTRON_OVERRIDE_DIST_PATH names \`${directory}\`, where there is no \`${inside}\`.\nGive it the directory of an unpacked Electron, or take the variable away.\n(code: no-electron)\n`
      )
    })
  )

  it("finds the installed one, or says what to do and exits with 69, and downloads nothing", () => {
    // Whichever it is on this machine: a download would end, or fail, at this address.
    const { status, stderr, stdout } = run({ ELECTRON_MIRROR: "http://127.0.0.1:9/" }, ["--find"])
    if (status === 0) return assert.include(stdout, inside)
    assert.strictEqual(status, 69)
    assert.match(stderr, /^Electron \S+ is not on this machine, so nothing was tested in it\./)
    assert.include(stderr, "npm run desktop")
    assert.include(stderr, "ELECTRON_OVERRIDE_DIST_PATH=DIRECTORY npm run test:electron")
    assert.notMatch(stderr, /127\.0\.0\.1|Downloading/)
  })

  it.effect.runIf(process.platform === "linux")("needs a display, and says how to have one that nobody sees", () =>
    Effect.gen(function* () {
      const { status, stderr } = run({
        ELECTRON_OVERRIDE_DIST_PATH: yield* unpacked,
        DISPLAY: undefined,
        WAYLAND_DISPLAY: undefined
      })
      assert.strictEqual(status, 69)
      assert.include(stderr, "xvfb-run -a npm run test:electron")
    })
  )
})
