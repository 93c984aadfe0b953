import { assert, describe, it } from "@effect/vitest"
import { InterruptSignal } from "@halte/engine"
import { InterruptLatch } from "../src/InterruptLatch.ts"

const signal = (by: string) => InterruptSignal.fromRequest({ source: "Cli", by }, 1)

describe("the latch", () => {
  it("R8: keeps the first of many requests", () => {
    const latch = new InterruptLatch()
    const wins = Array.from({ length: 100 }, (_, i) => latch.request(signal(`${i}`)))
    assert.deepStrictEqual(
      wins.filter((won) => won),
      [true]
    )
    assert.strictEqual(latch.requested?.by, "0")
  })

  it("R26: is never used up: every later look sees the request", () => {
    const latch = new InterruptLatch()
    latch.request(signal("ada"))
    const seen = () => latch.signal
    assert.isUndefined(seen(), "steps do not see it before they are to")
    latch.ask("interrupt")
    for (let i = 0; i < 3; i++) assert.strictEqual(seen()?.by, "ada")
    latch.ask("go")
    latch.ask("hold")
    assert.strictEqual(latch.demand, "interrupt", "a request that steps have seen is never taken back")
    latch.ask("terminate")
    latch.ask("interrupt")
    assert.strictEqual(latch.demand, "terminate", "nor is terminate")
  })

  it("tells every subscriber each change once, one that leaves while it is told included", () => {
    const latch = new InterruptLatch()
    const heard: Array<string> = []
    const leaveA = latch.subscribe((demand) => {
      heard.push(`a ${demand}`)
      leaveA()
      latch.subscribe((next) => heard.push(`c ${next}`))
    })
    const leaveB = latch.subscribe((demand) => heard.push(`b ${demand}`))
    latch.ask("hold")
    latch.ask("hold")
    latch.ask("go")
    leaveB()
    leaveB()
    latch.ask("interrupt")
    assert.deepStrictEqual(heard, ["a hold", "b hold", "b go", "c go", "c interrupt"])
  })

  it("R26: its abort signal is aborted whether it was asked for before or after", () => {
    const early = new InterruptLatch()
    const before = early.abortSignal
    assert.isFalse(before.aborted)
    early.request(signal("ada"))
    assert.isFalse(before.aborted)
    early.ask("interrupt")
    assert.isTrue(before.aborted)
    assert.strictEqual(before.reason, early.signal)
    assert.isTrue(early.abortSignal.aborted)

    const late = new InterruptLatch()
    late.request(signal("ada"))
    late.ask("interrupt")
    assert.isTrue(late.abortSignal.aborted)

    // A clean-up's own latch is told to leave without any request of a person's.
    const without = new InterruptLatch()
    without.ask("terminate")
    assert.isTrue(without.abortSignal.aborted)
  })
})
