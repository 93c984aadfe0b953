import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const flow = (items: string, more = "output: text", head = "") => `halte: 1
name: it
${head}steps:
  loop:
    for-each: { in: ${items}, collect: true }
    run: [printf, "%s", "\${{ string(item) }}"]
    ${more}
`

const live = (title: string, body: () => Effect.Effect<void, unknown, unknown>) =>
  it.live(
    title,
    () =>
      Effect.scoped(
        body().pipe(Effect.provide(Running.services)) as Effect.Effect<void, unknown, never>
      ) as Effect.Effect<void, unknown, never>,
    60_000
  )

const run = (
  text: string,
  files: Readonly<Record<string, string>> = {},
  params: Readonly<Record<string, unknown>> = {}
) =>
  Effect.gen(function* () {
    const directory = yield* Project.make({ ...files, "it.flow.yaml": text })
    const execution = yield* Running.start(directory, "it.flow.yaml", params)
    return yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
  })

const results = (outcome: Effect.Success<ReturnType<typeof run>>) => {
  if (outcome._tag === "Failed") assert.fail(JSON.stringify(outcome.failure))
  return (outcome.values["loop"] as { results: ReadonlyArray<{ value: unknown }> }).results.map((r) => r.value)
}

const failure = (outcome: Effect.Success<ReturnType<typeof run>>) => {
  assert.strictEqual(outcome._tag, "Failed")
  return outcome._tag === "Failed" ? outcome.failure : assert.fail()
}

describe("the items of a loop in a flow file", () => {
  live("come from a range of numbers or expressions, with both of its ends", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(results(yield* run(flow("{ from: 1, to: 10, by: 4 }"))), ["1", "5", "9"])
      const head = "params: { n: { type: integer } }\n"
      const text = flow('{ from: "${{ params.n }}", to: "${{ params.n - 2 }}", by: -1 }', "output: text", head)
      assert.deepStrictEqual(results(yield* run(text, {}, { n: 7 })), ["7", "6", "5"])
      assert.deepStrictEqual(results(yield* run(flow("{ to: 0 }"))), [])
      const long = flow('{ from: "${{ params.n }}", to: 10000000 }', "output: text", head)
      assert.deepStrictEqual(failure(yield* run(long, {}, { n: 0 })), {
        code: "invalid-items",
        message: "its range from 0 to 10000000 has 10000001 items, more than the 10000000 that a list may have",
        hint: "Let each item stand for many: a larger `by`."
      })
    })
  )

  live(
    "come from the lines of a file: no item for its end, none for empty lines; of CRLF and a mark of the order too",
    () =>
      Effect.gen(function* () {
        const files = { "lists/main.txt": "\uFEFFa\r\n\r\nb c\n\n d\n" }
        const head = "params: { name: {} }\n"
        const text = flow('{ lines: "lists/${{ params.name }}.txt" }', "output: text", head)
        assert.deepStrictEqual(results(yield* run(text, files, { name: "main" })), ["a", "b c", " d"])
        const missing = failure(yield* run(text, {}, { name: "gone" }))
        assert.deepStrictEqual(
          [missing.code, missing.message],
          ["items-not-readable", "its items can't be read from `lists/gone.txt`: there is no such file"]
        )
        assert.match(missing.hint!, /^It was looked for at `.*lists\/gone\.txt`/)
        assert.match(failure(yield* run(flow("{ lines: . }"))).message, /it is a directory$/)
      })
  )

  live("come from lines of JSON, with a line that is none named", () =>
    Effect.gen(function* () {
      const text = flow("{ lines: a.jsonl, json: true }").replace("string(item)", "item.name + string(item.n)")
      assert.deepStrictEqual(results(yield* run(text, { "a.jsonl": '{"name":"a","n":1}\n{"name":"b","n":2}\n' })), [
        "a1",
        "b2"
      ])
      const wrong = failure(yield* run(text, { "a.jsonl": '{"name":"a","n":1}\n{oops\n' }))
      assert.match(wrong.message, /^item 1 of `a\.jsonl` is not JSON: /)
      assert.strictEqual(wrong.hint, "The line is `{oops`.")
    })
  )

  live("come from the lines that a command writes, a process of the step, with its environment and directory", () =>
    Effect.gen(function* () {
      const text = flow(
        `{ run: [sh, -c, 'echo "$A"; echo; ls; echo "$0"', "\${{ params.x }}"], env: { A: "\${{ params.x }}" }, cwd: sub }`,
        "output: text",
        "params: { x: {} }\n"
      )
      assert.deepStrictEqual(results(yield* run(text, { "sub/file": "" }, { x: "$(pwd)" })), [
        "$(pwd)",
        "file",
        "$(pwd)"
      ])
      const broken = failure(yield* run(flow("{ run: 'echo one; echo no list >&2; exit 3' }")))
      assert.strictEqual(broken.code, "process-exited")
      assert.match(broken.message, /^its items can't be had: `echo one; .*` exited with code 3 after /)
      assert.strictEqual(broken.exitCode, 3)
      assert.include(broken.lastOutput ?? [], "no list")
    })
  )

  live(
    "P1, P3, P7: stopped while its command runs, the command gets SIGTERM and the items are had again on resume",
    () =>
      Effect.gen(function* () {
        const directory = yield* Project.make({
          "it.flow.yaml": flow(
            "{ run: 'touch began; while [ -e wait ]; do sleep 0.02; done; echo a; echo b', grace: 2s }"
          ),
          wait: ""
        })
        const execution = yield* Running.start(directory, "it.flow.yaml")
        yield* Effect.try({ try: () => assert.isTrue(existsSync(join(directory, "began"))), catch: (e) => e }).pipe(
          Effect.retry(Running.often),
          Effect.timeout("30 seconds")
        )
        yield* execution.interrupt()
        const outcome = yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
        assert.strictEqual(outcome._tag, "Interrupted", JSON.stringify(outcome))
        const signalled = yield* Running.first(execution, "process-signalled")
        assert.isTrue(signalled._tag === "Some" && "signal" in signalled.value && signalled.value.signal === "SIGTERM")
        rmSync(join(directory, "wait"))
        yield* execution.resume()
        assert.deepStrictEqual(results(yield* execution.outcome.pipe(Effect.timeout("30 seconds"))), ["a", "b"])
      })
  )

  live("P7: are those of the first attempt in every other, whatever became of the file", () =>
    Effect.gen(function* () {
      const directory = yield* Project.make({
        "it.flow.yaml": flow("{ lines: list.txt }").replace(
          '[printf, "%s", ',
          '[sh, -c, \'test "$0" != b -o ! -e stop || exit 9; printf %s "$0"\', '
        ),
        "list.txt": "a\nb\n",
        stop: ""
      })
      const execution = yield* Running.start(directory, "it.flow.yaml")
      const first = yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
      assert.strictEqual(first._tag, "Failed")
      rmSync(join(directory, "stop"))
      writeFileSync(join(directory, "list.txt"), "x\n")
      yield* execution.resume()
      assert.deepStrictEqual(results(yield* execution.outcome.pipe(Effect.timeout("30 seconds"))), ["a", "b"])
    })
  )
})
