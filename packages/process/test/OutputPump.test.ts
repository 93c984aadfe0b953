import { assert, describe, it } from "vitest"
import { spawn } from "node:child_process"
import { OutputPump } from "../src/process/OutputPump.ts"

/** Keeps this thread busy, as a synchronous loop of somebody else does. */
const busy = (millis: number) => {
  const until = performance.now() + millis
  while (performance.now() < until);
}

describe("OutputPump", () => {
  it("R60: loses nothing of what a program wrote before its end, however long this thread is busy then", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdout.write('all of it')"], {
      stdio: ["ignore", "pipe", "ignore"]
    })
    let text = ""
    const pump = new OutputPump(
      child.stdout,
      (chunk) => {
        text += Buffer.from(chunk).toString()
        return undefined
      },
      () => {}
    )
    // It writes and ends meanwhile; nothing was read when the wait for the end of its pipe begins.
    busy(1_000)
    const drained = pump.drain(50)
    busy(200)
    await drained
    assert.strictEqual(text, "all of it")
  })
})
