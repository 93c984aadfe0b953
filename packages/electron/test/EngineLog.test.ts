/** What the log is told of an engine: what it says of itself, why it crashed, and nothing of what steps write. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as EngineUnderTest from "../../../test/support/desktop/EngineUnderTest.ts"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Repository from "../../../test/support/Repository.ts"

const ceiling = 60_000

/** The host, which does as it is told by the names of files. */
const started = Effect.gen(function* () {
  const directory = yield* Repository.scratch("desk")
  const hostPath = join(yield* Repository.scratch("host"), "Host.mjs")
  writeFileSync(
    hostPath,
    `import ${JSON.stringify(EngineUnderTest.hostPath)}
import { spawnSync } from "node:child_process"
import { writeSync } from "node:fs"
const does = {
  raw: () => {
    writeSync(1, "by descriptor 1\\n")
    writeSync(2, "by descriptor 2\\n")
    process.stdout.write("by the stream\\n")
    spawnSync("echo", ["by a program"], { stdio: "inherit" })
  },
  flood: () => {
    for (let i = 0; i < 64; i++) writeSync(1, "x".repeat(1_000_000))
  },
  own: () => {
    console.error("own %s", "words", new Error("with a trace"))
    process.emitWarning("a warning")
  },
  long: () => console.log("long " + "y".repeat(100_000) + " end"),
  throws: () => { throw new Error("a mistake") },
  aborts: () => process.abort(),
  exits: () => process.exit(3)
}
process.parentPort.on("message", ({ data }) => {
  if (data._tag === "AddFile") does[data.file]()
})
`
  )
  const under = yield* EngineUnderTest.start(directory, { hostPath })
  yield* under.is("Running")
  return {
    ...under,
    does: (name: string) => void under.engine.addFile(name),
    logs: (text: string) =>
      eventually(() => under.log.find((line) => line.includes(text)), text, {
        millis: 10_000,
        detail: () => under.log.join("\n")
      })
  }
})

describe("the log of an engine", () => {
  it.live(
    "holds what the engine says of itself, and nothing that was written past it, however much that is",
    () =>
      Effect.gen(function* () {
        const { does, engine, get, log, logs } = yield* started
        does("raw")
        does("flood")
        does("own")
        does("long")
        assert.match(yield* logs("own words"), /^engine \d+: own words Error: with a trace\n +at /)
        yield* logs("Warning: a warning")
        // An entry has an end.
        assert.match(yield* logs("long y"), /^engine \d+: long y{8187}$/)
        assert.strictEqual((yield* get("/health/live")).status, 200)
        yield* Effect.promise(() => engine.stop())
        assert.notMatch(log.join("\n"), /by descriptor|by the stream|by a program|xxx|wrote last/)
      }),
    ceiling
  )

  it.live(
    "holds what the process wrote last where it has crashed, since that is the only trace",
    () =>
      Effect.gen(function* () {
        const aborts = yield* started
        aborts.does("flood")
        aborts.does("raw")
        aborts.does("aborts")
        assert.strictEqual((yield* aborts.is("Ended")).how, "crashed (SIGABRT)")
        const trace = yield* aborts.logs("wrote last")
        assert.match(trace, /^engine \d+: what its process wrote last:\nx+by descriptor [12]/)
        assert.isBelow(trace.length, 4_200)
        const exits = yield* started
        exits.does("raw")
        exits.does("exits")
        assert.strictEqual((yield* exits.is("Ended")).how, "ended with code 3")
        assert.match(yield* exits.logs("wrote last"), /by a program/)
      }),
    ceiling
  )

  it.live(
    "holds the error of its own that ended it, and then nothing else; nor where it was killed",
    () =>
      Effect.gen(function* () {
        const throws = yield* started
        throws.does("raw")
        throws.does("throws")
        yield* throws.is("Ended")
        // Said before its end is.
        const [mistake, end] = throws.log.slice(-2)
        assert.match(mistake!, /^engine \d+: The engine failed: Error: a mistake\n/)
        assert.match(end!, /: ended after an error of its own, which is in the log$/)
        const killed = yield* started
        killed.does("raw")
        killed.does("own")
        yield* killed.logs("own words")
        yield* killed.killed
        yield* Effect.sleep(600)
        assert.match(killed.log.at(-1)!, /: was killed by SIGKILL$/)
        assert.match(throws.log.at(-1)!, /: ended after an error/)
      }),
    ceiling
  )
})
