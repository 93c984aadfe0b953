/** What a window tells a person: each thing once, and never more than somebody would read. */
import { assert, describe, it } from "vitest"
import * as Notices from "../src/main/Notices.ts"

const texts = (notices: Notices.Notices) => notices.all.map(({ text }) => text)

describe("notices", () => {
  it("say the same once at a time, have ids of their own, and the oldest go", () => {
    const notices = Notices.make()
    assert.deepStrictEqual(
      ["a", "b", "a"].map((text) => notices.add(text)),
      [true, true, false]
    )
    assert.isTrue(notices.dismiss(notices.all[0]!.id))
    assert.isFalse(notices.dismiss(99))
    assert.isTrue(notices.add("a"))
    assert.deepStrictEqual(texts(notices), ["b", "a"])
    for (let n = 0; n < Notices.most; n++) notices.add(String(n))
    assert.deepStrictEqual([texts(notices).length, texts(notices)[0]], [Notices.most, "0"])
  })

  it("have an end, of whole characters, and are the same if they are so up to there", () => {
    const notices = Notices.make()
    assert.isTrue(notices.add(`${"😀".repeat(5000)}a`))
    assert.isFalse(notices.add(`${"😀".repeat(5000)}b`))
    assert.isAtMost(texts(notices)[0]!.length, 4000)
    assert.match(texts(notices)[0]!, /^(?:😀)+…$/u)
    const fits = "x".repeat(4000)
    assert.strictEqual(Notices.shown(fits), fits)
    assert.strictEqual(Notices.shown(`${fits}x`), `${"x".repeat(3999)}…`)
  })

  it("keep their lines, and nothing in them controls what shows them", () => {
    const notices = Notices.make()
    notices.add("The engine of /projects/a\u0007\u001b[31mb\u202e ended.\nIt was so.")
    assert.deepStrictEqual(texts(notices), ["The engine of /projects/ab ended.\nIt was so."])
  })
})
