import { assert, describe, it } from "@effect/vitest"
import { ExecutionsError } from "@halte/engine"
import { Effect, FileSystem, type Scope } from "effect"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Assembly from "../src/Assembly.ts"
import * as CommandRun from "./CommandRun.ts"

const flow = `halte: 1
name: nap
steps:
  nap: { sleep: 1ms }
  ask: { after: nap, gate: Go on? }
`

/** A directory with a flow, and nothing else. */
const directory: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const made = yield* files.makeTempDirectoryScoped({ prefix: "halte-run-" })
  yield* files.writeFileString(`${made}/nap.flow.yaml`, flow)
  return made
}).pipe(Effect.provide(NodeServices.layer), Effect.orDie)

const names = (dir: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.readDirectory(dir)).pipe(
    Effect.provide(NodeServices.layer),
    Effect.orDie
  )

/** `halte` over the real project directory. */
const real = { open: Assembly.Opener.defaultValue().open }

describe("halte run", () => {
  it.live("R67 opens no project and writes nothing with --dry-run", () =>
    Effect.gen(function* () {
      const dir = yield* directory
      const { halte, opened } = yield* CommandRun.make([])
      const { code, stdout } = yield* halte(["run", "nap", "--dir", dir, "--project", dir, "--dry-run"])
      assert.strictEqual(code, 0)
      assert.include(stdout, "Nothing was run.")
      assert.deepStrictEqual(opened, [])
      assert.deepStrictEqual(yield* names(dir), ["nap.flow.yaml"])
    })
  )

  it.live("keeps nothing with --ephemeral, and says how to run it again so", () =>
    Effect.gen(function* () {
      const dir = yield* directory
      const { halte, opened } = yield* CommandRun.make([])
      const { code, stderr } = yield* halte(["run", "nap", "--dir", dir, "--ephemeral", "--stop-after", "1"])
      assert.strictEqual(code, 130)
      assert.include(stderr, `Run again with: halte run nap --ephemeral --dir ${dir}`)
      assert.deepStrictEqual(opened, [])
      assert.deepStrictEqual(yield* names(dir), ["nap.flow.yaml"])
    })
  )

  it.live("says that nothing can be kept, and how to run without that", () =>
    Effect.gen(function* () {
      const dir = yield* directory
      const { halte } = yield* CommandRun.make([])
      const open = () => Effect.fail(new ExecutionsError.ExecutionsUnavailable({ reason: "the disk is full" }))
      for (const args of [
        ["run", "nap", "--dir", dir],
        ["exec", "--", "true"]
      ]) {
        const { code, stderr } = yield* halte(args, { open })
        assert.strictEqual(code, 69)
        assert.strictEqual(
          stderr,
          "The engine can't be used: the disk is full.\nNothing was started. Add `--ephemeral` to run it without keeping anything.\n(code: executions-unavailable)\n"
        )
      }
    })
  )

  it.live("R72 keeps what it ran in the project: another command lists, shows and resumes it", () =>
    Effect.gen(function* () {
      const dir = yield* directory
      const { halte } = yield* CommandRun.make([])
      const at = ["--project", dir]
      const run = yield* halte(["run", "nap", "--dir", dir, ...at, "--stop-after", "1", "--progress", "lines"], real)
      assert.strictEqual(run.code, 130)
      const id = /halte resume (\w{20}) --project/.exec(run.stderr)?.[1]
      assert.isDefined(id)
      const list = yield* halte(["list", ...at], real)
      assert.match(list.stdout, /^‖ Interrupted +nap +1 of 2 steps/m)
      const show = yield* halte(["show", id!.slice(-4), ...at], real)
      assert.include(show.stdout, `Resume with:     halte resume ${id} --project ${dir}`)
      const resumed = yield* halte(["resume", id!, ...at, "--progress", "lines", "--stop-after", "0"], real)
      assert.strictEqual(resumed.code, 130, resumed.stderr)
      assert.include(resumed.stdout, `nap resumed, attempt 2, ${id}`)
      const gone = yield* halte(["prune", "--keep", "0", ...at], real)
      assert.match(gone.stdout, /^Removed 1 execution \(.*\)\.\n$/)
    })
  )

  it.live("makes no project where nothing was run", () =>
    Effect.gen(function* () {
      const dir = yield* directory
      const { halte } = yield* CommandRun.make([])
      const { code, stdout } = yield* halte(["list", "--project", dir], real)
      assert.strictEqual(code, 0)
      assert.include(stdout, "Nothing has been run here yet.")
      assert.deepStrictEqual(yield* names(dir), ["nap.flow.yaml"])
    })
  )
})
