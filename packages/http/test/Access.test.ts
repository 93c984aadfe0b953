import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const { json, problemOf } = OnPort
const interrupt = `/executions/${Scripted.id}/interrupt`

const expectRefused = (response: Response, status: number, code: string) =>
  Effect.gen(function* () {
    const problem = yield* problemOf(response)
    assert.strictEqual(response.status, status, JSON.stringify(problem))
    assert.strictEqual(problem.code, code)
    return problem
  })

describe("the token", () => {
  it.live("is wanted for everything that holds data, by reading and by commands alike", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { ask } = yield* OnPort.make(engine)
      for (const path of ["/executions", `/executions/${Scripted.id}`, "/flows", "/server", "/metrics", "/nothing"]) {
        const response = yield* ask(path)
        yield* expectRefused(response, 401, "unauthorized")
        assert.strictEqual(response.headers.get("www-authenticate"), 'Bearer realm="halte"')
      }
      for (const path of [interrupt, "/flows/release/executions", "/session/codes"])
        yield* expectRefused(yield* ask(path, json({})), 401, "unauthorized")
      assert.deepStrictEqual(engine.asked, [])
    })
  )

  it.live("lets in who shows it, in any spelling of the scheme; an empty command needs no type then", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { ask, server, tell } = yield* OnPort.make(engine)
      const token = Redacted.value(server.token)
      for (const scheme of ["Bearer", "bearer", "BEARER"])
        assert.strictEqual(
          (yield* ask("/executions", { headers: { authorization: `${scheme} ${token}` } })).status,
          200
        )
      assert.strictEqual((yield* tell(interrupt, { method: "POST" })).status, 202)
      assert.deepInclude(engine.asked[0]![2] as object, { source: "Http" })
    })
  )

  it.live("has 32 random bytes, another one for each server", () =>
    Effect.gen(function* () {
      const one = yield* OnPort.make(Scripted.make())
      const other = yield* OnPort.make(Scripted.make())
      const token = Redacted.value(one.server.token)
      assert.strictEqual(Buffer.from(token, "base64url").byteLength, 32)
      assert.notStrictEqual(token, Redacted.value(other.server.token))
      yield* expectRefused(yield* other.ask("/executions", { headers: one.bearer }), 401, "unauthorized")
    })
  )

  it.live("is refused when it is wrong, near, of another scheme, or twice; no answer and no log has it", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const { ask, server, signIn } = yield* OnPort.make(Scripted.make(), {
        log: (entry) => logged.push(JSON.stringify(entry))
      })
      const token = Redacted.value(server.token)
      const cookie = yield* signIn
      const wrong = [
        `Bearer ${token.slice(0, -1)}`,
        `Bearer ${token}x`,
        `Bearer ${token.toUpperCase()}`,
        `Basic ${Buffer.from(`user:${token}`).toString("base64")}`,
        token,
        "Bearer",
        "Bearer ",
        `Bearer ${token}, Bearer ${token}`,
        `Bearer ${"x".repeat(5000)}`
      ]
      for (const authorization of wrong) {
        // A cookie makes no wrong token right.
        const problem = yield* expectRefused(
          yield* ask("/executions?token=1", { headers: { authorization, cookie } }),
          401,
          "unauthorized"
        )
        assert.notInclude(JSON.stringify(problem).toLowerCase(), token.slice(0, 10).toLowerCase())
      }
      for (const line of logged) {
        assert.notInclude(line, token)
        assert.notInclude(line, "?")
      }
      assert.notInclude(JSON.stringify(server), token)
    })
  )

  it.live("can be given, unless it is so short that it can be guessed", () =>
    Effect.gen(function* () {
      const { ask } = yield* OnPort.make(Scripted.make(), { token: Redacted.make("my-own.token~of+16/letters==") })
      const headers = { authorization: "Bearer my-own.token~of+16/letters==" }
      assert.strictEqual((yield* ask("/executions", { headers })).status, 200)
      for (const bad of ["", "guessed", "with spaces in it, which no header takes", "ümlaut-ümlaut-ümlaut"]) {
        const error = yield* Effect.flip(OnPort.make(Scripted.make(), { token: Redacted.make(bad) }))
        assert.strictEqual(error.code, "token-invalid")
        if (bad !== "") assert.notInclude(error.message, bad)
      }
    })
  )

  it.live("what holds no data needs none: the page, its files, and whether the server lives", () =>
    Effect.gen(function* () {
      const { ask } = yield* OnPort.make(Scripted.make())
      const html = { headers: { accept: "text/html" } }
      for (const path of ["/", "/executions", "/executions/X", "/flows", "/flows/x", "/command"])
        assert.match((yield* ask(path, html)).headers.get("content-type") ?? "", /^text\/html/)
      for (const path of ["/assets/index-abc123.js", "/sign.svg", "/health/live", "/health/ready"])
        assert.strictEqual((yield* ask(path)).status, 200, path)
    })
  )
})

describe("a session", () => {
  it.live("begins with a code, for a cookie that no script and no other site gets", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { ask, code, port } = yield* OnPort.make(engine)
      const response = yield* ask("/session", json({ code: code() }))
      assert.strictEqual(response.status, 204)
      const cookie = response.headers.get("set-cookie") ?? ""
      assert.match(cookie, new RegExp(`^halte-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`))
      const headers = { cookie: `theme=dark; ${cookie.split(";")[0]}` }
      assert.strictEqual((yield* ask("/executions", { headers })).status, 200)
    })
  )

  it.live("counts as the page, whatever a command states: a browser can't pass for another door", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { ask, signIn } = yield* OnPort.make(engine)
      const cookie = yield* signIn
      yield* ask(interrupt, json({}, { cookie }))
      yield* ask(interrupt, json({ source: "Cli", by: "ada" }, { cookie }))
      assert.deepStrictEqual(
        engine.asked.map(([, , request]) => request),
        [{ source: "Page" }, { source: "Page", by: "ada" }]
      )
    })
  )

  it.live("a code works once", () =>
    Effect.gen(function* () {
      const { ask, code } = yield* OnPort.make(Scripted.make())
      const once = code()
      assert.strictEqual((yield* ask("/session", json({ code: once }))).status, 204)
      yield* expectRefused(yield* ask("/session", json({ code: once })), 401, "unauthorized")
      // Also when two come at once.
      const twice = code()
      const both = yield* Effect.all([ask("/session", json({ code: twice })), ask("/session", json({ code: twice }))], {
        concurrency: 2
      })
      assert.deepStrictEqual(both.map(({ status }) => status).sort(), [204, 401])
    })
  )

  it.effect("a code expires after ten minutes; the first one, which was printed at the start, waits", () =>
    Effect.gen(function* () {
      const { ask, code } = yield* OnPort.make(Scripted.make())
      const printed = code()
      const [late, inTime] = [code(), code()]
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual((yield* ask("/session", json({ code: inTime }))).status, 204)
      yield* TestClock.adjust("1 second")
      yield* expectRefused(yield* ask("/session", json({ code: late })), 401, "unauthorized")
      yield* TestClock.adjust("30 days")
      assert.strictEqual((yield* ask("/session", json({ code: printed }))).status, 204)
    })
  )

  it.effect("ends when nobody uses it for a week", () =>
    Effect.gen(function* () {
      const { ask, signIn } = yield* OnPort.make(Scripted.make())
      const headers = { cookie: yield* signIn }
      for (let i = 0; i < 3; i++) {
        yield* TestClock.adjust("6 days")
        assert.strictEqual((yield* ask("/executions", { headers })).status, 200)
      }
      yield* TestClock.adjust("8 days")
      yield* expectRefused(yield* ask("/executions", { headers }), 401, "unauthorized")
    })
  )

  it.live("is one of a hundred: one more ends the one that was used longest ago", () =>
    Effect.gen(function* () {
      const { ask, signIn } = yield* OnPort.make(Scripted.make())
      const [first, second] = [yield* signIn, yield* signIn]
      assert.strictEqual((yield* ask("/executions", { headers: { cookie: first } })).status, 200)
      for (let i = 0; i < 99; i++) yield* signIn
      assert.strictEqual((yield* ask("/executions", { headers: { cookie: first } })).status, 200)
      assert.strictEqual((yield* ask("/executions", { headers: { cookie: second } })).status, 401)
    })
  )

  it.live("ends by signing out, and its cookie goes; signing out of nothing is no error", () =>
    Effect.gen(function* () {
      const { ask, port, signIn } = yield* OnPort.make(Scripted.make())
      const headers = { cookie: yield* signIn }
      const response = yield* ask("/session", { method: "DELETE", headers })
      assert.strictEqual(response.status, 204)
      assert.strictEqual(
        response.headers.get("set-cookie"),
        `halte-${port}=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/`
      )
      yield* expectRefused(yield* ask("/executions", { headers }), 401, "unauthorized")
      assert.strictEqual((yield* ask("/session", { method: "DELETE" })).status, 204)
    })
  )

  it.live("is replaced when its browser signs in again", () =>
    Effect.gen(function* () {
      const { ask, code, signIn } = yield* OnPort.make(Scripted.make())
      const cookie = yield* signIn
      assert.strictEqual((yield* ask("/session", json({ code: code() }, { cookie }))).status, 204)
      yield* expectRefused(yield* ask("/executions", { headers: { cookie } }), 401, "unauthorized")
    })
  )

  it.live("two browsers have one each; a cookie of another port, or a made-up one, is none", () =>
    Effect.gen(function* () {
      const { ask, port, signIn } = yield* OnPort.make(Scripted.make())
      const other = yield* OnPort.make(Scripted.make())
      const [a, b, foreign] = [yield* signIn, yield* signIn, yield* other.signIn]
      assert.notStrictEqual(a, b)
      yield* ask("/session", { method: "DELETE", headers: { cookie: a } })
      assert.strictEqual((yield* ask("/executions", { headers: { cookie: b } })).status, 200)
      const value = foreign.split("=")[1]
      for (const cookie of [foreign, `halte-${port}=${value}`, `halte-${port}=`, `halte-${port}`, `xhalte-${port}=1`])
        yield* expectRefused(yield* ask("/executions", { headers: { cookie } }), 401, "unauthorized")
      // One that another path of this host has put before it is no hindrance.
      const cookie = `halte-${port}=tossed; ${b}`
      assert.strictEqual((yield* ask("/executions", { headers: { cookie } })).status, 200)
    })
  )

  it.live("goes back by TLS only where it began by TLS, behind a proxy", () =>
    Effect.gen(function* () {
      const { code, raw } = yield* OnPort.make(Scripted.make(), { hosts: ["https://halte.example.org"] })
      const body = JSON.stringify({ code: code() })
      const { headers, status } = yield* raw(
        `POST /session HTTP/1.1\r\nHost: halte.example.org\r\nOrigin: https://halte.example.org\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
      )
      assert.strictEqual(status, 204)
      assert.match(headers.get("set-cookie") ?? "", /; Secure$/)
    })
  )
})

describe("a code", () => {
  it.live("is short, of 128 random bits, behind the `#` of an address, and leads to a page", () =>
    Effect.gen(function* () {
      const { server } = yield* OnPort.make(Scripted.make())
      const urls = [server.signInUrl(), server.signInUrl("/executions/X?view=graph")].map((url) => new URL(url))
      assert.strictEqual(urls[1]!.pathname + urls[1]!.search, "/executions/X?view=graph")
      for (const { hash, origin } of urls) {
        assert.strictEqual(origin, server.url)
        assert.match(hash, /^#code=[\w-]{22}$/)
      }
      assert.notStrictEqual(urls[0]!.hash, urls[1]!.hash)
    })
  )

  it.live("is given to who has the token, with its address and its end; not to a browser", () =>
    Effect.gen(function* () {
      const { ask, server, signIn, tell } = yield* OnPort.make(Scripted.make())
      const response = yield* tell("/session/codes", json({ path: "/flows" }))
      assert.strictEqual(response.status, 201)
      const given = (yield* Effect.promise(() => response.json())) as { code: string; url: string; expiresAt: number }
      assert.strictEqual(given.url, `${server.url}/flows#code=${given.code}`)
      assert.isTrue(Number.isInteger(given.expiresAt))
      assert.strictEqual((yield* ask("/session", json({ code: given.code }))).status, 204)
      const cookie = yield* signIn
      yield* expectRefused(yield* ask("/session/codes", json({}, { cookie })), 401, "unauthorized")
    })
  )

  it.live("leads to a page of this server only", () =>
    Effect.gen(function* () {
      const { tell } = yield* OnPort.make(Scripted.make())
      for (const path of ["//evil.example", "/\\evil.example", "https://evil.example", "flows", "/a#b", "/a\r\nb", ""])
        yield* expectRefused(yield* tell("/session/codes", json({ path })), 422, "invalid-request")
    })
  )

  it.live("does not push the printed one out, however many are asked for", () =>
    Effect.gen(function* () {
      const { ask, code, tell } = yield* OnPort.make(Scripted.make())
      const printed = code()
      const codes: Array<string> = []
      for (let i = 0; i < 105; i++) {
        const response = yield* tell("/session/codes", json({}))
        codes.push(((yield* Effect.promise(() => response.json())) as { code: string }).code)
      }
      assert.strictEqual((yield* ask("/session", json({ code: printed }))).status, 204)
      assert.strictEqual((yield* ask("/session", json({ code: codes[104]! }))).status, 204)
      assert.strictEqual((yield* ask("/session", json({ code: codes[0]! }))).status, 401)
    })
  )

  it.live("who guesses is answered later and later; who knows is not held up", () =>
    Effect.gen(function* () {
      const { ask, code, tell } = yield* OnPort.make(Scripted.make())
      const timed = <A>(effect: Effect.Effect<A>) =>
        Effect.suspend(() => {
          const before = performance.now()
          return Effect.map(effect, (answer) => ({ answer, millis: performance.now() - before }))
        })
      const guesses = yield* Effect.all(
        Array.from({ length: 16 }, (_, i) => timed(ask("/session", json({ code: `guess-${i}` })))),
        { concurrency: 16 }
      )
      for (const { answer } of guesses) assert.strictEqual(answer.status, 401)
      const slowest = Math.max(...guesses.map(({ millis }) => millis))
      assert.isAtLeast(slowest, 450)
      const wrong = yield* timed(ask("/executions", { headers: { authorization: "Bearer guess" } }))
      assert.isAtLeast(wrong.millis, 450)
      assert.strictEqual((yield* tell("/executions")).status, 200)
      assert.strictEqual((yield* ask("/session", json({ code: code() }))).status, 204)
    })
  )
})
