/** What is said of how an engine's process ended, by the number that Electron tells. */
import { assert, describe, it } from "vitest"
import * as EngineExit from "../src/main/EngineExit.ts"

describe("the end of an engine's process", () => {
  for (const [code, fatal, words] of [
    [0, undefined, "ended with code 0"],
    [1, undefined, "ended with code 1"],
    [3, undefined, "ended with code 3"],
    [9, undefined, "was killed by SIGKILL"],
    [15, undefined, "was killed by SIGTERM"],
    // With the bit for a memory dump, and as a shell counts.
    [137, undefined, "was killed by SIGKILL"],
    [11, undefined, "crashed (SIGSEGV)"],
    [139, undefined, "crashed (SIGSEGV)"],
    [134, undefined, "crashed (SIGABRT)"],
    // A status of `waitpid` whose code is in its upper byte.
    [256, undefined, "ended with code 1"],
    [69, undefined, "ended with code 69"],
    [70, undefined, "ended after an error of its own, which is in the log"],
    [133, "v8::internal::Heap::FatalProcessOutOfMemory", "ran out of memory"],
    [133, "v8_ArrayBuffer_NewBackingStore", "crashed (v8_ArrayBuffer_NewBackingStore)"]
  ] as const)
    it(`${code}${fatal === undefined ? "" : ` at ${fatal}`}: it ${words}`, () =>
      assert.strictEqual(EngineExit.how(code, fatal, "linux"), words))

  it("has no trace but what it wrote last where it crashed or ended with an error that nobody has told", () => {
    const untold = (code: number, fatal?: string) => EngineExit.isUntold(code, fatal, "linux")
    for (const code of [1, 3, 11, 134, 256]) assert.isTrue(untold(code), `${code}`)
    for (const code of [0, 9, 15, 137, 69, 70]) assert.isFalse(untold(code), `${code}`)
    assert.isTrue(untold(0, "v8::internal::Heap::FatalProcessOutOfMemory"))
    assert.isTrue(EngineExit.isUntold(9, undefined, "win32"))
    assert.isTrue(EngineExit.isUntold(0xc0000005, undefined, "win32"))
  })

  it("of Windows is the number of an exception where there was one, and no signal", () => {
    assert.strictEqual(EngineExit.how(0xc0000005, undefined, "win32"), "crashed (0xc0000005)")
    assert.strictEqual(EngineExit.how(9, undefined, "win32"), "ended with code 9")
  })
})
