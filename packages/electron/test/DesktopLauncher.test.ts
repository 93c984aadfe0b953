/** `npm run desktop`: which Electron it takes, what it says where there is none, and how it waits for the desktop. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { eventually } from "../../../test/support/Eventually.ts"
import { root } from "../../../test/support/RepositoryFiles.ts"

/** Writes down what it was started with; stays until `go` is there, and counts the signals that reach it. */
const electron = `#!/bin/sh
for arg in "$@"; do echo "$arg"; done > "$OUT/arguments"
env > "$OUT/environment"
trap 'echo INT >> "$OUT/signals"' INT
trap 'echo TERM >> "$OUT/signals"; exit 7' TERM
[ -n "$STAY" ] && { echo up > "$OUT/up"; while [ ! -e "$OUT/go" ]; do sleep 0.05; done; }
exit "\${CODE:-0}"
`

interface Clone {
  readonly directory: string
  readonly write: (path: string, text: string, mode?: number) => void
  readonly read: (path: string) => string
  readonly has: (path: string) => boolean
  /** Starts the launcher as npm does. */
  readonly start: (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => Started
}

interface Started {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly ended: Effect.Effect<number | null>
}

/** As much of a clone as the launcher looks at; what it builds is built. */
const clone: Effect.Effect<Clone, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "halte-launcher-")))
    const write: Clone["write"] = (path, text, mode = 0o644) => {
      const file = join(directory, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      chmodSync(file, mode)
    }
    write(
      ".config/desktop-app.mjs",
      `export const app = "packages/electron/dist/app"\nexport const buildDesktop = () => console.error("built")\n`
    )
    for (const name of ["desktop.mjs", "electron-program.mjs"])
      copyFileSync(join(root, ".config", name), join(directory, ".config", name))
    write("node_modules/electron/package.json", '{ "version": "45.5.0" }')
    write("project/release.flow.yaml", "halte: 1\n")
    const start: Clone["start"] = (args, env = {}) => {
      const child = spawn(process.execPath, [join(directory, ".config/desktop.mjs"), ...args], {
        cwd: directory,
        env: { PATH: process.env["PATH"], INIT_CWD: join(directory, "project"), OUT: directory, ...env },
        stdio: ["ignore", "ignore", "pipe"]
      })
      let stderr = ""
      child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text))
      const closed = once(child, "close")
      return { child, stderr: () => stderr, ended: Effect.promise(async () => (await closed)[0] as number | null) }
    }
    const at = (path: string) => join(directory, path)
    return {
      directory,
      write,
      read: (path) => readFileSync(at(path), "utf8"),
      has: (path) => existsSync(at(path)),
      start
    } satisfies Clone
  }),
  ({ directory }) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const unpacked = (at: Clone) => {
  at.write("node_modules/electron/dist/version", "v45.5.0\n")
  at.write("node_modules/electron/dist/electron", electron, 0o755)
}
/** Of Electron's own: fails as it does without a network. */
const failing = `console.error("TypeError: fetch failed\\n    at node:internal/deps/undici/undici:1:1\\n    at async get (file.js:1:1)"); process.exit(1)\n`

describe.skipIf(process.platform !== "linux")("npm run desktop", () => {
  it.live("starts Electron with the built desktop, paths as they were typed, and nothing of npm's", () =>
    Effect.gen(function* () {
      const at = yield* clone
      unpacked(at)
      const env = { ELECTRON_RUN_AS_NODE: "1", npm_config_yes: "1", npm_lifecycle_event: "desktop", MINE: "1" }
      const started = at.start(["release.flow.yaml", "halte://execution/01JD"], env)
      assert.strictEqual(yield* started.ended, 0)
      assert.strictEqual(started.stderr(), "built\n")
      assert.deepStrictEqual(at.read("arguments").trim().split("\n"), [
        join(at.directory, "packages/electron/dist/app"),
        join(at.directory, "project/release.flow.yaml"),
        "halte://execution/01JD"
      ])
      const names = at
        .read("environment")
        .split("\n")
        .map((line) => line.split("=")[0]!)
      assert.include(names, "MINE")
      assert.deepStrictEqual(
        names.filter((name) => /^npm_|^INIT_CWD$|^ELECTRON_RUN_AS_NODE$/.test(name)),
        []
      )
    })
  )

  it.live("gives the desktop's exit code", () =>
    Effect.gen(function* () {
      const at = yield* clone
      unpacked(at)
      assert.strictEqual(yield* at.start([], { CODE: "3" }).ended, 3)
    })
  )

  it.live("downloads Electron by its own program, once", () =>
    Effect.gen(function* () {
      const at = yield* clone
      const write = `require("fs").writeFileSync`
      at.write(
        "node_modules/electron/install.js",
        `const d = __dirname + "/dist"; require("fs").mkdirSync(d); ${write}(d + "/version", "45.5.0"); ${write}(d + "/electron", ${JSON.stringify(electron)}, { mode: 0o755 })\n`
      )
      const first = at.start([])
      assert.strictEqual(yield* first.ended, 0)
      assert.strictEqual(first.stderr(), "Downloading Electron 45.5.0 (once, about 120 MB).\nbuilt\n")
      const second = at.start([])
      assert.strictEqual(yield* second.ended, 0)
      assert.strictEqual(second.stderr(), "built\n")
    })
  )

  it.live("says what, why and what to do where it can't be downloaded, without a stack, and gives 69", () =>
    Effect.gen(function* () {
      const at = yield* clone
      at.write("node_modules/electron/install.js", failing)
      const started = at.start([])
      assert.strictEqual(yield* started.ended, 69)
      const said = started.stderr()
      assert.include(said, "Electron 45.5.0 could not be downloaded: fetch failed.\n")
      for (const way of [
        "ELECTRON_MIRROR=",
        "HTTPS_PROXY=",
        "ELECTRON_OVERRIDE_DIST_PATH=",
        "npm start -- serve --open"
      ])
        assert.include(said, way)
      assert.notMatch(said, /^\s+at /m)
      assert.match(said, /\(code: no-electron\)\n$/)
      assert.isFalse(at.has("arguments"))
      // Nothing is built for nothing.
      assert.notInclude(said, "built")
    })
  )

  it.live("does not take an Electron of another version, nor one that is half there", () =>
    Effect.gen(function* () {
      const at = yield* clone
      unpacked(at)
      at.write("node_modules/electron/install.js", failing)
      at.write("node_modules/electron/dist/version", "44.0.0")
      assert.strictEqual(yield* at.start([]).ended, 69)
      at.write("node_modules/electron/dist/version", "45.5.0")
      rmSync(join(at.directory, "node_modules/electron/dist/electron"))
      assert.strictEqual(yield* at.start([]).ended, 69)
    })
  )

  it.live("takes an unpacked one that is named, and says so where there is none", () =>
    Effect.gen(function* () {
      const at = yield* clone
      at.write("own/electron", electron, 0o755)
      const own = join(at.directory, "own")
      assert.strictEqual(yield* at.start([], { ELECTRON_OVERRIDE_DIST_PATH: own }).ended, 0)
      assert.isTrue(at.has("arguments"))
      const wrong = at.start([], { ELECTRON_OVERRIDE_DIST_PATH: join(own, "nothing") })
      assert.strictEqual(yield* wrong.ended, 69)
      assert.include(wrong.stderr(), "where there is no `electron`.\nGive it the directory of an unpacked Electron")
    })
  )

  it.live("starts nothing for a path that is not there", () =>
    Effect.gen(function* () {
      const at = yield* clone
      unpacked(at)
      const started = at.start(["nowhere"])
      assert.strictEqual(yield* started.ended, 2)
      assert.strictEqual(started.stderr(), "There is no file or directory `nowhere`.\n(code: usage)\n")
      assert.isFalse(at.has("arguments"))
    })
  )

  it.live("waits when Ctrl-C ends the desktop, tells it nothing twice, and passes a SIGTERM on", () =>
    Effect.gen(function* () {
      const at = yield* clone
      unpacked(at)
      const started = at.start([], { STAY: "1", CODE: "4" })
      const up = eventually(() => at.has("up"), "the desktop", { millis: 10_000, detail: started.stderr })
      yield* up
      // The terminal sends it to both; here only the launcher gets it.
      started.child.kill("SIGINT")
      started.child.kill("SIGHUP")
      at.write("go", "")
      assert.strictEqual(yield* started.ended, 4)
      assert.isFalse(at.has("signals"))

      rmSync(join(at.directory, "go"))
      rmSync(join(at.directory, "up"))
      const second = at.start([], { STAY: "1" })
      yield* up
      second.child.kill("SIGTERM")
      assert.strictEqual(yield* second.ended, 7)
      assert.strictEqual(at.read("signals"), "TERM\n")
    })
  )
})
