import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"
import * as TerminalProgram from "../support/TerminalProgram.ts"

const minute = 60_000
const file = "examples/tour/tour.flow.yaml"

describe("the tour that npm start takes", () => {
  it.live(
    "runs to its end and writes its page, below the temporary directory only",
    () =>
      Effect.gen(function* () {
        yield* Repository.isSetUp
        const scratch = yield* Repository.scratch("tour")
        const npm = yield* Program.start(
          [
            "npm",
            "start",
            "--silent",
            "--",
            "run",
            file,
            "--progress",
            "lines",
            "-p",
            "root=node_modules/graphology-dag"
          ],
          { env: { TMPDIR: scratch } }
        )
        assert.deepStrictEqual(yield* npm.end(minute), { code: 0, signal: null }, npm.output.text)
        yield* npm.marked.gone()
        const [directory, ...others] = readdirSync(scratch).filter((name) => name.startsWith("halte-tour-"))
        assert.deepStrictEqual(others, [])
        const page = readFileSync(join(scratch, directory!, "report.md"), "utf8")
        const count = readFileSync(join(scratch, directory!, "files.ndjson"), "utf8").match(/sha256/g)!.length
        assert.isAbove(count, 10)
        assert.include(page, `${count} files, `)
        assert.match(page, /\| scripts \| [1-9]/)
        assert.match(page, /\| types \| [1-9]/)
      }),
    2 * minute
  )

  it.live(
    "P4, R2, R69: one Ctrl-C in `npm start` is one request: it stops everything within its promise, and runs again",
    () =>
      Effect.gen(function* () {
        yield* Repository.isSetUp
        const scratch = yield* Repository.scratch("tour")
        for (const time of ["first", "second"]) {
          const npm = yield* TerminalProgram.start(["npm", "start"], { env: { TMPDIR: scratch } })
          // The tree: groups, steps that run at the same time, progress with a total.
          yield* npm.screen.waitFor(/measure +\d of 2 parts/, minute)
          yield* npm.screen.waitFor(/files .* [1-9][\d,]* \/ [1-9][\d,]+ .*%/, minute)
          yield* npm.screen.waitFor(/(scripts|types) .* [1-9][\d,]* \/ [1-9][\d,]+ .*%/, minute)
          yield* npm.type("\x03")
          assert.deepStrictEqual(yield* npm.end(), { code: 130, signal: undefined }, time)
          yield* npm.marked.gone()
          const screen = npm.screen.text
          assert.match(screen, /\^C Interrupt requested\./)
          assert.match(screen, /‖ tour interrupted after \d of 6 steps/)
          assert.match(screen, /within the promised 2 s\. No process left\./)
          assert.match(screen, /measure\/files +at item [\d,]+ of [\d,]+/)
          assert.match(screen, /○ Not started +report/)
          assert.notMatch(screen, /[Tt]erminat(ing|ed) /, "npm forwards the signal that the terminal has sent already")
          assert.strictEqual(npm.raw.text.match(/Interrupt requested\./g)!.length, 1)
        }
      }),
    4 * minute
  )

  it.live(
    "R34: `kill -INT` stops it without a terminal as well, and it says so in lines",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Repository.scratch("tour")
        const halte = yield* Program.halte(["run", file], { env: { TMPDIR: scratch } })
        yield* halte.output.waitFor(/ compress\/scripts running/)
        yield* halte.signal("SIGINT")
        assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
        assert.deepStrictEqual(halte.marked.alive(), [])
        assert.strictEqual(halte.output.text.match(/ interrupt requested, SIGINT/g)?.length, 1)
        assert.match(halte.output.text, /tour interrupted after \d of 6 steps/)
      }),
    2 * minute
  )
})
