import { assert, describe, it } from "@effect/vitest"
import * as AnswerForm from "../src/input/AnswerForm.ts"
import * as Keys from "../src/terminal/Keys.ts"

const schema = {
  type: "object",
  properties: {
    region: { enum: ["eu", "us"], description: "The region of the servers." },
    servers: { type: "integer", default: 2 },
    canary: { type: "boolean" },
    labels: { type: "array", items: { type: "string" } },
    more: { type: ["object", "null"] }
  },
  required: ["region", "servers", "canary"]
}

/** Types each text and enters it; the answer, or the form that still asks. */
const fill = (start: AnswerForm.AnswerForm, ...texts: ReadonlyArray<string>) => {
  let form = start
  for (const text of texts) {
    const next = AnswerForm.entered([...text].reduce(AnswerForm.typed, form))
    if (next._tag === "Answers") return { value: next.value }
    form = next.form
  }
  return { form }
}

describe("the form of a gate in a terminal", () => {
  it("asks field by field, with defaults, and leaves out what nobody says", () => {
    const form = AnswerForm.begin("where", "Where to?", schema)
    assert.strictEqual(AnswerForm.question(form), "region, The region of the servers, one of eu, us")
    assert.deepStrictEqual(fill(form, "eu", "3", "y", "a,b", "{ a: 1 }"), {
      value: { region: "eu", servers: 3, canary: true, labels: ["a", "b"], more: { a: 1 } }
    })
    assert.deepStrictEqual(fill(form, "us", "", "no", "", ""), { value: { region: "us", servers: 2, canary: false } })
    const { form: second } = fill(form, "eu")
    assert.strictEqual(AnswerForm.question(second!), "servers, a whole number, 2 unless you say otherwise")
    assert.deepStrictEqual(second!.values, { region: "eu" })
  })

  it("says what is wrong and asks again, and goes back a field", () => {
    const form = AnswerForm.begin("where", "Where to?", schema)
    const { form: wrong } = fill(form, "mars")
    assert.deepStrictEqual([wrong!.at, wrong!.text, wrong!.problem], [0, "mars", "`mars` is none of `eu`, `us`"])
    assert.isUndefined(AnswerForm.erased(wrong!).problem)
    assert.strictEqual(AnswerForm.erased(wrong!).text, "mar")
    const { form: second } = fill(form, "eu")
    assert.strictEqual(AnswerForm.erased(second!).at, 0)
    assert.strictEqual(fill(form, "eu", "many").form!.problem, "`many` is not a whole number")
  })

  it("asks for a single value that is no map", () => {
    const count = AnswerForm.begin("n", "How many?", { type: "integer" })
    assert.strictEqual(AnswerForm.question(count), "a whole number")
    assert.deepStrictEqual(fill(count, "7"), { value: 7 })
    assert.strictEqual(fill(count, "").form!.problem, "an empty text is not a whole number")
    const named = AnswerForm.begin("n", "Which?", { $ref: "#/$defs/Kind", $defs: { Kind: { enum: ["a", "b"] } } })
    assert.deepStrictEqual(fill(named, "b"), { value: "b" })
    const any = AnswerForm.begin("n", "What?", {})
    assert.deepStrictEqual(fill(any, "[1, { a: b }]"), { value: [1, { a: "b" }] })
  })

  it("gets its keys: whole characters, enter, and erasing", () => {
    assert.deepStrictEqual(Keys.parse("j😀\r\u007f\u001b[A"), [{ char: "j" }, { char: "😀" }, "enter", "erase", "up"])
  })
})
