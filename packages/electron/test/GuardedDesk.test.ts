/** What runs on a desk: the engine says it, and how it is called; what is known of it beyond that comes later. */
import { assert, describe, it } from "vitest"
import { live } from "../src/main/GuardedDesk.ts"
import { idOf, stateOf, TestDesk } from "./support/QuitDesks.ts"

describe("what runs on a desk", () => {
  it("has the name that its engine gives it while nothing was folded yet, and its state once that is known", () => {
    const desk = new TestDesk("a", [])
    desk.engine!.names.set(idOf(1), "release 2.4.0")
    desk.engine!.runs(idOf(1), idOf(2))
    assert.deepStrictEqual(live(desk), [
      { id: idOf(1), name: "release 2.4.0", state: undefined },
      { id: idOf(2), name: "…2X0002", state: undefined }
    ])
    const state = stateOf(idOf(1))
    desk.knows(state)
    assert.strictEqual(live(desk)[0]?.state, state)
  })

  it("is nothing once the engine is gone, whatever was known before, and where there is no engine", () => {
    const desk = new TestDesk("a", [])
    desk.runs(stateOf(idOf(1)))
    assert.strictEqual(live(desk).length, 1)
    desk.engine!.dies()
    assert.deepStrictEqual(live(desk), [])
    assert.deepStrictEqual(live(new TestDesk("b", [], false)), [])
  })
})
