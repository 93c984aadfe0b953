/** What a desktop that was started from a menu knows of a person's terminal. With shells of the test's own, and a real one. */
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as ShellEnvironment from "../src/main/ShellEnvironment.ts"

let directory: string
let notices: Array<string>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "halte-shell-"))
  notices = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A shell that does something first, as its files would, and then what it is asked to: `$2`. */
const shell = (name: string, first: string, then = 'exec /bin/sh -c "$2"'): string => {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${first}\n${then}\n`)
  chmodSync(path, 0o755)
  return path
}

const read = (options: Partial<ShellEnvironment.Options> = {}) =>
  ShellEnvironment.read({
    env: { PATH: "/usr/bin:/bin", HOME: directory, KEPT: "session" },
    platform: "linux",
    isTerminal: false,
    notice: (text) => void notices.push(text),
    ...options
  })

const running = (word: string): boolean => {
  try {
    return execFileSync("pgrep", ["-f", word], { encoding: "utf8" }).trim() !== ""
  } catch {
    return false
  }
}

describe.skipIf(process.platform === "win32")("the environment of the person's shell", () => {
  it("is read with all that its files print, and values of several lines stay whole", async () => {
    const own = shell("own", `echo welcome; export PATH="/opt/tools:$PATH" KEY='-----BEGIN\nA=1\nEND-----' KEPT=shell`)
    assert.deepStrictEqual(await read({ shells: [own] }), {
      PATH: "/opt/tools:/usr/bin:/bin",
      HOME: directory,
      KEPT: "shell",
      KEY: "-----BEGIN\nA=1\nEND-----"
    })
    assert.deepStrictEqual(notices, [])
  })

  it("is read by a login shell that reads the person's own files", async () => {
    if (!existsSync("/bin/bash")) return
    writeFileSync(join(directory, ".bash_profile"), 'export PATH="$HOME/bin:$PATH"\nalias env="echo no"\n')
    const { PATH, SHLVL } = await read({ shells: ["/bin/bash"] })
    assert.isTrue(PATH?.startsWith(`${directory}/bin:`), PATH)
    assert.isUndefined(SHLVL)
    assert.deepStrictEqual(notices, [])
  })

  it("is read also where `env` can't end its values by NUL", async () => {
    const bin = join(directory, "env")
    writeFileSync(bin, `#!/bin/sh\n[ "$1" = -0 ] && exit 1\nprintf 'PATH=/a\\nTWO=1\\n 2\\nTHREE=3\\n'\n`)
    chmodSync(bin, 0o755)
    const old = shell("old", `PATH="${directory}:$PATH"`)
    assert.deepInclude(await read({ shells: [old] }), { PATH: "/a", TWO: "1\n 2", THREE: "3" })
  })

  it("does not wait for what its files have started and what holds its output", async () => {
    const own = shell("agent", `sleep 1 & export STARTED=1`)
    assert.strictEqual((await read({ shells: [own] }))["STARTED"], "1")
  })

  it("is that of the next shell where the first one can't say it", async () => {
    const broken = shell("broken", "exit 3")
    const strange = shell("strange", "echo 'what?'", ":")
    const own = shell("own", "export FOUND=1")
    assert.strictEqual((await read({ shells: [broken, strange, join(directory, "none"), own] }))["FOUND"], "1")
    assert.deepStrictEqual(notices, [])
  })

  it("is as it was when nobody can say it, and a person is told why and what to do", async () => {
    const env = await read({ shells: [shell("broken", "exit 3")] })
    assert.deepStrictEqual(env, { PATH: "/usr/bin:/bin", HOME: directory, KEPT: "session" })
    assert.deepStrictEqual(notices, [
      `The environment of your terminal could not be read: \`${directory}/broken\` ended by itself with code 3, and said nothing. Programs are looked for in \`/usr/bin:/bin\`. Start Halte from a terminal, or name programs by their whole paths.`
    ])
  })

  it("P3 is waited for so long and no longer, and nothing is left of a shell that hangs", async () => {
    const word = `3${process.pid}.5`
    const hangs = shell("hangs", `trap '' TERM HUP; sleep ${word} & wait`)
    const never = shell("never", "export FOUND=1")
    const env = await read({ shells: [hangs, never], boundMillis: 300 })
    assert.isUndefined(env["FOUND"])
    assert.match(notices.join(), /hangs` did not answer within 0\.3 s\./)
    await new Promise<void>((resolve) => {
      const look = () => (running(`sleep ${word}`) ? setTimeout(look, 5) : resolve())
      look()
    })
  })

  it("is not asked for where the desktop was started from a terminal, nor on Windows", async () => {
    const own = shell("own", "export FOUND=1")
    for (const options of [
      { isTerminal: true },
      { platform: "win32" as const },
      { env: { PATH: "/bin", TERM: "xterm-256color" } }
    ])
      assert.isUndefined((await read({ shells: [own], ...options }))["FOUND"])
    assert.strictEqual((await read({ shells: [own], env: { PATH: "/usr/bin:/bin", TERM: "dumb" } }))["FOUND"], "1")
    assert.deepStrictEqual(notices, [])
  })
})
