import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as fc from "fast-check"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseDocument } from "yaml"
import { FlowFile, FlowFileError } from "@halte/flow-file"
import { cases } from "./support/KeyCases.ts"
import { diagnose, load } from "./support/Loading.ts"
import * as Project from "./support/Project.ts"

const codes = (text: string) => Effect.map(diagnose(text), (found) => [...new Set(found.map((d) => d.code))])

const flow = (steps: string) => `halte: 1\nname: deploy\nsteps:\n${steps}`

/** Milliseconds that an effect takes, as a ceiling only. */
const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.suspend(() => {
    const begin = performance.now()
    return Effect.map(effect, (value) => [performance.now() - begin, value] as const)
  })

describe("the limits of a flow file", () => {
  it.effect("stop alias bombs, alias cycles and deep nesting, and say which it was", () =>
    Effect.gen(function* () {
      const letters = [..."abcdefghij"]
      const bomb = letters
        .map(
          (c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => (i === 0 ? "x" : `*${letters[i - 1]}`)).join()}]\n`
        )
        .join("")
      assert.deepStrictEqual(yield* codes(bomb), ["too-many-aliases"])
      assert.deepStrictEqual(yield* codes("a: &a [*a]"), ["alias-cycle"])
      for (const open of ["[", "{", "- ", "? ", "a: ", "[\n", "{a: "])
        assert.deepStrictEqual(yield* codes(open.repeat(20_000)), ["too-deep"], open)
      const stairs = Array.from({ length: 200 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")
      assert.deepStrictEqual(yield* codes(stairs), ["too-deep"])
      let group = "{ run: make }"
      for (let i = 0; i < 40; i++) group = `{ steps: { s: ${group} } }`
      assert.deepStrictEqual(yield* codes(flow(`  a: ${group}\n`)), ["too-deep"])
    })
  )

  it.effect("refuse a file of more than 8 MiB before reading it, and one that is no UTF-8", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({})
      writeFileSync(join(cwd, "huge.flow.yaml"), Buffer.alloc(8 * 1024 * 1024 + 1, "#"))
      writeFileSync(join(cwd, "latin.flow.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe9]))
      const code = (name: string) =>
        Effect.map(Effect.flip(FlowFile.load(join(cwd, name), { cwd })), (error) =>
          error.diagnostics.map((d) => d.code)
        )
      assert.deepStrictEqual(yield* code("huge.flow.yaml"), ["file-too-large"])
      assert.deepStrictEqual(yield* code("latin.flow.yaml"), ["not-utf-8"])
    })
  )

  it.live(
    "keep to linear time whatever is repeated",
    () =>
      Effect.forEach(
        [
          "[,",
          ",",
          "]",
          "}",
          '"',
          "'",
          "&a ",
          "*a ",
          "a: b\n",
          "- a\n",
          "? a\n",
          ":\n",
          "%a\n",
          "---\n",
          "\r",
          "\t",
          " ",
          "!",
          "|\n",
          "# x\n",
          "${{ ",
          "a ",
          "k: {"
        ],
        (part) =>
          Effect.gen(function* () {
            const text = part === "[," ? `[${",".repeat(10_000)}` : part.repeat(10_000 / part.length)
            const [millis] = yield* timed(diagnose(text))
            // Quadratic ones took 10 s and more.
            assert.isBelow(millis, 5000, JSON.stringify(part))
          })
      ),
    60_000
  )

  it.live(
    "load thousands of steps in a few times what the YAML parser alone takes",
    () =>
      Effect.gen(function* () {
        const steps = Array.from(
          { length: 2_000 },
          (_, i) =>
            `  step-${i}:\n    run: [echo, "\${{ params.v }}"]\n    after: [${i === 0 ? "" : `step-${i - 1}`}]\n    timeout: 10m\n`
        )
        const text = `halte: 1\nname: big\nparams: { v: {} }\nsteps:\n${steps.join("")}`
        const [parsing] = yield* timed(Effect.sync(() => parseDocument(text, { uniqueKeys: false })))
        const [loading, loaded] = yield* timed(load(text))
        assert.strictEqual(loaded.flow.steps.length, 2_000)
        // Measured 2 to 2.5; other tests run at the same time.
        assert.isBelow(loading / parsing, 10, `${loading} ms, of which YAML ${parsing} ms`)
      }),
    60_000
  )

  const survives = (text: string, file: string) =>
    Effect.gen(function* () {
      const result = yield* Effect.result(load(text, { file }))
      if (Result.isSuccess(result)) return
      assert.instanceOf(result.failure, FlowFileError)
      assert.isNotEmpty(result.failure.diagnostics)
      for (const { code, column, length, line, message, source } of result.failure.diagnostics) {
        assert.match(code, /^[a-z0-9-]+$/)
        assert.isNotEmpty(message)
        assert.isAtLeast(line, 0)
        if (line > 0) assert.isAtMost(column + length - 1, source.length + 1, message)
      }
    })

  const property = (arbitrary: fc.Arbitrary<string>, runs: number) =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(arbitrary, fc.constantFrom("x.flow.yaml", "x.flow.json"), (text, file) =>
          Effect.runPromise(survives(text, file))
        ),
        { numRuns: runs, seed: 20_261_121 }
      )
    )

  const words = fc.constantFrom(
    ..."halte: |1|name: |a|\n|  |    |steps:|run: |make|use: |with: |- |[|]|{|}|, |: |\"|'|${{ |}}|params|steps.a.output|&a |*a|!x |# |>\n|? |---\n|...\n|%YAML 1.2\n|\t|\0|\u2028|é|😀|after: |when: |for-each: |in: |null|~|1e9|.nan|0x1|true|glob('*')".split(
      "|"
    ),
    "|\n"
  )

  it.live(
    "never throw on soups of bytes and of YAML's and CEL's signs",
    () =>
      Effect.gen(function* () {
        yield* property(fc.string({ unit: "binary", maxLength: 200 }), 200)
        yield* property(
          fc.array(words, { maxLength: 40 }).map((all) => all.join("")),
          400
        )
      }),
    60_000
  )

  it.live(
    "never throw on files in which something was cut out, doubled or changed",
    () =>
      property(
        fc
          .tuple(fc.constantFrom(...cases.map((c) => c.text)), fc.nat(), fc.nat(20), words)
          .map(([text, at, length, word]) => {
            const start = at % text.length
            return text.slice(0, start) + word + text.slice(start + length)
          }),
        400
      ),
    60_000
  )

  it.live(
    "never throw on any JSON value in the place of any key",
    () =>
      property(
        fc
          .tuple(
            fc.constantFrom(
              "run",
              "use",
              "steps",
              "gate",
              "http",
              "sleep",
              "until",
              "for-each",
              "after",
              "when",
              "retry",
              "env",
              "output",
              "undo",
              "x"
            ),
            fc.jsonValue({ maxDepth: 4 })
          )
          .map(
            ([key, value]) =>
              `{"halte":1,"name":"a","steps":{"b":{"run":"make"},"s":{"run":"x",${JSON.stringify(key)}:${JSON.stringify(value)}}}}`
          ),
        400
      ),
    60_000
  )
})
