/** The end of what an engine's process has written: kept in so many bytes, whatever comes. */
import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as LastOutput from "../src/main/LastOutput.ts"

const flushed = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

describe("the last output of an engine's process", () => {
  it.live("takes no more memory than 4 KB, however much is written and where no line ever ends", () =>
    Effect.gen(function* () {
      const out = new PassThrough()
      const err = new PassThrough()
      const output = LastOutput.read([out, err, null])
      const piece = Buffer.alloc(1_000_000, "x")
      for (let i = 0; i < 50; i++) {
        out.write(piece)
        yield* flushed
        assert.strictEqual(output.kept(), LastOutput.most)
        // It is read: whoever writes is not kept waiting.
        assert.strictEqual(out.readableLength, 0)
      }
      err.write("the ")
      yield* flushed
      out.write("end")
      yield* flushed
      out.end()
      err.end()
      const text = yield* Effect.promise(() => output.whole())
      assert.strictEqual(text, `${"x".repeat(LastOutput.most - 7)}the end`)
    })
  )

  it.live("is whole, also where its listeners are taken away before all was read", () =>
    Effect.gen(function* () {
      const out = new PassThrough()
      const output = LastOutput.read([out])
      out.write("first ")
      yield* flushed
      out.removeAllListeners()
      const whole = output.whole()
      out.end("last\n")
      assert.strictEqual(yield* Effect.promise(() => whole), "first last")
    })
  )

  it.live("is not waited for without end where something else holds the stream open, or it breaks", () =>
    Effect.gen(function* () {
      const held = new PassThrough()
      const output = LastOutput.read([held])
      held.write("so far")
      assert.strictEqual(yield* Effect.promise(() => output.whole()), "so far")
      const broken = new PassThrough()
      const other = LastOutput.read([broken])
      const whole = other.whole()
      broken.destroy(new Error("EIO"))
      assert.strictEqual(yield* Effect.promise(() => whole), "")
    })
  )
})
