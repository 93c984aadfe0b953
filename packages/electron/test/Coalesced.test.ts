import { assert, describe, it, vi } from "@effect/vitest"
import { afterEach, beforeEach } from "vitest"
import * as Coalesced from "../src/main/Coalesced.ts"

describe("Coalesced", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("does something about many changes once, soon, and not again before some time has passed", () => {
    let runs = 0
    const soon = Coalesced.make(() => runs++, 100)
    for (let i = 0; i < 10; i++) soon.ask()
    assert.strictEqual(runs, 0)
    vi.advanceTimersByTime(1)
    assert.strictEqual(runs, 1)
    soon.ask()
    soon.ask()
    vi.advanceTimersByTime(98)
    assert.strictEqual(runs, 1)
    vi.advanceTimersByTime(2)
    assert.strictEqual(runs, 2)
    vi.advanceTimersByTime(1000)
    assert.strictEqual(runs, 2)
    // After a while of nothing it is done at once again.
    soon.ask()
    vi.advanceTimersByTime(1)
    assert.strictEqual(runs, 3)
  })

  it("does it now when it is told to, for all that was asked so far", () => {
    let runs = 0
    const soon = Coalesced.make(() => runs++, 100)
    soon.ask()
    soon.now()
    assert.strictEqual(runs, 1)
    vi.advanceTimersByTime(1000)
    assert.strictEqual(runs, 1)
  })

  it("does nothing once it is closed", () => {
    let runs = 0
    const soon = Coalesced.make(() => runs++, 100)
    soon.ask()
    soon.close()
    soon.ask()
    soon.now()
    vi.advanceTimersByTime(1000)
    assert.strictEqual(runs, 0)
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("can be asked from within", () => {
    let runs = 0
    const soon: Coalesced.Coalesced = Coalesced.make(() => {
      if (++runs < 3) soon.ask()
    }, 100)
    soon.now()
    vi.advanceTimersByTime(99)
    assert.strictEqual(runs, 1)
    vi.advanceTimersByTime(101)
    assert.strictEqual(runs, 3)
  })
})
