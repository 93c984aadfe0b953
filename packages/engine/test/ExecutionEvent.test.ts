import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ExecutionEvent } from "@halte/engine/model"
import { everyEvent, tell } from "./support/Events.ts"

const completed = (value: unknown): ExecutionEvent.ExecutionEvent =>
  tell([{ type: "step-completed", step: "a", try: 1, tookMillis: 1.5, value }])[0]!
const line = (value: string) =>
  `{"v":1,"execution":"01JD3M8Z9F4T6V2X0YQ7","sequence":1,"at":1001,"attempt":1,"type":"step-completed","step":"a","try":1,"tookMillis":1.5${value}}`

describe("ExecutionEvent", () => {
  it("knows every type that is told here, and no other", () => {
    assert.sameMembers(
      [...new Set(everyEvent.map((e) => e.type))],
      ExecutionEvent.ExecutionEvent.members.map((m) => m.fields.type.literal)
    )
  })

  it("comes back from JSON as it was, every type of it", () => {
    for (const event of everyEvent) {
      const text = ExecutionEvent.toJson(event)
      assert.deepStrictEqual(ExecutionEvent.fromJson(text), event, event.type)
      assert.strictEqual(ExecutionEvent.toJson(ExecutionEvent.fromJson(text)), text)
      assert.notInclude(text, "\n", "it is one line")
    }
  })

  it("has the bytes of its schema also where its text is put together", () => {
    const encode = Schema.encodeUnknownSync(ExecutionEvent.ExecutionEvent)
    const values = [undefined, null, true, false, 0, -0, 1.5, 1e21, 1e-7, "", 'a "b"\n\u2028\ud83d', [1], { a: null }]
    const events = tell([
      { type: "step-started", step: 'odd "step"/é\u2028', try: 1 },
      { type: "step-started", step: "a", try: 2, cursor: 7 },
      ...values.map((value) => ({ type: "step-completed" as const, step: "a", try: 1, tookMillis: 0.001, value })),
      { type: "step-completed", step: "a", try: 3, tookMillis: 1, masked: true },
      { type: "step-completed", step: "a", try: 1, tookMillis: 1, references: { value: { sha256: "x", bytes: 1 } } }
    ])
    for (const event of events) assert.strictEqual(ExecutionEvent.toJson(event), JSON.stringify(encode(event)))
  })

  it("has the same bytes whatever the order in which its fields were set", () => {
    const event = completed(1)
    const reversed = Object.fromEntries(Object.entries(event).reverse()) as never
    assert.strictEqual(ExecutionEvent.toJson(reversed), ExecutionEvent.toJson(event))
    assert.strictEqual(ExecutionEvent.toJson(event), line(`,"value":1`))
  })

  it("writes what JSON can't hold as a defined text", () => {
    const cyclic: Record<string, unknown> = { name: "c" }
    cyclic["self"] = cyclic
    const shared = { x: 1 }
    const cases: ReadonlyArray<readonly [unknown, string]> = [
      [{ a: undefined, b: [undefined] }, `,"value":{"b":[null]}`],
      [12n, `,"value":"12"`],
      [{ n: [1n] }, `,"value":{"n":["1"]}`],
      [new Date(0), `,"value":"1970-01-01T00:00:00.000Z"`],
      [Number.NaN, `,"value":null`],
      [() => 1, ""],
      [new Map([[1, 2]]), `,"value":{}`],
      [cyclic, `,"value":{"name":"c","self":"(circular)"}`],
      [{ one: shared, two: shared }, `,"value":{"one":{"x":1},"two":{"x":1}}`],
      [
        {
          toJSON() {
            throw new Error("no")
          }
        },
        `,"value":"(not JSON: no)"`
      ],
      [null, `,"value":null`],
      ["línea\u2028", `,"value":"línea\u2028"`]
    ]
    for (const [value, text] of cases) assert.strictEqual(ExecutionEvent.toJson(completed(value)), line(text))
  })

  it("writes a value nested more deeply than JSON can go as a text, too", () => {
    let deep: unknown = 1
    for (let i = 0; i < 200_000; i++) deep = [deep]
    const text = ExecutionEvent.toJson(completed(deep))
    assert.include(text, `"value":"(not JSON: `)
    assert.strictEqual(ExecutionEvent.fromJson(text).type, "step-completed")
  })

  it("keeps a type that it does not know", () => {
    const raw = `{"v":1,"execution":"x","sequence":9,"at":1,"attempt":1,"type":"step-teleported","where":{"to":1}}`
    assert.deepStrictEqual(ExecutionEvent.fromJson(raw) as unknown, JSON.parse(raw))
    assert.strictEqual(ExecutionEvent.toJson(ExecutionEvent.fromJson(raw)), raw)
  })

  it("refuses a line that is no event, saying why", () => {
    assert.throws(() => ExecutionEvent.fromJson(`{"v":1,"type":"paused"}`), /execution/)
    assert.throws(() => ExecutionEvent.fromJson("null"), /no event/)
    assert.throws(() => ExecutionEvent.fromJson("7"), /no event/)
    assert.throws(() => ExecutionEvent.fromJson("{"), SyntaxError)
  })
})
