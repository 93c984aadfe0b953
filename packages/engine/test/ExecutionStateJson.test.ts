import { assert, describe, it } from "@effect/vitest"
import { type ExecutionEvent, ExecutionState, ExecutionStateJson, JsonText } from "@halte/engine/model"
import { everyEvent, started, tell } from "./support/Events.ts"

const state = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>) => ExecutionState.fold(undefined, events)!

describe("ExecutionStateJson", () => {
  it("comes back from JSON as it was, after each of all the events there are", () => {
    for (let length = 1; length <= everyEvent.length; length++) {
      const before = state(everyEvent.slice(0, length))
      const text = ExecutionStateJson.toJson(before)
      const back = ExecutionStateJson.fromJson(text)
      assert.deepStrictEqual(back, before, everyEvent[length - 1]!.type)
      assert.strictEqual(ExecutionStateJson.toJson(back), text)
    }
  })

  it("goes on like the state it was: further events fold the same", () => {
    for (const cut of [1, 5, 12, 20]) {
      const back = ExecutionStateJson.fromJson(ExecutionStateJson.toJson(state(everyEvent.slice(0, cut))))
      assert.deepStrictEqual(ExecutionState.fold(back, everyEvent.slice(cut)), state(everyEvent))
    }
  })

  it("has its params also when there were none", () => {
    const without = state(tell([{ ...started, params: undefined } as ExecutionEvent.Fact]))
    assert.deepStrictEqual(ExecutionStateJson.fromJson(ExecutionStateJson.toJson(without)), without)
  })

  it("writes values that JSON can't hold as events do, and nothing else of the step is lost", () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const back = ExecutionStateJson.fromJson(
      ExecutionStateJson.toJson(
        state(
          tell([
            { ...started, params: { big: 1n } } as ExecutionEvent.Fact,
            { type: "step-started", step: "build", try: 1 },
            { type: "step-completed", step: "build", try: 1, tookMillis: 2, value: circle }
          ])
        )
      )
    )
    assert.deepStrictEqual(back.params, { big: "1" })
    const { status, tookMillis, value } = back.steps.get("build")!
    assert.deepStrictEqual(
      { status, tookMillis, value },
      { status: "Completed", tookMillis: 2, value: { self: "(circular)" } }
    )
  })

  it("leaves out what is nested too deeply to be written, and nothing else", () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    const before = state(tell([{ ...started, params: { deep, version: "1" } } as ExecutionEvent.Fact]))
    const back = ExecutionStateJson.fromJson(ExecutionStateJson.toJson(before))
    assert.match(String(back.params), /^\(not JSON: /)
    assert.deepStrictEqual({ ...back, params: null }, { ...before, params: null })
  })

  it("says what is wrong with a text that is no state", () => {
    assert.throws(() => ExecutionStateJson.fromJson("{"), SyntaxError)
    assert.throws(() => ExecutionStateJson.fromJson("{}"), /Missing key[^]*id/)
  })
})

describe("JsonText", () => {
  it("never throws, whatever it is given", () => {
    const circle: Array<unknown> = []
    circle.push(circle)
    const throws = {
      toJSON: () => {
        throw new Error("no")
      }
    }
    assert.strictEqual(JsonText.stringify({ circle, big: 2n }), '{"circle":["(circular)"],"big":"2"}')
    assert.strictEqual(JsonText.stringify({ a: 1, throws }), '{"a":1,"throws":"(not JSON: no)"}')
    assert.strictEqual(JsonText.stringify([throws]), '["(not JSON: no)"]')
    assert.deepStrictEqual(JsonText.normalize([undefined, new Date(0), Number.NaN]), [
      null,
      "1970-01-01T00:00:00.000Z",
      null
    ])
    assert.strictEqual(JsonText.normalize(undefined), undefined)
    assert.strictEqual(
      JsonText.normalize(() => 1),
      undefined
    )
  })
})
