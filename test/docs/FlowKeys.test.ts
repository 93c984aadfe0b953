import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { FlowFile } from "@halte/flow-file"
import * as KeyExamples from "../support/KeyExamples.ts"
import * as KeyRehearsal from "../support/KeyRehearsal.ts"
import * as KeyRuns from "../support/KeyRuns.ts"
import * as KeyWebServer from "../support/KeyWebServer.ts"
import * as SchemaKeys from "../support/SchemaKeys.ts"

const pages = KeyExamples.pages()
const examples = pages.flatMap((page) => page.examples)

describe("the harness of the documented examples", () => {
  let web: KeyWebServer.WebServer
  beforeAll(async () => {
    web = await KeyWebServer.open()
  })
  afterAll(() => web.close())

  const pageOf = (...lines: ReadonlyArray<string>) =>
    KeyExamples.fromMarkdown("trial.md", ["```yaml", "halte: 1", "name: trial", ...lines, "```", ""].join("\n"))

  it("finds flows, the files beside them, and what is said at their end", () => {
    const page = KeyExamples.fromMarkdown(
      "trial.md",
      [
        ...[
          "```yaml",
          "halte: 1",
          "name: trial",
          "steps: { a: { run: a } }",
          '# start: a=1 b="x y"',
          "# answer: ok=true"
        ],
        ...["# expect: interrupted, failed", '# output: a.value={"b":1}', "# env: A=b=c", "```", ""],
        ...["```js", "// file: steps/a.mjs", "export default 1", "```", ""],
        ...["```yaml", "# file: child.flow.yaml", "halte: 1", "```", "", "```yaml", "a: { run: part of a flow }", "```"]
      ].join("\n")
    )
    assert.deepStrictEqual(page.files, [
      { name: "steps/a.mjs", text: "export default 1\n" },
      { name: "child.flow.yaml", text: "halte: 1\n" }
    ])
    assert.strictEqual(page.examples.length, 1)
    const { answers, env, expect, name, outputs, start } = page.examples[0]!
    assert.deepStrictEqual(
      { answers, env, expect, name, outputs, start },
      {
        answers: { ok: true },
        env: { A: "b=c" },
        expect: ["interrupted", "failed"],
        name: "trial",
        outputs: [{ step: "a", path: ["value"], value: { b: 1 } }],
        start: [
          ["a", "1"],
          ["b", "x y"]
        ]
      }
    )
  })

  it("says what is wrong with a remark", () => {
    const steps = "steps: { a: { run: a } }"
    assert.throws(() => pageOf(steps, "# expects: failed"), /`# expects:`; known are start, env, answer/)
    assert.throws(() => pageOf(steps, "# expect: failure"), /`# expect: failure` is none of completed, failed/)
    assert.throws(() => pageOf(steps, "# output: a"), /`# output: a` has no NAME=VALUE/)
    assert.throws(() => KeyExamples.fromMarkdown("a.md", "```\n# file: x\n```\n```\n# file: x\n```\n"), /two blocks/)
  })

  it("sees a step that does not come to the same when it is stopped and runs again", { timeout: 60_000 }, async () => {
    // It counts how often it has begun; the first time it waits after it has said so.
    const waiting = (seconds: number) =>
      pageOf(
        "steps:",
        "  count:",
        "    run: |",
        "      echo begun >> begun.txt; n=$(wc -l < begun.txt)",
        `      echo '{"cursor":1,"done":1,"total":2}' >> "$HALTE_REPORT"; [ $n = 2 ] || sleep ${seconds}`,
        "      echo $n",
        "    output: json"
      )
    const whole = await KeyRehearsal.rehearse(waiting(0), waiting(0).examples[0]!, web)
    const points = KeyRehearsal.points(whole.events, 12)
    assert.deepStrictEqual(points.map(KeyRehearsal.pointText), [
      "after 0 started steps",
      "at step-started 0 of count",
      "at step-cursor 0 of count"
    ])
    const slow = waiting(30)
    const stopped = await KeyRehearsal.rehearse(slow, slow.examples[0]!, web, points[2]!)
    assert.deepStrictEqual(
      stopped.outcomes.map(({ _tag }) => _tag),
      ["Interrupted", "Completed"]
    )
    assert.notDeepEqual(stopped.result, whole.result)
  })

  it("says so when a gate has no answer", { timeout: 60_000 }, async () => {
    const page = pageOf("steps: { ship: { gate: Ship it? } }")
    const error = await KeyRehearsal.rehearse(page, page.examples[0]!, web).catch(String)
    assert.include(error, "Gate `ship` opened: say `# answer: ship=VALUE`")
  })
})

describe("the documented examples of the keys", () => {
  it("are there for every key of a flow file, and no page is missing", () => {
    const used = new Set(examples.flatMap(({ data }) => [...SchemaKeys.used(FlowFile.jsonSchema(), data)]))
    const missing = [...SchemaKeys.all(FlowFile.jsonSchema())].filter((key) => !used.has(key))
    assert.deepStrictEqual(missing, [], "Keys without an example: write one in docs/reference/keys/.")
  })

  // The others are tested at the same time, in files of their own.
  KeyRuns.declare(pages.filter(({ page }) => page < "g"))
})
