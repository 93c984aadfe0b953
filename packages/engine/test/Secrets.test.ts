import { assert, describe, it } from "@effect/vitest"
import * as Secrets from "../src/Secrets.ts"

describe("Secrets", () => {
  it("masks every occurrence in a text, the longest of several first", () => {
    const { text } = Secrets.make(["hunter2", "hunter2-long"])
    assert.strictEqual(text("a hunter2 b hunter2-long c"), "a *** b *** c")
    assert.strictEqual(text("nothing here"), "nothing here")
  })

  it("leaves values of fewer than three characters alone", () => {
    assert.strictEqual(Secrets.make(["", " ", "ab"]), Secrets.none)
    assert.strictEqual(Secrets.make(["abc"]).text("xabcx"), "x***x")
  })

  it("masks the lines of a secret with several lines, since output is read by lines", () => {
    const { text } = Secrets.make(["-----BEGIN-----\nMIIEabc\r\n-----END-----"])
    assert.strictEqual(text("MIIEabc"), "***")
    assert.strictEqual(text("x -----END----- y"), "x *** y")
  })

  it("masks what a secret becomes in an address and in JSON", () => {
    const { text } = Secrets.make(['p"ss w/rd'])
    assert.strictEqual(text(`GET http://h/?t=${encodeURIComponent('p"ss w/rd')}`), "GET http://h/?t=***")
    assert.strictEqual(text(JSON.stringify({ t: 'p"ss w/rd' })), '{"t":"***"}')
  })

  it("masks texts within values: lists, objects, their keys, maps, sets, objects of classes", () => {
    class Login {
      readonly user = "ann"
      readonly password = "hunter2"
      greet() {
        return this.user
      }
    }
    const { value } = Secrets.make(["hunter2"])
    assert.deepStrictEqual(value({ a: ["x hunter2", 1, null, undefined], hunter2: { b: true } }), {
      a: ["x ***", 1, null, undefined],
      "***": { b: true }
    } as never)
    assert.deepStrictEqual(value(new Map([["k", "hunter2"]])), new Map([["k", "***"]]))
    assert.deepStrictEqual(value(new Set(["hunter2"])), new Set(["***"]))
    const login = new Login()
    const masked = value(login)
    assert.instanceOf(masked, Login)
    assert.deepStrictEqual([masked.user, masked.password, masked.greet()], ["ann", "***", "ann"])
    assert.strictEqual(login.password, "hunter2", "the original stays")
  })

  it("leaves what holds no text as it is", () => {
    const { value } = Secrets.make(["hunter2"])
    const date = new Date(0)
    const bytes = new Uint8Array([1, 2])
    assert.strictEqual(value(date), date)
    assert.strictEqual(value(bytes), bytes)
    assert.strictEqual(value(7n), 7n)
  })

  it("ends on a value that holds itself, and masks it", () => {
    const { value } = Secrets.make(["hunter2"])
    const cyclic: { text: string; self?: unknown; list: Array<unknown> } = { text: "hunter2", list: [] }
    cyclic.self = cyclic
    cyclic.list.push(cyclic)
    const masked = value(cyclic)
    assert.strictEqual(masked.text, "***")
    assert.strictEqual(masked.self, masked)
    assert.strictEqual(masked.list[0], masked)
  })

  it("collects the texts of secrets that are lists and objects", () => {
    assert.deepStrictEqual(Secrets.textsOf({ a: ["one1", 22222], b: { c: "three", d: null }, e: true }), [
      "one1",
      "22222",
      "three"
    ])
  })
})
