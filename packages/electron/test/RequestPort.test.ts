import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Bounded } from "@halte/engine/testing"
import { PortClosed } from "../src/bridge/RequestPort.ts"
import { type Bridge, bytes, make, rejection, source, textOf, url, within } from "./support/Bridge.ts"

const everyByte = Uint8Array.from({ length: 1024 }, (_, i) => i % 256)

const post = (body: BodyInit, headers?: Record<string, string>) =>
  new Request(url, {
    method: "POST",
    body,
    ...(headers === undefined ? undefined : { headers }),
    ...(body instanceof ReadableStream ? { duplex: "half" } : undefined)
  } as RequestInit)

const unused = () => Promise.reject(new Error("Nothing was to be asked."))

describe("requests and responses over a message port", () => {
  it.live("come as they were sent: method, address, headers, and every byte of a body", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const { fetch } = yield* make(async (request) => {
        seen.push([request.method, request.url, [...request.headers], new Uint8Array(await request.arrayBuffer())])
        const headers = new Headers([
          ["x-a", "1"],
          ["set-cookie", "a=1; Path=/"],
          ["set-cookie", "b=2"],
          ["etag", '"é"']
        ])
        return new Response(everyByte, { status: 418, statusText: "Teapot", headers })
      })
      const address = `${url}?a=b%20c&d=%2F#e`
      const headers = { "content-type": "text/x", "if-none-match": '"1", "2"' }
      const request = new Request(address, { method: "PUT", body: everyByte, headers })
      const response = yield* within(fetch(request), "the answer")
      assert.deepStrictEqual(seen, [
        [
          "PUT",
          address,
          [
            ["content-type", "text/x"],
            ["if-none-match", '"1", "2"']
          ],
          everyByte
        ]
      ])
      assert.strictEqual(response.status, 418)
      assert.strictEqual(response.statusText, "Teapot")
      assert.deepStrictEqual(
        [...response.headers],
        [
          ["etag", '"é"'],
          ["set-cookie", "a=1; Path=/"],
          ["set-cookie", "b=2"],
          ["x-a", "1"]
        ]
      )
      assert.deepStrictEqual(new Uint8Array(yield* within(response.arrayBuffer(), "the body")), everyByte)
    })
  )

  it.live("have no body where there is none, whatever the handler's answer has", () =>
    Effect.gen(function* () {
      let body = source()
      const { answering, fetch } = yield* make(async (request) => {
        body = source()
        const status = Number(new URL(request.url).search.slice(1))
        return new Response(request.method === "HEAD" ? body.body : null, { status, headers: { etag: '"1"' } })
      })
      for (const status of [200, 204, 205, 304, 404]) {
        const response = yield* within(fetch(new Request(`${url}?${status}`)), String(status))
        assert.strictEqual(response.status, status)
        assert.isNull(response.body)
        assert.strictEqual(response.headers.get("etag"), '"1"')
      }
      const head = yield* within(fetch(new Request(`${url}?200`, { method: "HEAD" })), "HEAD")
      assert.isNull(head.body)
      // What a HEAD would have had is not made either.
      yield* Bounded.eventually(() => body.isCanceled(), "the end of the stream")
      assert.deepStrictEqual([...new Set(answering.sent.map(({ _tag }) => _tag))], ["Head"])
    })
  )

  it.live("are told apart when hundreds are under way and are answered in another order", () =>
    Effect.gen(function* () {
      const count = 400
      const waiting: Array<() => void> = []
      const { fetch } = yield* make(async (request) => {
        const name = await request.text()
        await new Promise<void>((resolve) => {
          waiting.push(resolve)
          if (waiting.length === count) for (const go of [...waiting].reverse()) go()
        })
        return new Response(`answer to ${name}`, { headers: { "x-name": name } })
      })
      const answers = yield* within(
        Promise.all(
          Array.from({ length: count }, async (_, i) => {
            const response = await fetch(post(`request ${i}`))
            return [response.headers.get("x-name"), await response.text()]
          })
        ),
        "all the answers"
      )
      assert.deepStrictEqual(
        answers,
        Array.from({ length: count }, (_, i) => [`request ${i}`, `answer to request ${i}`])
      )
    })
  )

  it.live("send of a body no more than the body, where it is a part of something larger", () =>
    Effect.gen(function* () {
      const slab = new Uint8Array(1 << 20).fill(7)
      const { answering, fetch } = yield* make(async () => {
        const body = source()
        body.push(slab.subarray(10, 20))
        body.end()
        return new Response(body.body)
      })
      const response = yield* within(fetch(new Request(url)), "the answer")
      assert.deepStrictEqual(new Uint8Array(yield* within(response.arrayBuffer(), "the body")), slab.slice(10, 20))
      const pieces = answering.sent.filter(({ _tag }) => _tag === "Piece")
      assert.deepStrictEqual(
        pieces.map(({ bytes }) => (bytes as Uint8Array).buffer.byteLength),
        [10]
      )
    })
  )
})

describe("the body of a request", () => {
  const limit = 1 << 20

  it.live("may be as large as the API takes, and comes whole out of many parts", () =>
    Effect.gen(function* () {
      const { fetch } = yield* make(async (request) => {
        const all = new Uint8Array(await request.arrayBuffer())
        return Response.json([all.length, all.reduce((sum, byte) => (sum * 31 + byte) % 65521, 7)])
      })
      const whole = Uint8Array.from({ length: limit }, (_, i) => (i * i) % 251)
      // As Electron makes them: the next part is in the memory of the one before it.
      const memory = new Uint8Array(10_000)
      let at = 0
      const parts = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            const length = Math.min(memory.length, limit - at)
            memory.set(whole.subarray(at, at + length))
            controller.enqueue(memory.subarray(0, length))
            at += length
            if (at === limit) controller.close()
          }
        },
        { highWaterMark: 0 }
      )
      const one = yield* within(async () => (await fetch(post(whole))).json(), "the answer to one part")
      const many = yield* within(async () => (await fetch(post(parts))).json(), "the answer to many parts")
      assert.deepStrictEqual(many, one)
      assert.strictEqual((one as Array<number>)[0], limit)
    })
  )

  it.live("is refused when it is larger, as soon as that is known; nothing is asked then", () =>
    Effect.gen(function* () {
      const { asking, fetch } = yield* make(unused)
      const endless = () => {
        let isCanceled = false
        const body = new ReadableStream<Uint8Array>({
          pull: (controller) => controller.enqueue(new Uint8Array(4096)),
          cancel: () => {
            isCanceled = true
          }
        })
        return { body, isCanceled: () => isCanceled }
      }
      const first = endless()
      const declared = endless()
      for (const request of [
        post(new Uint8Array(limit + 1)),
        post(first.body),
        post(declared.body, { "content-length": String(limit + 1) })
      ]) {
        const error = yield* rejection(fetch(request), "a large body")
        assert.strictEqual((error as { readonly _tag?: string })._tag, "RequestTooLarge")
        assert.strictEqual(String(error), `RequestTooLarge: The body of the request is larger than ${limit} bytes.`)
      }
      assert.isTrue(first.isCanceled())
      assert.isTrue(declared.isCanceled())
      assert.deepStrictEqual(asking.sent, [])
    })
  )

  it.live("that breaks off breaks off the request, and nothing is asked", () =>
    Effect.gen(function* () {
      const { asking, fetch } = yield* make(unused)
      const body = source()
      const asked = rejection(fetch(post(body.body)), "a broken body")
      body.push(bytes("{"))
      body.fail(new Error("the page is gone"))
      assert.strictEqual(String(yield* asked), "Error: the page is gone")
      assert.deepStrictEqual(asking.sent, [])
    })
  )

  it.live("that does not arrive ends with the port, and with the request's signal", () =>
    Effect.gen(function* () {
      const { asking, client, fetch } = yield* make(unused)
      const gone = new AbortController()
      const first = source()
      const second = source()
      const aborted = rejection(fetch(new Request(post(first.body), { signal: gone.signal })), "the aborted one")
      const closed = rejection(fetch(post(second.body)), "the other one")
      gone.abort(new Error("changed my mind"))
      assert.strictEqual(String(yield* aborted), "Error: changed my mind")
      client.close("it was stopped")
      assert.instanceOf(yield* closed, PortClosed)
      yield* Bounded.eventually(() => first.isCanceled() && second.isCanceled(), "the end of both bodies")
      assert.deepStrictEqual(asking.sent, [])
    })
  )
})

describe("a handler over a message port", () => {
  const failure = (handler: (request: Request) => Promise<Response>) =>
    Effect.gen(function* () {
      const { fetch } = yield* make(handler)
      return String(yield* rejection(fetch(new Request(url)), "the answer"))
    })

  it.live("that throws, at once or later, rejects the request with what it says; others go on", () =>
    Effect.gen(function* () {
      const { fetch } = yield* make((request) => {
        switch (new URL(request.url).search) {
          case "?throw":
            throw new Error("thrown")
          case "?reject":
            return Promise.reject(new Error("rejected"))
          case "?odd":
            return Promise.reject("no error at all")
          default:
            return Promise.resolve(new Response("fine"))
        }
      })
      const good = fetch(new Request(url))
      for (const [query, said] of [
        ["?throw", "AnswerFailed: thrown"],
        ["?reject", "AnswerFailed: rejected"],
        ["?odd", "AnswerFailed: no error at all"]
      ])
        assert.strictEqual(String(yield* rejection(fetch(new Request(url + query)), query!)), said)
      assert.strictEqual(yield* within(async () => (await good).text(), "the good one"), "fine")
    })
  )

  it.live("whose answer is none rejects the request", () =>
    Effect.gen(function* () {
      assert.include(yield* failure(async () => Response.error()), "the status 0, which is none")
      assert.include(yield* failure(async () => undefined as unknown as Response), "AnswerFailed: ")
    })
  )

  it.live("whose stream has something that is no bytes errs the body", () =>
    Effect.gen(function* () {
      const body = new ReadableStream<unknown>({ start: (controller) => controller.enqueue("text") })
      const { fetch } = yield* make(async () => new Response(body as ReadableStream<Uint8Array>))
      const response = yield* within(fetch(new Request(url)), "the answer")
      assert.include(String(yield* rejection(response.text(), "the body")), "something that is no bytes")
    })
  )
})

describe("messages of a port that belong to nobody here", () => {
  const noise: ReadonlyArray<unknown> = [
    undefined,
    null,
    0,
    "Request",
    [],
    new Map(),
    {},
    { _tag: "Request" },
    { _tag: "Request", id: 1, method: "GET", url, headers: [["a"]], body: null },
    { _tag: "Request", id: 1, method: "GET", url, headers: [], body: "text" },
    { _tag: "Request", id: "1", method: "GET", url, headers: [], body: null },
    { _tag: "Request", id: 1.5, method: "GET", url, headers: [], body: null },
    { _tag: "Credit", id: 1, bytes: -1 },
    { _tag: "Credit", id: 1, bytes: Number.POSITIVE_INFINITY },
    { _tag: "Credit", id: 1, bytes: 10 },
    { _tag: "Cancel", id: 99 },
    { _tag: "Head", id: 1, status: "200", statusText: "", headers: [], hasBody: true },
    { _tag: "Head", id: 99, status: 200, statusText: "", headers: [], hasBody: true },
    { _tag: "Piece", id: 1, bytes: [1, 2] },
    { _tag: "Piece", id: 99, bytes: new Uint8Array(1) },
    { _tag: "End", id: 99 },
    { _tag: "Failed", id: 1 },
    { _tag: "Live", executions: [] }
  ]

  /** One stream under way, of which one piece is read. */
  const streaming = (bridge: Bridge) =>
    Effect.gen(function* () {
      const response = yield* within(bridge.fetch(new Request(url)), "the answer")
      const reader = response.body!.getReader()
      return { reader, read: () => within(reader.read(), "a piece") }
    })

  it.live("change nothing, at either end", () =>
    Effect.gen(function* () {
      const body = source()
      let asked = 0
      const bridge = yield* make(async () => {
        asked++
        return new Response(asked === 1 ? body.body : "another")
      })
      const { read } = yield* streaming(bridge)
      body.push(bytes("one"))
      assert.strictEqual(textOf((yield* read()).value), "one")
      for (const message of noise) {
        bridge.asking.port.postMessage(message)
        bridge.answering.port.postMessage(message)
      }
      body.push(bytes("two"))
      assert.strictEqual(textOf((yield* read()).value), "two")
      body.end()
      assert.isTrue((yield* read()).done)
      assert.strictEqual(asked, 1)
      assert.strictEqual(yield* within(async () => (await bridge.fetch(new Request(url))).status, "one more"), 200)
    })
  )

  it.live("a number that is in use is not given to another request", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const body = source()
      const bridge = yield* make(async (request) => {
        asked.push(request.url)
        return new Response(asked.length === 1 ? body.body : "another")
      })
      const { read } = yield* streaming(bridge)
      const again = { _tag: "Request", id: 1, method: "GET", url: `${url}/again`, headers: [], body: null }
      bridge.asking.port.postMessage(again)
      body.push(bytes("one"))
      assert.strictEqual(textOf((yield* read()).value), "one")
      // Messages are taken in order: what was posted before this one has been seen.
      yield* within(bridge.fetch(new Request(`${url}/next`)), "the next")
      assert.deepStrictEqual(asked, [url, `${url}/next`])
    })
  )

  it.live("an other end that sends what it was not asked for loses that stream, and holds no memory here", () =>
    Effect.gen(function* () {
      const body = source()
      const bridge = yield* make(async () => new Response(body.body))
      const { read, reader } = yield* streaming(bridge)
      bridge.answering.port.postMessage({ _tag: "Piece", id: 1, bytes: new Uint8Array(1 << 20) })
      const error = yield* rejection(reader.read(), "the piece")
      assert.include(String(error), "more of a response than it was asked for")
      yield* Bounded.eventually(() => body.isCanceled(), "the end of the stream")
      void read
    })
  )

  it.live("a head that makes no response rejects the request, and its stream ends", () =>
    Effect.gen(function* () {
      const body = source()
      const { promise: asked, resolve: arrived } = Promise.withResolvers<void>()
      const bridge = yield* make((request) => {
        arrived()
        return new Promise((resolve) =>
          request.signal.addEventListener("abort", () => {
            body.body.cancel().catch(() => {})
            resolve(new Response(null))
          })
        )
      })
      const rejected = rejection(bridge.fetch(new Request(url)), "the answer")
      yield* within(asked, "the request")
      const head = { _tag: "Head", id: 1, status: 1000, statusText: "", headers: [], hasBody: false }
      bridge.answering.port.postMessage(head)
      assert.instanceOf(yield* rejected, RangeError)
      yield* Bounded.eventually(() => body.isCanceled(), "the end of the stream")
    })
  )
})
