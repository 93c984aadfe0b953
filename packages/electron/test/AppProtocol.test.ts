import { Readable } from "node:stream"
import type { ReadableStream as NodeStream } from "node:stream/web"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { Bounded } from "@halte/engine/testing"
import { SecurityHeaders } from "@halte/http"
import * as Scripted from "../../http/test/support/Scripted.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as AppProtocol from "../src/main/AppProtocol.ts"
import { rejection, within } from "./support/Bridge.ts"
import * as DesktopPath from "./support/DesktopPath.ts"

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }
const json = { accept: "application/json" }

const textOf = (response: Response) => within(response.text(), "the text")

/** The problem that a response is, as a whole. */
const problemOf = (response: Response) =>
  Effect.map(textOf(response), (text) => {
    assert.strictEqual(response.headers.get("content-type"), "application/problem+json", text)
    const problem = JSON.parse(text) as Readonly<Record<string, unknown>>
    assert.strictEqual(problem["requestId"], response.headers.get("x-request-id"))
    assert.strictEqual(problem["status"], response.status)
    return problem
  })

/** A request of any address, also such as no constructor takes. */
const requestOf = (url: string, init?: RequestInit): Request =>
  Object.defineProperty(new Request(AppProtocol.origin, init), "url", { value: url })

describe("the scheme of the desktop", () => {
  it("has the privileges that the page needs, and no other: its policy holds, and no other origin reads it", () => {
    electronControl.reset()
    AppProtocol.registerScheme()
    assert.deepStrictEqual(electronControl.schemes, [
      { scheme: "halte", privileges: { standard: true, secure: true, supportFetchAPI: true } }
    ])
    assert.strictEqual(AppProtocol.origin, "halte://app")
  })
})

describe("the page's files", () => {
  it.live("are answered without the engine: a window has its page also when that is gone", () =>
    Effect.gen(function* () {
      const { ask, leave } = yield* DesktopPath.make(Scripted.make())
      leave("it ended")
      for (const path of [
        "",
        "/",
        "/?a=b",
        "/executions",
        `/executions/${Scripted.id}`,
        "/flows/release",
        "/command"
      ]) {
        const response = yield* ask(path, { headers: browser })
        assert.strictEqual(response.status, 200, path)
        assert.strictEqual(response.headers.get("content-type"), "text/html; charset=utf-8")
        assert.include(yield* textOf(response), "<title>Halte</title>")
      }
      const lost = yield* ask("/nothing", { headers: browser })
      assert.strictEqual(lost.status, 404)
      assert.include(yield* textOf(lost), "<title>Halte</title>")
      const asset = yield* ask("/assets/index-abc123.js")
      assert.strictEqual(asset.status, 200)
      assert.strictEqual(asset.headers.get("content-type"), "text/javascript; charset=utf-8")
      assert.include(asset.headers.get("cache-control") ?? "", "immutable")
      assert.strictEqual(yield* textOf(yield* ask("/sign.svg")), "<svg/>")
    })
  )

  it.live("are sent once when they are the same, and without a body to HEAD", () =>
    Effect.gen(function* () {
      const { ask } = yield* DesktopPath.make(Scripted.make())
      const first = yield* ask("/", { headers: browser })
      const again = yield* ask("/", { headers: { ...browser, "if-none-match": first.headers.get("etag")! } })
      assert.strictEqual(again.status, 304)
      assert.isNull(again.body)
      const head = yield* ask("/", { method: "HEAD", headers: browser })
      assert.strictEqual(head.status, 200)
      assert.isNull(head.body)
    })
  )

  it.live("are the only files: nothing else of the disk can be asked for, however it is spelled", () =>
    Effect.gen(function* () {
      const { answer } = yield* DesktopPath.make(Scripted.make())
      const tries = [
        "/../secret.txt",
        "/../../../../../../etc/passwd",
        "/%2e%2e/secret.txt",
        "/%2E%2E/secret.txt",
        "/.%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/%5c..%5csecret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/..\\..\\secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/sign.svg/../../secret.txt",
        "/sign.svg%00",
        "/secret.txt%00.svg",
        "/\u0000/secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/%252e%252e/secret.txt",
        "//secret.txt",
        "/.env",
        "/%2eenv",
        "/assets/../.env",
        "/assets/",
        "/assets",
        "/C:/secret.txt",
        "/%"
      ]
      for (const path of tries)
        for (const headers of [browser, json, {}]) {
          const response = yield* within(answer(requestOf(`${AppProtocol.origin}${path}`, { headers })), path)
          assert.include([400, 404], response.status, path)
          assert.notMatch(yield* textOf(response), /outside|hidden|root:/, path)
        }
      // What is only another spelling of a file's address is that file.
      const known = yield* within(answer(requestOf(`${AppProtocol.origin}/assets/../sign.svg`)), "the sign")
      assert.strictEqual(yield* textOf(known), "<svg/>")
    })
  )
})

describe("the addresses of a window", () => {
  it.live("are those of `halte://app`: links into the desktop and other hosts lead nowhere, and nothing is asked", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const answer = AppProtocol.make({
        page: yield* DesktopPath.page,
        engine: () => ({
          fetch: async (request) => {
            asked.push(request.url)
            return new Response("")
          }
        }),
        why: () => ""
      })
      for (const url of [
        `halte://execution/${Scripted.id}`,
        "halte://execution/../app/",
        "halte://app.example/",
        "halte://example.app/executions",
        "halte://app:80/executions",
        "halte://app:8080/",
        "halte://ada@app/executions",
        "halte://ada:secret@app/",
        "halte://app@example/",
        "halte://%61pp/",
        "halte:///executions",
        "halte:app/executions",
        "halte:/executions",
        "https://app/executions",
        "file:///etc/passwd"
      ])
        for (const headers of [browser, json]) {
          const response = yield* within(answer(requestOf(url, { headers })), url)
          assert.strictEqual(response.status, 404, url)
          assert.strictEqual((yield* problemOf(response))["code"], "unknown-route")
        }
      assert.deepStrictEqual(asked, [])
    })
  )

  it.live("are not for pages of other sites, whose requests come with an origin of theirs", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { ask } = yield* DesktopPath.make(engine)
      const from = (origin: string) => ({ method: "POST", headers: { origin } })
      const at = `/executions/${Scripted.id}/terminate`
      for (const origin of ["https://example.com", "halte://execution", "file://", "null", "halte://app.example"]) {
        const response = yield* ask(at, from(origin))
        assert.strictEqual(response.status, 403, origin)
        assert.strictEqual((yield* problemOf(response))["code"], "origin-not-allowed")
      }
      assert.deepStrictEqual(engine.asked, [])
      assert.strictEqual((yield* ask(at, from("halte://app"))).status, 202)
      assert.deepStrictEqual(engine.asked, [["terminate", Scripted.id, { source: "Desktop" }]])
    })
  )

  it.live("have the API, with its formats, validators and methods, but neither sessions nor metrics", () =>
    Effect.gen(function* () {
      const { ask } = yield* DesktopPath.make(Scripted.make())
      const list = yield* ask("/executions", { headers: json })
      assert.strictEqual(list.status, 200)
      assert.match(list.headers.get("vary") ?? "", /accept/i)
      assert.include(yield* textOf(list), Scripted.id)
      const known = { ...json, "if-none-match": list.headers.get("etag")! }
      const same = yield* ask("/executions", { headers: known })
      assert.strictEqual(same.status, 304)
      assert.isNull(same.body)
      const wrong = yield* ask("/executions", { method: "DELETE" })
      assert.strictEqual(wrong.status, 405)
      assert.strictEqual(wrong.headers.get("allow"), "GET, HEAD, OPTIONS")
      assert.strictEqual((yield* ask("/openapi.json")).status, 200)
      assert.strictEqual((yield* ask("/metrics")).status, 404)
      const session = yield* ask("/session", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"code":"x"}'
      })
      assert.strictEqual(session.status, 404)
      assert.isNull(session.headers.get("set-cookie"))
    })
  )

  it.live("refuse a body that is too large, as a server does", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { ask } = yield* DesktopPath.make(engine)
      const response = yield* ask(`/executions/${Scripted.id}/interrupt`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ reason: "x".repeat(1 << 20) })
      })
      assert.strictEqual(response.status, 413)
      assert.strictEqual((yield* problemOf(response))["code"], "body-too-large")
      assert.deepStrictEqual(engine.asked, [])
    })
  )
})

describe("every answer", () => {
  it.live("tells the page what it may do, and has the id of the request", () =>
    Effect.gen(function* () {
      const { answer, ask, leave } = yield* DesktopPath.make(Scripted.make())
      const big = { method: "POST", headers: { "content-type": "application/json" }, body: "x".repeat((1 << 20) + 1) }
      const first = yield* ask("/", { headers: browser })
      const answers: Array<readonly [string, Response]> = [
        ["a view", first],
        [
          "one that is known",
          yield* ask("/", { headers: { ...browser, "if-none-match": first.headers.get("etag")! } })
        ],
        ["an asset", yield* ask("/assets/index-abc123.js")],
        ["no asset", yield* ask("/assets/nothing.js")],
        ["nothing", yield* ask("/nothing", { headers: browser })],
        ["the API", yield* ask("/executions", { headers: json })],
        ["a page of the API", yield* ask("/docs", { headers: browser })],
        ["a refusal", yield* ask("/executions", { method: "DELETE" })],
        ["a stream", yield* ask(`/executions/${Scripted.id}/events`, { headers: { accept: "text/event-stream" } })],
        ["another host", yield* within(answer(requestOf("halte://execution/x")), "another host")],
        ["another origin", yield* ask("/executions", { headers: { origin: "https://example.com" } })],
        ["a large body", yield* ask("/executions/x/pause", big)]
      ]
      leave("it ended")
      answers.push(["no engine", yield* ask("/executions", { headers: json })])
      const seen = new Set<string>()
      for (const [what, { headers }] of answers) {
        for (const [name, value] of Object.entries(SecurityHeaders.all))
          assert.strictEqual(headers.get(name), value, `${name} of ${what}`)
        const id = headers.get("x-request-id") ?? ""
        assert.match(id, /^[\w-]{36}$/, what)
        seen.add(id)
      }
      assert.strictEqual(seen.size, answers.length)
      // `'self'` is `halte://app`: no script, style or request of anywhere else, and no script in a document.
      const policy = first.headers.get("content-security-policy") ?? ""
      assert.match(policy, /^default-src 'none'; script-src 'self';/)
      assert.notMatch(policy, /unsafe|\*|https?:/)
    })
  )

  it.live("keeps the id that the request came with, which the engine is told, too", () =>
    Effect.gen(function* () {
      const { ask, leave } = yield* DesktopPath.make(Scripted.make())
      const headers = { ...json, "x-request-id": "page-12345" }
      for (const path of ["/executions", "/sign.svg", "/nothing"])
        assert.strictEqual((yield* ask(path, { headers })).headers.get("x-request-id"), "page-12345", path)
      leave("it ended")
      const problem = yield* problemOf(yield* ask("/executions", { headers }))
      assert.strictEqual(problem["requestId"], "page-12345")
    })
  )

  it.live("is there also when the window itself fails", () =>
    Effect.gen(function* () {
      const answer = AppProtocol.make({
        page: yield* DesktopPath.page,
        engine: () => {
          throw new Error("no")
        },
        why: () => ""
      })
      const response = yield* within(answer(new Request("halte://app/executions", { headers: json })), "the answer")
      assert.strictEqual(response.status, 500)
      assert.strictEqual((yield* problemOf(response))["code"], "internal-error")
    })
  )
})

describe("an engine that is not there", () => {
  it.live("is a problem that says why, and what to do", () =>
    Effect.gen(function* () {
      const { ask, leave } = yield* DesktopPath.make(Scripted.make())
      leave("it was ended by SIGKILL.")
      for (const [path, method] of [
        ["/executions", "GET"],
        [`/executions/${Scripted.id}/interrupt`, "POST"]
      ] as const) {
        const response = yield* ask(path, { method, headers: json })
        assert.strictEqual(response.status, 503)
        assert.strictEqual(response.headers.get("retry-after"), "2")
        assert.strictEqual(response.headers.get("cache-control"), "no-store")
        const problem = yield* problemOf(response)
        assert.strictEqual(problem["code"], "executions-unavailable")
        assert.strictEqual(problem["type"], "/problems/executions-unavailable")
        assert.strictEqual(
          problem["detail"],
          "The engine can't be used: it was ended by SIGKILL. Restart it in the window; what ran then can be resumed."
        )
      }
    })
  )

  it.live("is asked again as soon as there is one", () =>
    Effect.gen(function* () {
      let engine: { readonly fetch: () => Promise<Response> } | undefined
      const answer = AppProtocol.make({ page: yield* DesktopPath.page, engine: () => engine, why: () => "it starts" })
      const ask = () => within(answer(new Request("halte://app/executions", { headers: json })), "the answer")
      assert.strictEqual((yield* ask()).status, 503)
      engine = { fetch: async () => new Response("[]") }
      assert.strictEqual((yield* ask()).status, 200)
      engine = undefined
      assert.strictEqual((yield* ask()).status, 503)
    })
  )

  it.live("while a request is under way is the same problem: no page hangs", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const never = Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)
      const { ask, leave } = yield* DesktopPath.make(Scripted.make({ get: () => never }))
      const asking = yield* Effect.forkChild(ask(`/executions/${Scripted.id}`, { headers: json }))
      yield* Bounded.within(Deferred.await(asked), "the request in the engine")
      leave("it was ended by SIGKILL")
      const response = yield* Fiber.join(asking)
      assert.strictEqual(response.status, 503)
      const problem = yield* problemOf(response)
      assert.strictEqual(problem["code"], "executions-unavailable")
      assert.include(String(problem["detail"]), "can't be used: it was ended by SIGKILL. Restart")
    })
  )

  it.live("says what is known where only its port has gone, or it gave no answer", () =>
    Effect.gen(function* () {
      const failing = AppProtocol.make({
        page: yield* DesktopPath.page,
        engine: () => ({ fetch: () => Promise.reject(new Error("the handler broke.")) }),
        why: () => "unused"
      })
      const broken = yield* within(failing(new Request("halte://app/executions", { headers: json })), "the answer")
      const { ask, bridge } = yield* DesktopPath.make(Scripted.make())
      bridge.answering.port.close()
      const gone = yield* ask("/executions", { headers: json })
      for (const [response, said] of [
        [broken, "can't be used: the handler broke. Restart"],
        [gone, "can't be used: the process at its other end has ended, or has closed it. Restart"]
      ] as const) {
        const problem = yield* problemOf(response)
        assert.strictEqual(problem["code"], "executions-unavailable")
        assert.include(String(problem["detail"]), said)
      }
    })
  )
})

// What Electron does with a response: a stream of Node around the body, read when it is readable, with listeners that
// are taken away before it is destroyed. An error that comes to such a stream without them ends the program.
const loaded = (response: Response) => {
  const stream = Readable.fromWeb(response.body as NodeStream<Uint8Array>)
  const seen: Array<string> = []
  let text = ""
  const listeners = {
    end: () => void seen.push("end"),
    error: (error: Error) => void seen.push(error.name),
    readable: () => {
      for (let part: unknown; (part = stream.read()) !== null;) text += String(part)
    }
  }
  for (const [name, listener] of Object.entries(listeners)) stream.on(name, listener)
  return {
    seen,
    text: () => text,
    leave: () => {
      for (const [name, listener] of Object.entries(listeners)) stream.removeListener(name, listener)
      stream.destroy()
    }
  }
}

describe("the streams of a window", () => {
  it.live("are as many as one has a use for: one more is refused as a server does, until another has ended", () =>
    Effect.gen(function* () {
      const { mostStreams } = AppProtocol
      const opened: Array<ReadableStreamDefaultController<Uint8Array>> = []
      const canceled: Array<unknown> = []
      const answer = AppProtocol.make({
        page: yield* DesktopPath.page,
        engine: () => ({
          fetch: async (request) => {
            if (!request.url.endsWith("/events")) return new Response("[]")
            const body = new ReadableStream<Uint8Array>({
              start: (controller) => void opened.push(controller),
              cancel: (reason) => void canceled.push(reason)
            })
            return new Response(body, { status: 203, headers: { "x-accel-buffering": "no", "x-of-engine": "yes" } })
          }
        }),
        why: () => ""
      })
      const at = (path: string) => within(answer(new Request(`halte://app${path}`, { headers: json })), path)
      const open = Effect.suspend(() => at(`/executions/${Scripted.id}/events`))
      const all: Array<Response> = []
      for (let n = 0; n < mostStreams; n++) all.push(yield* open)
      assert.deepStrictEqual([all[0]!.status, all[0]!.headers.get("x-of-engine")], [203, "yes"])
      const refused = Effect.gen(function* () {
        const response = yield* open
        assert.strictEqual(response.status, 429)
        const problem = yield* problemOf(response)
        assert.strictEqual(problem["code"], "too-many-streams")
        assert.include(String(problem["detail"]), `This window has ${mostStreams} streams open`)
        // What was not taken is ended in the engine.
        assert.strictEqual(canceled.length, 1)
        canceled.length = 0
      })
      yield* refused
      // All else is answered.
      assert.strictEqual((yield* at("/executions")).status, 200)
      const [first, second, third] = all.map(({ body }) => body!)
      // Its reader goes, which is said to the engine, and counts once.
      yield* Effect.promise(() => first!.cancel("gone"))
      assert.deepStrictEqual(canceled.splice(0), ["gone"])
      assert.strictEqual((yield* open).status, 203)
      yield* refused
      // It ends.
      opened[1]!.enqueue(new TextEncoder().encode("last"))
      opened[1]!.close()
      assert.strictEqual(yield* within(new Response(second!).text(), "the end"), "last")
      assert.strictEqual((yield* open).status, 203)
      yield* refused
      // It breaks.
      opened[2]!.error(new Error("broken"))
      assert.match(String(yield* rejection(new Response(third!).text(), "a stream that broke")), /broken/)
      assert.strictEqual((yield* open).status, 203)
      yield* refused
    })
  )
})

describe("a stream that Electron reads", () => {
  const following = Effect.gen(function* () {
    let followed = 0
    const engine = Scripted.make({
      events: () => Stream.never.pipe(Stream.ensuring(Effect.sync(() => void followed--)))
    })
    const path = yield* DesktopPath.make(engine)
    const open = Effect.gen(function* () {
      followed++
      const response = yield* path.ask(`/executions/${Scripted.id}/events`, {
        headers: { accept: "text/event-stream" }
      })
      const page = loaded(response)
      yield* Bounded.eventually(() => page.text().includes("retry:"), "the first words")
      return page
    })
    return { path, open, followed: () => followed }
  })

  it.live("ends in the engine when the page goes away; what happens to the engine then is nobody's error", () =>
    Effect.gen(function* () {
      const { followed, open, path } = yield* following
      const pages = [yield* open, yield* open]
      for (const page of pages) page.leave()
      yield* Bounded.eventually(() => followed() === 0, "nobody to follow", 15_000)
      path.leave("it ended")
      yield* Bounded.turns(20)
      for (const page of pages) assert.deepStrictEqual(page.seen, [])
    })
  )

  it.live("fails when the engine goes away, also where the page leaves in the same moment", () =>
    Effect.gen(function* () {
      const { open, path } = yield* following
      const stays = yield* open
      const leaves = yield* open
      path.leave("it ended")
      leaves.leave()
      yield* Bounded.eventually(() => stays.seen.length > 0, "the error")
      yield* Bounded.turns(20)
      assert.deepStrictEqual(stays.seen, ["PortClosed"])
      assert.deepStrictEqual(leaves.seen, [])
    })
  )

  it.live("that nobody reads at all fails for nobody", () =>
    Effect.gen(function* () {
      const { path } = yield* following
      const headers = { accept: "text/event-stream" }
      const response = yield* path.ask(`/executions/${Scripted.id}/events`, { headers })
      path.leave("it ended")
      yield* Bounded.turns(20)
      assert.include(String(yield* rejection(response.text(), "the text")), "PortClosed")
    })
  )
})
