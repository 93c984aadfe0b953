import { assert, describe, it, vi } from "@effect/vitest"
import { type News, ServerConnection } from "../src/server/ServerConnection.ts"
import * as ConnectionText from "../src/view/ConnectionText.ts"

const lost = { _tag: "Lost", reason: "the connection broke off" } as const
const back = { _tag: "Back" } as const

const connection = () => {
  let now = 0
  const heard: Array<News> = []
  const connection = new ServerConnection("http://127.0.0.1:4280", () => now)
  const deaf = connection.listen((news) => void heard.push(news))
  const pass = (millis: number) => {
    now += millis
    vi.advanceTimersByTime(millis)
  }
  return { connection, heard, deaf, pass }
}

describe("ServerConnection", () => {
  it("tells once that it is lost and once that it is back, however many streams there are", () => {
    vi.useFakeTimers()
    const { connection: one, heard, pass } = connection()
    one.change(lost)
    one.change(lost)
    assert.isTrue(one.lost)
    pass(300)
    one.change(back)
    assert.deepStrictEqual(
      heard.map((news) => news._tag),
      ["Lost"]
    )
    pass(700)
    one.change(back)
    vi.useRealTimers()
    assert.isFalse(one.lost)
    assert.deepStrictEqual(heard, [
      { _tag: "Lost", url: "http://127.0.0.1:4280", reason: "the connection broke off" },
      { _tag: "Back", url: "http://127.0.0.1:4280", lostMillis: 1000 }
    ])
    assert.deepStrictEqual(heard.map(ConnectionText.text), [
      "Connection to http://127.0.0.1:4280 lost; trying again…",
      "Connection to http://127.0.0.1:4280 is back."
    ])
  })

  it("says nothing about a stream that is cut off and comes back at once", () => {
    vi.useFakeTimers()
    const { connection: one, heard, pass } = connection()
    one.change(lost)
    pass(100)
    one.change(back)
    pass(1000)
    // One that was never lost, and is back, is no news either.
    one.change(back)
    vi.useRealTimers()
    assert.deepStrictEqual(heard, [])
  })

  it("tells the one who listened last", () => {
    vi.useFakeTimers()
    const { connection: one, heard, pass } = connection()
    const screen: Array<News> = []
    const deaf = one.listen((news) => void screen.push(news))
    one.change(lost)
    pass(300)
    deaf()
    one.change(back)
    vi.useRealTimers()
    assert.deepStrictEqual([screen.map((news) => news._tag), heard.map((news) => news._tag)], [["Lost"], ["Back"]])
  })
})
