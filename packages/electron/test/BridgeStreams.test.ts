import { getEventListeners } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { Bounded } from "@halte/engine/testing"
import { longestPiece, window } from "../src/bridge/PortMessage.ts"
import { bytes, bytesOf, make, rejection, source, type Source, textOf, url, within } from "./support/Bridge.ts"

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(pieces))

const stream = (pieces: ReadonlyArray<Uint8Array>): ReadableStream<Uint8Array> => {
  let next = 0
  return new ReadableStream({
    pull: (controller) => (next < pieces.length ? controller.enqueue(pieces[next++]!) : controller.close())
  })
}

/** Makes numbered pieces for as long as somebody asks; so many fill a window. */
const size = window / 128

const endless = () => {
  let made = 0
  let isCanceled = false
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => controller.enqueue(numbered(made++)),
      cancel: () => {
        isCanceled = true
      }
    },
    { highWaterMark: 0 }
  )
  return { body, made: () => made, isCanceled: () => isCanceled }
}
const numbered = (n: number): Uint8Array => {
  const piece = new Uint8Array(size)
  new DataView(piece.buffer).setUint32(0, n)
  return piece
}

describe("a body that is a stream", () => {
  it.live("comes byte for byte and in order, however it is cut and however it is read", () =>
    Effect.gen(function* () {
      let pieces: ReadonlyArray<Uint8Array> = []
      const { answering, fetch } = yield* make(async () => new Response(stream(pieces)))
      const large = fc
        .integer({ min: 1, max: 3 * window })
        .map((n) => Uint8Array.from({ length: n }, (_, i) => i % 253))
      const piece = fc.oneof(
        { weight: 5, arbitrary: fc.uint8Array({ maxLength: 300 }) },
        { weight: 1, arbitrary: large }
      )
      const made = fc.array(piece, { maxLength: 20 })
      yield* within(
        fc.assert(
          fc.asyncProperty(made, fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async (cuts, pauses) => {
            pieces = cuts
            answering.sent.length = 0
            const response = await fetch(new Request(url))
            const got: Array<Uint8Array> = []
            let at = 0
            const reader = response.body!.getReader()
            for (;;) {
              const { done, value } = await reader.read()
              if (done) break
              got.push(value)
              if (pauses[at++ % pauses.length] === true) await turn()
            }
            assert.isTrue(Buffer.compare(joined(got), joined(cuts)) === 0)
            assert.isTrue(got.every(({ byteLength }) => byteLength > 0 && byteLength <= longestPiece))
            assert.strictEqual(bytesOf(answering.sent), joined(cuts).byteLength)
          }),
          { numRuns: 40 }
        ),
        "every body"
      )
    })
  )

  it.live("comes as it is made: a piece is there before the next one is", () =>
    Effect.gen(function* () {
      const body = source()
      const { fetch } = yield* make(async () => new Response(body.body))
      const response = yield* within(fetch(new Request(url)), "the head, without any of the body")
      const reader = response.body!.getReader()
      for (const text of ["one", "two", "“é”"]) {
        body.push(bytes(text))
        const { value } = yield* within(reader.read(), text)
        assert.strictEqual(textOf(value), text)
      }
      body.end()
      assert.isTrue((yield* within(reader.read(), "the end")).done)
    })
  )

  it.live("errs where it breaks off, after all that came before", () =>
    Effect.gen(function* () {
      const body = source()
      const { fetch } = yield* make(async () => new Response(body.body))
      const broken = yield* within(fetch(new Request(url)), "the answer")
      const reader = broken.body!.getReader()
      body.push(bytes("one"))
      body.push(bytes("two"))
      // Nothing was read until it had broken off.
      body.push(bytes("three"))
      yield* within(turn, "a turn")
      body.fail(new Error("the disk is full"))
      const got: Array<string> = []
      const error = yield* rejection(
        (async () => {
          for (;;) got.push(textOf((await reader.read()).value))
        })(),
        "the body"
      )
      assert.strictEqual(String(error), "AnswerFailed: the disk is full")
      // What the stream itself throws away when it errs was never sent.
      assert.deepStrictEqual(got, ["one", "two", "three"].slice(0, got.length))
      assert.strictEqual(String(yield* rejection(reader.closed, "the end")), "AnswerFailed: the disk is full")
    })
  )

  it.live("loses nothing to a reader that leaves it to another one, also where it breaks off", () =>
    Effect.gen(function* () {
      const body = source()
      const { answering, fetch } = yield* make(async () => new Response(body.body))
      const { body: stream } = yield* within(fetch(new Request(url)), "the answer")
      const first = stream!.getReader()
      const left = rejection(first.read(), "the read that is left")
      yield* within(turn, "a turn")
      first.releaseLock()
      yield* left
      body.push(bytes("one"))
      yield* Bounded.eventually(() => bytesOf(answering.sent) === 3, "the piece")
      body.fail(new Error("the disk is full"))
      yield* Bounded.eventually(() => answering.sent.some(({ _tag }) => _tag === "Failed"), "the failure")
      yield* Bounded.turns(5)
      const second = stream!.getReader()
      assert.strictEqual(textOf((yield* within(second.read(), "the piece")).value), "one")
      assert.include(String(yield* rejection(second.read(), "the rest")), "the disk is full")
    })
  )

  it.live("hundreds are under way at once, each in its order, whatever the others do", () =>
    Effect.gen(function* () {
      const sources = new Map<string, Source>()
      const { fetch } = yield* make(async (request) => {
        const own = source()
        sources.set(new URL(request.url).search, own)
        return new Response(own.body)
      })
      const count = 300
      const rounds = 20
      const readers = yield* within(
        Promise.all(
          Array.from({ length: count }, async (_, i) => (await fetch(new Request(`${url}?${i}`))).body!.getReader())
        ),
        "all the heads"
      )
      const read = readers.map(async (reader, i) => {
        let text = ""
        for (;;) {
          // One in three is a slow one.
          if (i % 3 === 0) await turn()
          try {
            const { done, value } = await reader.read()
            if (done) return text
            text += textOf(value)
          } catch (error) {
            return `${text}${String(error)}`
          }
        }
      })
      for (let round = 0; round < rounds; round++) {
        for (let i = 0; i < count; i++) sources.get(`?${i}`)!.push(bytes(`${i}:${round} `))
        yield* within(turn, "a turn")
      }
      const whole = (i: number) => Array.from({ length: rounds }, (_, round) => `${i}:${round} `).join("")
      yield* within(turn, "a turn")
      for (let i = 0; i < count; i++) {
        const own = sources.get(`?${i}`)!
        if (i % 5 === 4) own.fail(new Error(`no more of ${i}`))
        else own.end()
      }
      const texts = yield* within(Promise.all(read), "all the bodies")
      for (const [i, text] of texts.entries())
        if (i % 5 !== 4) assert.strictEqual(text, whole(i))
        else {
          const said = `AnswerFailed: no more of ${i}`
          assert.isTrue(text.endsWith(said), text)
          assert.isTrue(whole(i).startsWith(text.slice(0, -said.length)), text)
        }
    })
  )
})

describe("a reader that does not read", () => {
  it.live("costs one window of bytes, however much there is; when it reads, it gets all", () =>
    Effect.gen(function* () {
      const body = endless()
      const { answering, asking, fetch } = yield* make(async () => new Response(body.body))
      const response = yield* within(fetch(new Request(url)), "the answer")
      yield* Bounded.eventually(() => bytesOf(answering.sent) === window, "a full window")
      yield* Bounded.turns(20)
      assert.strictEqual(bytesOf(answering.sent), window)
      // What nobody has asked for is not even made.
      assert.strictEqual(body.made(), 128)

      const reader = response.body!.getReader()
      let got = 0
      const parts: Array<Uint8Array> = []
      yield* within(async () => {
        while (got < 20 * window) {
          const { value } = await reader.read()
          parts.push(value!)
          got += value!.byteLength
          assert.isAtMost(bytesOf(answering.sent) - got, window)
        }
      }, "twenty windows")
      const all = joined(parts)
      for (let n = 0; n * size < all.length; n++) assert.strictEqual(new DataView(all.buffer).getUint32(n * size), n)
      // Few messages give credit: one for each half of a window.
      const credits = asking.sent.filter(({ _tag }) => _tag === "Credit")
      assert.isAtMost(credits.length, 41)
    })
  )

  it.live("holds up no other stream, nor requests", () =>
    Effect.gen(function* () {
      const { fetch } = yield* make(async (request) =>
        new URL(request.url).search === "?small" ? new Response("small") : new Response(endless().body)
      )
      for (let i = 0; i < 50; i++) yield* within(fetch(new Request(url)), "one that nobody reads")
      const reader = (yield* within(fetch(new Request(url)), "one that is read")).body!.getReader()
      yield* within(async () => {
        for (let got = 0; got < 5 * window;) got += (await reader.read()).value!.byteLength
      }, "five windows")
      const small = yield* within(async () => (await fetch(new Request(`${url}?small`))).text(), "a small one")
      assert.strictEqual(small, "small")
    })
  )

  it.live("is not sent more by credit that nobody has", () =>
    Effect.gen(function* () {
      const body = endless()
      const { answering, asking, fetch } = yield* make(async () => new Response(body.body))
      yield* within(fetch(new Request(url)), "the answer")
      asking.port.postMessage({ _tag: "Credit", id: 1, bytes: Number.MAX_SAFE_INTEGER })
      yield* Bounded.eventually(() => bytesOf(answering.sent) >= window, "a window")
      yield* Bounded.turns(20)
      assert.isAtMost(bytesOf(answering.sent), 2 * window)
    })
  )
})

describe("a reader that goes away", () => {
  it.live("ends the stream in the handler by one message, and its request's signal with it", () =>
    Effect.gen(function* () {
      const body = endless()
      let signal: AbortSignal | undefined
      const { asking, fetch } = yield* make(async (request) => {
        signal = request.signal
        return new Response(body.body)
      })
      const response = yield* within(fetch(new Request(url)), "the answer")
      const reader = response.body!.getReader()
      yield* within(reader.read(), "a piece")
      yield* within(reader.cancel(), "the cancel")
      yield* Bounded.eventually(() => body.isCanceled(), "the end of the stream")
      assert.isTrue(signal?.aborted)
      assert.deepStrictEqual(
        asking.sent.map(({ _tag }) => _tag),
        ["Request", "Cancel"]
      )
      const made = body.made()
      yield* Bounded.turns(5)
      assert.strictEqual(body.made(), made)
    })
  )

  it.live("when all has come, whether it was read or not, tells nobody", () =>
    Effect.gen(function* () {
      const { asking, fetch } = yield* make(async () => new Response("small"))
      const response = yield* within(fetch(new Request(url)), "the answer")
      yield* Bounded.turns(5)
      yield* within(response.body!.cancel(), "the cancel")
      const other = yield* within(fetch(new Request(url)), "the other answer")
      yield* within(other.text(), "the body")
      assert.deepStrictEqual(
        asking.sent.map(({ _tag }) => _tag),
        ["Request", "Request"]
      )
    })
  )

  it.live("while the handler still thinks, or has a stream that can't be canceled, is no failure of anything", () =>
    Effect.gen(function* () {
      const { promise: answered, resolve: answer } = Promise.withResolvers<Response>()
      let isCanceled = false
      const stubborn = new ReadableStream<Uint8Array>({
        cancel: () => {
          isCanceled = true
          throw new Error("no")
        }
      })
      const { promise: asked, resolve: arrived } = Promise.withResolvers<AbortSignal>()
      const { answering, fetch } = yield* make((request) => {
        arrived(request.signal)
        return answered
      })
      const gone = new AbortController()
      const rejected = rejection(fetch(new Request(url, { signal: gone.signal })), "the answer")
      const signal = yield* within(asked, "the request")
      gone.abort()
      assert.strictEqual(((yield* rejected) as Error).name, "AbortError")
      yield* Bounded.eventually(() => signal.aborted, "the signal")
      answer(new Response(stubborn))
      yield* Bounded.eventually(() => isCanceled, "the end of the stream")
      assert.deepStrictEqual(answering.sent, [])
    })
  )
})

describe("a request's signal", () => {
  const gone = () => {
    const controller = new AbortController()
    return {
      request: new Request(url, { signal: controller.signal }),
      abort: () => controller.abort(new Error("gone"))
    }
  }

  it.live("that was aborted before asks nothing", () =>
    Effect.gen(function* () {
      const { asking, fetch } = yield* make(async () => new Response(""))
      const { abort, request } = gone()
      abort()
      assert.strictEqual(String(yield* rejection(fetch(request), "the answer")), "Error: gone")
      assert.deepStrictEqual(asking.sent, [])
    })
  )

  it.live("errs a body at once, with its reason, and ends the stream in the handler", () =>
    Effect.gen(function* () {
      const body = endless()
      const { asking, fetch } = yield* make(async () => new Response(body.body))
      const { abort, request } = gone()
      const response = yield* within(fetch(request), "the answer")
      const reader = response.body!.getReader()
      yield* within(reader.read(), "a piece")
      abort()
      assert.strictEqual(String(yield* rejection(reader.read(), "the body")), "Error: gone")
      yield* Bounded.eventually(() => body.isCanceled(), "the end of the stream")
      assert.deepStrictEqual(
        asking.sent.map(({ _tag }) => _tag),
        ["Request", "Cancel"]
      )
    })
  )

  it.live("errs a body that has come whole and was not read, and tells nobody", () =>
    Effect.gen(function* () {
      const { answering, asking, fetch } = yield* make(async () => new Response("small"))
      const { abort, request } = gone()
      const response = yield* within(fetch(request), "the answer")
      yield* Bounded.eventually(() => answering.sent.some(({ _tag }) => _tag === "End"), "the end")
      yield* Bounded.turns(5)
      abort()
      assert.strictEqual(String(yield* rejection(response.text(), "the body")), "Error: gone")
      assert.deepStrictEqual(
        asking.sent.map(({ _tag }) => _tag),
        ["Request"]
      )
    })
  )

  it.live("is listened to no longer than there is something to abort", () =>
    Effect.gen(function* () {
      const { fetch } = yield* make(async (request) => {
        const kind = new URL(request.url).search
        if (kind === "?fail") throw new Error("no")
        return kind === "?none" ? new Response(null, { status: 204 }) : new Response("text")
      })
      for (const kind of ["?text", "?none", "?fail", "?cancel"]) {
        const request = new Request(url + kind)
        yield* within(async () => {
          try {
            const response = await fetch(request)
            if (kind === "?cancel") await response.body!.cancel()
            else await response.text()
          } catch (error) {
            assert.include(String(error), "no")
          }
        }, kind)
        assert.lengthOf(getEventListeners(request.signal, "abort"), 0, kind)
      }
    })
  )
})
