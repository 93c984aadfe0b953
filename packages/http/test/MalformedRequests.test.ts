import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect } from "effect"
import { Bounded } from "@halte/engine/testing"
import { HttpHandler } from "@halte/http"
import * as Scripted from "./support/Scripted.ts"
import * as Served from "./support/Served.ts"

interface Wrong {
  readonly title: string
  readonly path: string
  readonly init?: RequestInit
  readonly status: number
  readonly code: string
  readonly says?: RegExp
}

const at = `/executions/${Scripted.id}`
const json = { "content-type": "application/json" }
const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`

const wrongs: ReadonlyArray<Wrong> = [
  { title: "an unknown address", path: "/nothing", status: 404, code: "unknown-route", says: /GET \/nothing/ },
  { title: "the root", path: "/", status: 404, code: "unknown-route" },
  {
    title: "a method that is none of the address",
    path: at,
    init: { method: "DELETE" },
    status: 405,
    code: "method-not-allowed",
    says: /no `DELETE`: it has GET, HEAD, OPTIONS/
  },
  {
    title: "formats that it can't be read in",
    path: at,
    init: { headers: { accept: "image/png, text/*;q=0.5, application/json;q=0" } },
    status: 406,
    code: "not-acceptable",
    says: /application\/json/
  },
  { title: "a `%` that is no code", path: "/executions/%ZZ", status: 400, code: "malformed-request" },
  { title: "a `%` at the end", path: "/executions/%", status: 400, code: "malformed-request" },
  { title: "an overlong code", path: "/executions/%C0%AF", status: 400, code: "malformed-request" },
  { title: "an id that can't be one", path: "/executions/..%2F..%2Fetc", status: 404, code: "execution-not-found" },
  {
    title: "an id of 4,000 letters",
    path: `/executions/${"a".repeat(4000)}`,
    status: 404,
    code: "execution-not-found"
  },
  {
    title: "a limit that is no number",
    path: "/executions?limit=many",
    status: 400,
    code: "malformed-request",
    says: /limit/
  },
  { title: "a negative limit", path: "/executions?limit=-1", status: 400, code: "malformed-request" },
  {
    title: "a state that there is not",
    path: "/executions?status=Broken",
    status: 400,
    code: "malformed-request",
    says: /status/
  },
  { title: "a sequence that is none", path: `${at}/events?after=x`, status: 400, code: "unknown-sequence" },
  {
    title: "a sequence that is none, in the header",
    path: `${at}/events`,
    init: { headers: { "last-event-id": "-3" } },
    status: 400,
    code: "unknown-sequence"
  },
  { title: "a sequence that is none, of lines", path: `${at}/logs?after=1.5`, status: 400, code: "unknown-sequence" },
  {
    title: "a body that is no JSON",
    path: `${at}/interrupt`,
    init: { method: "POST", body: "{", headers: json },
    status: 400,
    code: "malformed-request",
    says: /no JSON/
  },
  {
    title: "a body that is no UTF-8",
    path: `${at}/interrupt`,
    init: { method: "POST", body: new Uint8Array([0x22, 0xff, 0x22]), headers: json },
    status: 400,
    code: "malformed-request",
    says: /UTF-8/
  },
  {
    title: "a body of another type",
    path: `${at}/interrupt`,
    init: { method: "POST", body: "reason=x", headers: { "content-type": "application/x-www-form-urlencoded" } },
    status: 415,
    code: "unsupported-media-type",
    says: /x-www-form-urlencoded/
  },
  {
    title: "a body of no stated type",
    path: `${at}/interrupt`,
    init: { method: "POST", body: new Uint8Array([0x7b, 0x7d]) },
    status: 415,
    code: "unsupported-media-type"
  },
  {
    title: "a body that is too large",
    path: `${at}/interrupt`,
    init: { method: "POST", body: JSON.stringify({ reason: "x".repeat(1 << 20) }), headers: json },
    status: 413,
    code: "body-too-large"
  },
  {
    title: "a body that is a list",
    path: `${at}/interrupt`,
    init: Served.post([]),
    status: 422,
    code: "invalid-request"
  },
  {
    title: "a field of another kind",
    path: `${at}/interrupt`,
    init: Served.post({ reason: 1 }),
    status: 422,
    code: "invalid-request",
    says: /\/reason/
  },
  {
    title: "a source that belongs to the engine itself",
    path: `${at}/interrupt`,
    init: Served.post({ source: "Deadline" }),
    status: 422,
    code: "invalid-request",
    says: /\/source/
  },
  {
    title: "a field that nobody knows",
    path: `${at}/interrupt`,
    init: Served.post({ resaon: "typo", strategy: { _tag: "FinishCurrent", after: 3 } }),
    status: 422,
    code: "invalid-request",
    says: /"\/resaon","detail":"Unknown field".*"\/strategy\/after"/
  },
  {
    title: "several things that are wrong",
    path: "/flows/release/executions",
    init: Served.post({ source: "Fax", by: 1, "a/b~c": 1, stopAfter: -1 }),
    status: 422,
    code: "invalid-request",
    says: /(?=.*"\/source")(?=.*"\/by")(?=.*"\/a~1b~0c")(?=.*"\/stopAfter")/
  },
  {
    title: "several things that are wrong with the query",
    path: "/executions?limit=x&status=Broken",
    status: 400,
    code: "malformed-request",
    says: /(?=.*"\/limit)(?=.*"\/status)/
  },
  {
    title: "more wrong fields than anybody wants to read",
    path: `${at}/interrupt`,
    init: Served.post(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}`, i]))),
    status: 422,
    code: "invalid-request",
    says: /The first 100 of 5000 reasons/
  },
  {
    title: "a strategy that there is not",
    path: `${at}/interrupt`,
    init: Served.post({ strategy: { _tag: "PollNextN" } }),
    status: 422,
    code: "invalid-request"
  },
  {
    title: "a nesting without end",
    path: `${at}/interrupt`,
    init: { method: "POST", body: deep, headers: json },
    status: 400,
    code: "malformed-request",
    says: /256 levels/
  },
  {
    title: "a key that is too long",
    path: "/flows/release/executions",
    init: Served.post({}, { "idempotency-key": "k".repeat(256) }),
    status: 400,
    code: "malformed-request",
    says: /idempotency-key/
  }
]

const expectProblem = (wrong: Wrong, response: Response) =>
  Effect.gen(function* () {
    const text = yield* Effect.promise(() => response.text())
    assert.strictEqual(response.headers.get("content-type"), "application/problem+json", text)
    const problem = JSON.parse(text) as Record<string, unknown>
    assert.strictEqual(response.status, wrong.status, text)
    assert.strictEqual(problem["status"], wrong.status)
    assert.strictEqual(problem["code"], wrong.code, text)
    assert.match(String(problem["requestId"]), /^[0-9a-f-]{36}$/)
    if (wrong.says !== undefined)
      assert.match(`${String(problem["detail"])} ${JSON.stringify(problem["errors"])}`, wrong.says)
  })

describe("a request that is wrong", () => {
  for (const wrong of wrongs)
    it.live(`answers ${wrong.title} with the problem \`${wrong.code}\`, and asks the engine nothing`, () =>
      Effect.gen(function* () {
        const engine = Scripted.make()
        const handler = HttpHandler.make(engine)
        const response = yield* Effect.promise(() => handler(new Request(`http://localhost${wrong.path}`, wrong.init)))
        yield* expectProblem(wrong, response)
        assert.deepStrictEqual(engine.asked, [])
      })
    )

  it.live("does not harm the server, which answers the next one, on the socket too", () =>
    Effect.gen(function* () {
      const { fetch, remote } = yield* Served.make(Scripted.make())
      for (const wrong of wrongs.filter(({ title }) => title !== "a body that is too large"))
        yield* expectProblem(wrong, yield* Effect.promise(() => fetch(wrong.path, wrong.init)))
      assert.strictEqual((yield* remote.interrupt(Scripted.id)).effect, "done")
    })
  )

  it.live("is answered on the socket also when its body never ends, and when it is cut off", () =>
    Effect.gen(function* () {
      const { remote, socket } = yield* Served.make(Scripted.make())
      const answer = yield* raw(socket, [
        `POST ${at}/interrupt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n{`
      ])
      assert.match(answer, /^HTTP\/1.1 413 /)
      assert.match(answer, /body-too-large/)
      const endless = yield* raw(socket, [
        `POST ${at}/interrupt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        ...Array.from({ length: 20 }, () => `10000\r\n${"x".repeat(0x10000)}\r\n`)
      ])
      assert.match(endless, /^HTTP\/1.1 413 /)
      yield* raw(
        socket,
        [`POST ${at}/interrupt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{`],
        { cut: true }
      )
      assert.strictEqual((yield* remote.interrupt(Scripted.id)).effect, "done")
    })
  )

  it.live("is answered also when it is not HTTP at all", () =>
    Effect.gen(function* () {
      const { remote, socket } = yield* Served.make(Scripted.make())
      for (const bytes of [
        "hello\r\n\r\n",
        "\u0000\u0001\u0002",
        "GET /executions HTTP/9.9\r\n\r\n",
        "GET executions HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://elsewhere/executions HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
        `GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(100_000)}\r\n\r\n`,
        `POST ${at}/interrupt HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
      ]) {
        const answer = yield* raw(socket, [bytes], { end: true })
        assert.match(answer, /^HTTP\/1.1 4\d\d /, JSON.stringify(bytes.slice(0, 60)))
      }
      yield* raw(socket, ["CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"], { end: true })
      yield* raw(socket, [""], { cut: true })
      assert.strictEqual((yield* remote.interrupt(Scripted.id)).effect, "done")
    })
  )

  it.live("never tells what broke inside, but to those who run the server", () =>
    Effect.gen(function* () {
      const reports: Array<readonly [string, string]> = []
      const handler = HttpHandler.make(
        Scripted.make({ list: () => Effect.die(new Error("secret of the store at line 7")) }),
        { report: (requestId, cause) => reports.push([requestId, Cause.pretty(cause)]) }
      )
      const response = yield* Effect.promise(() => handler(new Request("http://localhost/executions")))
      const text = yield* Effect.promise(() => response.text())
      assert.strictEqual(response.status, 500)
      const problem = JSON.parse(text) as { readonly code: string; readonly requestId: string }
      assert.strictEqual(problem.code, "internal-error")
      assert.notMatch(text, /secret/)
      assert.strictEqual(reports.length, 1)
      assert.strictEqual(reports[0]![0], problem.requestId)
      assert.match(reports[0]![1], /secret of the store/)
    })
  )
})

/** Writes bytes to a socket and answers what comes until it is closed. */
const raw = (
  socket: string,
  parts: ReadonlyArray<string>,
  options: { readonly end?: boolean; readonly cut?: boolean } = {}
): Effect.Effect<string> =>
  Bounded.within(
    Effect.callback<string>((resume) => {
      const connection = connect(socket)
      let text = ""
      connection.on("error", () => {})
      connection.on("data", (data) => (text += data.toString("latin1")))
      connection.on("close", () => resume(Effect.succeed(text)))
      for (const part of parts) connection.write(part)
      if (options.end === true) connection.end()
      if (options.cut === true) setImmediate(() => connection.destroy())
      return Effect.sync(() => connection.destroy())
    }),
    "the answer on the socket"
  )
