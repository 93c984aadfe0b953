import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

const minute = 60_000

/** A directory with a planted fault, and one for what is temporary. */
const fault = (name: string) =>
  Effect.gen(function* () {
    const directory = yield* Repository.scratch("drill")
    cpSync(join(Repository.root, "test/faults", name), directory, { recursive: true })
    const temporary = yield* Repository.scratch("tmp")
    const drill = (...args: ReadonlyArray<string>) =>
      Program.halte(["drill", "flow.yaml", ...args], {
        cwd: directory,
        env: { TMPDIR: temporary, CI: undefined }
      })
    const left = () => readdirSync(temporary).filter((file) => file.startsWith("halte-drill-"))
    return { directory, drill, left }
  })

describe("halte drill", () => {
  it.live(
    "P7 finds an item that is lost, says how to see it again, and writes a report for CI",
    () =>
      Effect.gen(function* () {
        const { directory, drill, left } = yield* fault("lost-item-cursor")
        const halte = yield* drill("--junit", "out/drill.xml", "--slack", "10s")
        assert.deepStrictEqual(yield* halte.end(2 * minute), { code: 1, signal: null }, halte.output.text)
        const { text } = halte.stdout
        assert.match(text, /^Each execution gets a copy of `.+`: 2 files, /m)
        assert.match(text, /^✗ lost-item {2}items\.txt {2}step copy$/m)
        assert.match(text, /^ {2}again +halte drill flow\.yaml --only /m)
        assert.match(text, /^✗ lost-item-cursor: \d+ findings? at \d+ of \d+ points/m)
        const xml = readFileSync(join(directory, "out/drill.xml"), "utf8")
        assert.match(xml, /<testsuite name="halte drill lost-item-cursor" tests="\d+" failures="[1-9]/)
        assert.match(xml, /<failure type="lost-item" message="lost-item items\.txt: expected 4 lines/)
        assert.deepStrictEqual(left(), [], "the copies are removed")
        assert.isFalse(existsSync(join(directory, "items.txt")), "the directory is as it was")
        yield* halte.marked.gone()
      }),
    3 * minute
  )

  it.live(
    "ends with 0 where nothing is found, and tells programs as JSON lines",
    () =>
      Effect.gen(function* () {
        const { drill } = yield* fault("clean-program")
        const halte = yield* drill("--json", "--only", "begin:build", "--only", "done:build", "--slack", "10s")
        assert.deepStrictEqual(yield* halte.end(2 * minute), { code: 0, signal: null }, halte.output.text)
        const lines = halte.stdout.text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as { readonly type: string; readonly report?: { readonly status: string } })
        assert.deepStrictEqual(
          lines.map(({ type }) => type),
          ["stream", "copied", "baseline", "point", "point", "report"]
        )
        assert.strictEqual(lines.at(-1)?.report?.status, "clean")
      }),
    3 * minute
  )

  it.live(
    "P3 stops safely itself: what it runs is interrupted, and its copies are removed",
    () =>
      Effect.gen(function* () {
        const { directory, drill, left } = yield* fault("clean-program")
        writeFileSync(
          join(directory, "flow.yaml"),
          "halte: 1\nname: long\nsteps:\n  wait: { run: echo ready > $MARK; sleep 60, env: { MARK: '${{ params.mark }}' }, grace: 1s }\nparams: { mark: {} }\n"
        )
        const mark = join(directory, "mark")
        const halte = yield* drill("-p", `mark=${mark}`)
        yield* halte.stdout.waitFor("Each execution")
        while (!existsSync(mark)) yield* Effect.sleep(10)
        assert.lengthOf(left(), 1)
        yield* halte.signal("SIGINT")
        assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null }, halte.output.text)
        assert.include(halte.stderr.text, "Interrupt requested.")
        assert.match(halte.stdout.text, /‖ The drill of long was interrupted after 0 points/)
        assert.deepStrictEqual(left(), [])
        assert.deepStrictEqual(halte.marked.alive(), [])
      }),
    3 * minute
  )

  it.live(
    "says what is wrong with its command line, and tries nothing",
    () =>
      Effect.gen(function* () {
        const { drill } = yield* fault("clean-program")
        const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
          [["--only", "before:build"], /`before:build` is no point\.[^]*code: invalid-point/],
          [["--points", "some"], /write `all`, or how many points/],
          [["--max-stop", "soon"], /write a duration/],
          [["-p", "a=b"], /is no param of this flow/],
          [["--answer", "build=true"], /names no step that waits for a person/],
          [["--allow", "fire"], /fire/]
        ]
        for (const [args, said] of cases) {
          const halte = yield* drill(...args)
          assert.deepStrictEqual(yield* halte.end(), { code: 2, signal: null }, halte.output.text)
          assert.match(halte.stderr.text, said)
        }
      }),
    3 * minute
  )

  for (const name of ["tour/tour", "index-files/index-files", "ci/ci", "deploy/deploy"])
    it.live(
      `P7 passes the example ${name.split("/", 1)[0]}`,
      () =>
        Effect.gen(function* () {
          const halte = yield* Program.halte([
            "drill",
            `examples/${name}.flow.yaml`,
            "--points",
            "4",
            "--slack",
            "10s",
            "--max-stop",
            "30s"
          ])
          assert.deepStrictEqual(yield* halte.end(8 * minute), { code: 0, signal: null }, halte.output.text)
          yield* halte.marked.gone()
        }),
      10 * minute
    )
})
