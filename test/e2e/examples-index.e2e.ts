import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ExecutionHandle } from "@halte/engine"
import { eventually } from "../support/Eventually.ts"
import * as FlowFileEngine from "../support/FlowFileEngine.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

const file = "examples/index-files/index-files.flow.yaml"
const minute = 60_000

interface Summary {
  readonly files: number
  readonly hashed: number
  readonly bytes: number
}

const lines = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
const paths = (path: string) => lines(path).map((line) => (JSON.parse(line) as { readonly path: string }).path)

/** Indexes without a stop, by the command line. */
const uninterrupted = (root: string, output: string) =>
  Effect.gen(function* () {
    const halte = yield* Program.halte(["run", file, "-p", `root=${root}`, "-p", `output=${output}`])
    assert.deepStrictEqual(yield* halte.end(2 * minute), { code: 0, signal: null })
    yield* halte.marked.gone()
    return readFileSync(output, "utf8")
  })

/** Waits until the loop has come to `share` of its list in the current attempt. */
const reached = (execution: ExecutionHandle.ExecutionHandle, share: number) =>
  execution.events.pipe(
    Stream.filter(
      (e) =>
        e.type === "step-cursor" &&
        e.done !== undefined &&
        e.total !== undefined &&
        e.done >= share * e.total &&
        e.done > 0
    ),
    Stream.runHead
  )

describe("the example that indexes files", () => {
  it.live(
    "P7, R22: stopped half-way through node_modules and continued, it reads no file twice and gives the same index",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Repository.scratch("index")
        const whole = yield* uninterrupted("node_modules", join(scratch, "whole.ndjson"))
        const output = join(scratch, "halves.ndjson")
        const program = yield* Program.start([
          process.execPath,
          "-C",
          "@halte/source",
          "examples/index-files/stop-and-continue.ts",
          "node_modules",
          output
        ])
        assert.deepStrictEqual(yield* program.end(2 * minute), { code: 0, signal: null })
        const text = program.stdout.text
        const [, at, total] = /^Interrupted: (\d+) of (\d+) files\.$/m.exec(text) ?? assert.fail(text)
        const [, files, read] = /^(\d+) files, (\d+) read, \d+ bytes: /m.exec(text) ?? assert.fail(text)
        assert.match(text, /^Completed in attempt 2\.$/m)
        assert.isAbove(Number(total), 5_000, "a real tree")
        assert.isAtLeast(Number(at), Number(total) / 2)
        assert.isBelow(Number(at), Number(total))
        assert.strictEqual(Number(at) % 64, 0, "it stopped between two batches")
        assert.deepStrictEqual([files, read], [total, total])
        assert.isTrue(readFileSync(output, "utf8") === whole, "the two indexes are the same, byte by byte")
        yield* program.marked.gone()
      }),
    5 * minute
  )

  it.live(
    "P7: the flow file, stopped and resumed again and again, reads each file once",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Repository.scratch("index")
        const root = "node_modules/effect"
        const whole = yield* uninterrupted(root, join(scratch, "whole.ndjson"))
        const output = join(scratch, "stopped.ndjson")
        const executions = yield* FlowFileEngine.open(file)
        const execution = yield* ExecutionHandle.start(executions, { flow: "index-files", params: { root, output } })
        let stops = 0
        for (const share of [0, 0.25, 0.5, 0.75]) {
          yield* reached(execution, share)
          yield* execution.interrupt()
          const outcome = yield* execution.outcome
          // On a fast machine the list may be at its end before the request is there.
          if (outcome._tag === "Completed") break
          assert.strictEqual(outcome._tag, "Interrupted")
          const { cursor } = (yield* execution.state).steps.get("hash")!
          const journal = paths(`${output}.journal`)
          assert.strictEqual(journal.length, cursor, "the record says how many files are done")
          assert.strictEqual(new Set(journal).size, journal.length, "no file twice")
          stops++
          yield* execution.resume()
        }
        const outcome = yield* execution.outcome
        assert.strictEqual(outcome._tag, "Completed")
        assert.isAtLeast(stops, 1)
        const { files, hashed } = outcome.values["finish"] as Summary
        assert.strictEqual(hashed, files)
        assert.isTrue(readFileSync(output, "utf8") === whole)
      }).pipe(Effect.provide(FlowFileEngine.services)),
    3 * minute
  )

  it.live(
    "P5, P11: terminated inside a batch, it does that batch again, and what was written twice or half does no harm",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Repository.scratch("index")
        const root = "node_modules/effect"
        const whole = yield* uninterrupted(root, join(scratch, "whole.ndjson"))
        const output = join(scratch, "terminated.ndjson")
        const executions = yield* FlowFileEngine.open(file)
        const execution = yield* ExecutionHandle.start(executions, { flow: "index-files", params: { root, output } })
        yield* reached(execution, 0)
        yield* execution.terminate()
        const terminated = yield* execution.outcome
        assert.strictEqual(terminated._tag, "Terminated")
        assert.deepStrictEqual(terminated.terminated, ["hash"])
        const { cursor } = (yield* execution.state).steps.get("hash")!
        const done = lines(`${output}.journal`)
        assert.isAtLeast(done.length, cursor as number)
        // What a computer that fails while it writes would leave: a line again, and half of one.
        appendFileSync(`${output}.journal`, `\n${done[0]}\n\n${done[1]!.slice(0, 30)}`)
        yield* execution.resume()
        const outcome = yield* execution.outcome
        assert.strictEqual(outcome._tag, "Completed")
        const { files, hashed } = outcome.values["finish"] as Summary
        assert.strictEqual(files, whole.split("\n").length - 1)
        assert.isAbove(hashed, files, "the line that is there twice is counted")
        assert.isAtMost(hashed, files + 64 + 1, "at most one batch again")
        assert.isTrue(readFileSync(output, "utf8") === whole)
      }).pipe(Effect.provide(FlowFileEngine.services)),
    3 * minute
  )

  it.live(
    "R2, P6: a real SIGINT to the command line stops it between two batches, says where, and leaves nothing running",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Repository.scratch("index")
        const output = join(scratch, "index.ndjson")
        const params = ["-p", "root=node_modules", "-p", `output=${output}`]
        const halte = yield* Program.halte(["run", file, ...params])
        const journal = `${output}.journal`
        yield* eventually(() => existsSync(journal) && lines(journal).length > 200, "200 files", { millis: minute })
        yield* halte.signal("SIGINT")
        assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
        yield* halte.marked.gone()
        const text = halte.output.text
        const [, at] = / hash interrupted at ([\d,]+) of /.exec(text) ?? assert.fail(text)
        const cursor = Number(at!.replaceAll(",", ""))
        assert.isAtLeast(cursor, 192)
        assert.strictEqual(cursor % 64, 0)
        assert.strictEqual(lines(journal).length, cursor, "what it says is what it did")
        assert.match(text, /index-files interrupted after 1 of 3 steps/)

        const again = yield* uninterrupted("node_modules/graphology", output)
        assert.isAbove(again.length, 0)
      }),
    3 * minute
  )
})
