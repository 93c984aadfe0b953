/** `halte desktop`: which program is taken, what it gets, and what is said where there is none. */
import {
  chmodSync,
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
import { Effect } from "effect"
import { DesktopProgram, environment, find, type Places } from "../src/DesktopProgram.ts"
import * as CommandRun from "./CommandRun.ts"

const scratch = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "halte-desktop-")))
    const write = (path: string, text = "", mode = 0o644): string => {
      const file = join(directory, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      chmodSync(file, mode)
      return file
    }
    return { directory, write, remove: () => rmSync(directory, { recursive: true, force: true }) }
  }),
  ({ remove }) => Effect.sync(remove)
)
type Scratch = Effect.Success<typeof scratch>

const screen = { DISPLAY: ":7" }
const places = ({ directory }: Scratch, more: Partial<Places> = {}): Places => ({
  env: screen,
  platform: "linux",
  beside: join(directory, "nothing"),
  cwd: directory,
  ...more
})

/** A clone with a desktop that is built, and an Electron that was downloaded. */
const clone = ({ write }: Scratch, path = "electron"): string => {
  const manifest = write("clone/packages/electron/package.json", '{ "name": "@halte/electron" }')
  write("clone/packages/electron/dist/app/Main.js")
  write("clone/node_modules/electron/path.txt", path)
  write(`clone/node_modules/electron/dist/${path}`, "#!/bin/sh\n", 0o755)
  return dirname(manifest)
}

/** Runs `halte desktop` with what it finds in a place, and a start of the test's own. */
const halte = (at: Places, args: ReadonlyArray<string>, start?: DesktopProgram["start"]) =>
  Effect.gen(function* () {
    const started: Array<{
      readonly command: ReadonlyArray<string>
      readonly detached: boolean
      readonly env: object
    }> = []
    const project = yield* CommandRun.make([])
    const real = DesktopProgram.defaultValue().start
    const said = yield* project.halte(["desktop", ...args]).pipe(
      Effect.provideService(DesktopProgram, {
        places: () => at,
        start: (command, detached, env) => {
          started.push({ command, detached, env })
          return (start ?? real)(command, detached, env)
        }
      })
    )
    return { ...said, started }
  })

const runs: DesktopProgram["start"] = () => Promise.resolve({ ended: new Promise(() => {}), kill: () => {} })
const ends =
  (how: number | NodeJS.Signals): DesktopProgram["start"] =>
  () =>
    Promise.resolve({ ended: Promise.resolve(how), kill: () => {} })

describe("finding the desktop", () => {
  const error = (at: Places) => Effect.flip(find(at))

  it.effect("takes the one that is built in the clone, with Electron's own program", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const beside = clone(at)
      const electron = join(at.directory, "clone/node_modules/electron/dist/electron")
      assert.deepStrictEqual(yield* find(places(at, { beside })), [electron, join(beside, "dist/app")])
    })
  )

  it.effect("takes an Electron that was put elsewhere", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const beside = clone(at)
      const own = at.write("own/electron", "", 0o755)
      const env = { ...screen, ELECTRON_OVERRIDE_DIST_PATH: join(at.directory, "own") }
      assert.strictEqual((yield* find(places(at, { beside, env })))[0], own)
    })
  )

  it.effect("prefers the program that HALTE_DESKTOP names: a path, or a name on the PATH", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const beside = clone(at)
      const program = at.write("bin/mine", "", 0o755)
      for (const [named, PATH] of [
        [program, ""],
        ["bin/mine", ""],
        ["mine", join(at.directory, "bin")]
      ] as const)
        assert.deepStrictEqual(yield* find(places(at, { beside, env: { ...screen, PATH, HALTE_DESKTOP: named } })), [
          program
        ])
    })
  )

  it.effect("finds an installed one: on the PATH, as an application of macOS, and where Windows puts it", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const linux = at.write("bin/halte-desktop", "", 0o755)
      const mac = at.write("home/Applications/Halte.app/Contents/MacOS/Halte", "", 0o755)
      const windows = at.write("local/Programs/Halte/Halte.exe")
      const PATH = `${join(at.directory, "empty")}:${join(at.directory, "bin")}`
      assert.deepStrictEqual(yield* find(places(at, { env: { ...screen, PATH } })), [linux])
      assert.deepStrictEqual(
        yield* find(places(at, { platform: "darwin", env: { HOME: join(at.directory, "home") } })),
        [mac]
      )
      assert.deepStrictEqual(
        yield* find(places(at, { platform: "win32", env: { LOCALAPPDATA: join(at.directory, "local") } })),
        [windows]
      )
    })
  )

  it.effect("takes an installed one where that of the clone can't be started yet", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const beside = clone(at)
      rmSync(join(beside, "dist"), { recursive: true })
      const program = at.write("bin/halte-desktop", "", 0o755)
      const env = { ...screen, PATH: join(at.directory, "bin") }
      assert.deepStrictEqual(yield* find(places(at, { beside, env })), [program])
    })
  )

  it.effect("says what is missing, and what to do", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const env = { ...screen, PATH: join(at.directory, "bin") }
      at.write("bin/halte-desktop", "not to be executed", 0o644)
      assert.strictEqual(
        (yield* error(places(at, { env }))).message,
        "The desktop is not installed: there is no program `halte-desktop`.\nInstall it, or name its program by HALTE_DESKTOP."
      )
      const beside = clone(at)
      rmSync(join(at.directory, "clone/node_modules/electron/dist"), { recursive: true })
      assert.strictEqual(
        (yield* error(places(at, { beside, env }))).message,
        "The desktop of this clone can't be started yet: Electron was not downloaded.\nBuild and start it with: npm run desktop"
      )
      rmSync(join(beside, "dist"), { recursive: true })
      assert.include((yield* error(places(at, { beside, env }))).message, "it is not built.")
      assert.include(
        (yield* error(places(at, { env: { ...env, HALTE_DESKTOP: "nowhere" } }))).message,
        "HALTE_DESKTOP names `nowhere`, which is no program."
      )
      assert.include(
        (yield* error(places(at, { env: { HALTE_DESKTOP: "bin" } }))).message,
        "neither DISPLAY nor WAYLAND_DISPLAY is set.\nThe same page is shown in a browser by: halte serve --open"
      )
    })
  )

  it.effect("is not led astray by another package of that name", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      at.write("modules/electron/package.json", '{ "name": "electron" }')
      at.write("modules/electron/dist/app/Main.js")
      const beside = join(at.directory, "modules/electron")
      assert.include((yield* error(places(at, { beside, env: { ...screen, PATH: "" } }))).message, "is not installed")
    })
  )

  it("makes no plain Node of it, whatever terminal it was started in", () => {
    assert.deepStrictEqual(environment({ ELECTRON_RUN_AS_NODE: "1", PATH: "x" }), { PATH: "x" })
  })
})

describe("halte desktop", () => {
  /** A program that writes down what it was started with. */
  const program = (at: Scratch, end = "") =>
    at.write("bin/desktop", `#!/bin/sh\necho "$@" > "${at.directory}/arguments"\n${end}\n`, 0o755)

  it.live("starts the program with the whole path, and leaves it running", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const file = at.write("project/release.flow.yaml")
      const env = { ...process.env, ...screen, HALTE_DESKTOP: program(at) }
      for (const [args, path] of [
        [[], at.directory],
        [["project"], join(at.directory, "project")],
        [["project/release.flow.yaml"], file]
      ] as const) {
        const { code, started, stderr, stdout } = yield* halte(places(at, { env }), args)
        assert.deepStrictEqual([code, stdout, stderr], [0, "", `Opened \`${path}\` in the desktop.\n`])
        assert.strictEqual(started[0]!.detached, true)
        assert.strictEqual(readFileSync(join(at.directory, "arguments"), "utf8"), `${path}\n`)
      }
    })
  )

  it.live("does not wait for one that goes on", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const { code, started } = yield* halte(places(at, { env: { ...screen, HALTE_DESKTOP: program(at) } }), [], runs)
      assert.deepStrictEqual([code, started.length], [0, 1])
    })
  )

  it.live("says so where it ends at once, or can't be started, and gives 69", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const mine = program(at, "exit 3")
      const env = { ...process.env, ...screen, HALTE_DESKTOP: mine }
      const ended = yield* halte(places(at, { env }), [])
      assert.deepStrictEqual(
        [ended.code, ended.stderr],
        [
          69,
          `The desktop \`${mine}\` did not start: it ended at once with the exit code 3.\nIts own words are shown with \`--wait\`.\n(code: desktop-failed)\n`
        ]
      )
      const killed = yield* halte(places(at, { env }), [], ends("SIGTRAP"))
      assert.include(killed.stderr, "SIGTRAP ended it.")
      writeFileSync(mine, "\x7fELF of nothing")
      const broken = yield* halte(places(at, { env }), [])
      assert.strictEqual(broken.code, 69)
      assert.match(broken.stderr, /did not start: .*(ENOEXEC|exit code)/)
    })
  )

  it.live("--wait stays until it has ended, and gives its exit code", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      const env = { ...process.env, ...screen, HALTE_DESKTOP: program(at, "exit 5") }
      const { code, started } = yield* halte(places(at, { env }), ["--wait"])
      assert.deepStrictEqual([code, started[0]!.detached], [5, false])
      const killed = yield* halte(places(at, { env }), ["--wait"], ends("SIGKILL"))
      assert.strictEqual(killed.code, 137)
    })
  )

  it.live("starts nothing for what the desktop can't open", () =>
    Effect.gen(function* () {
      const at = yield* scratch
      at.write("notes.txt")
      const env = { ...screen, HALTE_DESKTOP: program(at) }
      const missing = yield* halte(places(at, { env }), ["nowhere"])
      assert.deepStrictEqual([missing.code, missing.started.length], [2, 0])
      assert.include(missing.stderr, "`nowhere` can't be opened in the desktop: there is no such file or directory.")
      const other = yield* halte(places(at, { env }), ["notes.txt"])
      assert.deepStrictEqual([other.code, other.started.length], [2, 0])
      assert.include(other.stderr, "it is neither a directory nor a flow file.\nThe name of a flow file ends in")
      assert.isFalse(existsSync(join(at.directory, "arguments")))
    })
  )
})
