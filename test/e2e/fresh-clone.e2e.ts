import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"
import * as TerminalProgram from "../support/TerminalProgram.ts"

const minute = 60_000
const inGit = existsSync(join(Repository.root, ".git"))

/** The system's programs, without those that this repository has installed, nor the Node that runs this. */
const systemPath = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((directory) => !directory.includes("node_modules") && directory !== dirname(process.execPath))

/** A Node on this system that is older than Halte needs: its directory. */
const oldNode = systemPath.find((directory) => {
  const node = join(directory, "node")
  if (!existsSync(node)) return false
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" })
  return Number(/^v(\d+)\./.exec(stdout)?.[1] ?? 99) < 22
})

/** What is committed, and nothing else. */
const clone = Effect.map(Repository.scratch("clone"), (scratch) => {
  const directory = join(scratch, "halte")
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", Repository.root, directory])
  return directory
})

describe.skipIf(!inGit)("a fresh clone", () => {
  it.live(
    "has a lockfile that fits its manifests, without the address of a registry",
    () =>
      Effect.gen(function* () {
        const directory = yield* clone
        const npm = yield* Program.start(["npm", "ci", "--dry-run", "--ignore-scripts", "--no-audit", "--no-fund"], {
          cwd: directory
        })
        const { code } = yield* npm.end(2 * minute)
        assert.strictEqual(code, 0, npm.output.text)
        assert.notInclude(npm.output.text, "Missing:")
        assert.notMatch(readFileSync(join(directory, "package-lock.json"), "utf8"), /"resolved": "http/)
        assert.isFalse(existsSync(join(directory, "node_modules")))
      }),
    3 * minute
  )

  it.live.skipIf(oldNode === undefined)("tells an older Node what it needs, when nothing is installed", () =>
    Effect.gen(function* () {
      const directory = yield* clone
      const halte = yield* Program.start([join(oldNode!, "node"), "packages/cli/bin/halte.mjs", "--version"], {
        cwd: directory
      })
      assert.deepStrictEqual(yield* halte.end(), { code: 69, signal: null })
      assert.match(halte.stderr.text, /^Halte needs Node 22\.19 or newer; this is v\d+\.\d+\.\d+\.$/m)
    })
  )
})

describe("the launcher", () => {
  it.live.skipIf(oldNode === undefined)("P4: runs a flow on an older Node, and one SIGINT to it is one request", () =>
    Effect.gen(function* () {
      const scratch = yield* Repository.scratch("launcher")
      const params = ["-p", "root=node_modules", "-p", `output=${join(scratch, "index.ndjson")}`]
      const halte = yield* Program.start([
        join(oldNode!, "node"),
        Repository.halte,
        "run",
        "examples/index-files/index-files.flow.yaml",
        ...params
      ])
      yield* halte.output.waitFor(/ hash running/)
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null }, halte.output.text)
      yield* halte.marked.gone()
      assert.strictEqual(halte.output.text.match(/ interrupt requested, SIGINT/g)?.length, 1)
      assert.match(halte.output.text, /index-files interrupted after 1 of 3 steps/)
    })
  )

  it.live.skipIf(oldNode === undefined)("P4: one Ctrl-C in a terminal, which reaches launcher and Halte, is one", () =>
    Effect.gen(function* () {
      const scratch = yield* Repository.scratch("launcher")
      const params = ["-p", "root=node_modules", "-p", `output=${join(scratch, "index.ndjson")}`]
      const flow = "examples/index-files/index-files.flow.yaml"
      const halte = yield* TerminalProgram.start([join(oldNode!, "node"), Repository.halte, "run", flow, ...params])
      yield* halte.screen.waitFor(/hash .* [1-9][\d,]* \/ [1-9][\d,]+ .*%/)
      yield* halte.type("\x03")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: undefined })
      yield* halte.marked.gone()
      assert.match(halte.screen.text, /‖ index-files interrupted after 1 of 3 steps/)
      assert.strictEqual(halte.raw.text.match(/Interrupt requested\./g)?.length, 1)
      assert.notMatch(halte.screen.text, /[Tt]erminat(ing|ed) /)
    })
  )
})

/**
 * What a newcomer does, on a machine with nothing but the system's own Node and npm. It downloads the locked packages,
 * hence only on request: `HALTE_FRESH=1 npx vitest run --config test/vitest.config.ts --root . test/e2e/fresh-clone`.
 */
describe.skipIf(process.env["HALTE_FRESH"] !== "1" || !inGit)("a newcomer with a fresh clone", () => {
  it.live(
    "types `npm start`, watches the tree, presses Ctrl-C once, reads where it stopped, and nothing is left running",
    () =>
      Effect.gen(function* () {
        const directory = yield* clone
        const scratch = yield* Repository.scratch("newcomer")
        // The oldest Node there is comes first: npm itself and `.config/setup.mjs` run on it.
        const env = {
          PATH: [...(oldNode === undefined ? [] : [oldNode]), ...systemPath].join(delimiter),
          TMPDIR: scratch
        }
        for (const patience of [10 * minute, minute]) {
          const npm = yield* TerminalProgram.start(["npm", "start"], { cwd: directory, env })
          yield* npm.screen.waitFor(/files .* [1-9][\d,]* \/ [1-9][\d,]+ .*%/, patience)
          yield* npm.type("\x03")
          assert.deepStrictEqual(yield* npm.end(), { code: 130, signal: undefined })
          assert.deepStrictEqual(npm.marked.alive(), [])
          assert.match(npm.screen.text, /‖ tour interrupted after \d of 6 steps/)
          assert.match(npm.screen.text, /within the promised .* No process left\./)
          assert.match(npm.screen.text, /measure\/files +at item [\d,]+ of [\d,]+/)
          assert.notMatch(npm.screen.text, /[Tt]erminat(ing|ed) /)
        }
        const status = execFileSync("git", ["status", "--porcelain"], { cwd: directory, encoding: "utf8" })
        assert.strictEqual(status, "", "the clone is as it was, but for what git ignores")
      }),
    15 * minute
  )
})
