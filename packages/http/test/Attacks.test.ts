import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Bounded } from "@halte/engine/testing"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const interrupt = `/executions/${Scripted.id}/interrupt`

interface Sent {
  readonly method?: string
  readonly target?: string
  /** Lines between the first one and the body; `Host` too. */
  readonly lines: ReadonlyArray<string>
  readonly body?: string
}

const toText = ({ body = "", lines, method = "GET", target = "/executions" }: Sent): string =>
  [`${method} ${target} HTTP/1.1`, ...lines, "Connection: close", "", body].join("\r\n")

const withJson = (body: string): ReadonlyArray<string> => [
  "Content-Type: application/json",
  `Content-Length: ${Buffer.byteLength(body)}`
]

/** A server, its token as a line, and what is expected of an answer. */
const victim = Effect.gen(function* () {
  const engine = Scripted.make()
  const on = yield* OnPort.make(engine, { hosts: ["halte.example.org", "lan.example:9000", "https://tls.example"] })
  const cookie = yield* on.signIn
  const send = (sent: Sent) => on.raw(toText(sent))
  const expect = (sent: Sent, status: number, code: string | undefined, what: string) =>
    Effect.map(send(sent), (answer) => {
      assert.strictEqual(answer.status, status, `${what}: ${answer.text.slice(0, 300)}`)
      if (code === undefined) return answer
      assert.strictEqual(answer.headers.get("content-type"), "application/problem+json", what)
      assert.strictEqual((JSON.parse(answer.body) as { code: string }).code, code, what)
      assert.isNotNull(answer.headers.get("x-request-id"), what)
      for (const name of answer.headers.keys()) assert.notMatch(name, /^access-control-/, what)
      return answer
    })
  return {
    ...on,
    engine,
    expect,
    host: `Host: 127.0.0.1:${on.port}`,
    token: `Authorization: ${on.bearer.authorization}`,
    cookie: `Cookie: ${cookie}`
  }
})

describe("DNS rebinding", () => {
  it.live("is refused: a name that is not the server's own is answered 403, with the token and the cookie too", () =>
    Effect.gen(function* () {
      const { cookie, engine, expect, port, token } = yield* victim
      const hosts = [
        `evil.example:${port}`,
        "evil.example",
        `127.0.0.1.evil.example:${port}`,
        `localhost.evil.example:${port}`,
        // Another port of this machine is another server.
        "127.0.0.1",
        `127.0.0.1:${port + 1}`,
        "localhost:80",
        `0.0.0.0:${port}`,
        `[::]:${port}`,
        // What parsers of addresses take for it.
        `localhost.:${port}`,
        `127.1:${port}`,
        `2130706433:${port}`,
        `0x7f000001:${port}`,
        `[0:0:0:0:0:0:0:1]:${port}`,
        `[::ffff:127.0.0.1]:${port}`,
        `127.0.0.1:0${port}`,
        `127.0.0.1:${port}:${port}`,
        // A user before an `@`, a path, a scheme, a list, nothing.
        `evil.example@127.0.0.1:${port}`,
        `127.0.0.1:${port}@evil.example`,
        `evil.example/127.0.0.1:${port}`,
        `evil.example#127.0.0.1:${port}`,
        `evil.example\\127.0.0.1:${port}`,
        `http://127.0.0.1:${port}`,
        `127.0.0.1:${port}, evil.example`,
        `127.0.0.1:${port} evil.example`,
        `127.0.0.1%00:${port}`,
        `loc\xe4lhost:${port}`,
        `127.0.0.1:${port}/`,
        ":",
        `:${port}`,
        // Names that were allowed, with another port or another name around them.
        "halte.example.org:81",
        `sub.halte.example.org:${port}`,
        "lan.example",
        `lan.example:${port}`,
        "tls.example:80"
      ]
      for (const host of hosts)
        for (const proof of [token, cookie])
          yield* expect({ lines: [`Host: ${host}`, proof] }, 403, "host-not-allowed", host)
      // What is public is refused, too, and so are streams.
      for (const target of ["/", "/health/live", "/assets/index-abc123.js", `/executions/${Scripted.id}/events`])
        yield* expect({ target, lines: [`Host: evil.example:${port}`, token] }, 403, "host-not-allowed", target)
      assert.deepStrictEqual(engine.asked, [])
    })
  )

  it.live("does not shut out those who use one of its names", () =>
    Effect.gen(function* () {
      const { expect, port, token } = yield* victim
      for (const host of [
        `127.0.0.1:${port}`,
        `localhost:${port}`,
        `LocalHost:${port}`,
        `[::1]:${port}`,
        // As proxies send the name.
        "halte.example.org",
        "HALTE.example.org",
        "halte.example.org:80",
        "halte.example.org:443",
        `halte.example.org:${port}`,
        "lan.example:9000",
        "tls.example",
        "tls.example:443"
      ])
        yield* expect({ lines: [`Host: ${host}`, token] }, 200, undefined, host)
    })
  )

  it.live("is not made possible by no `Host`, two of them, or an address in the first line", () =>
    Effect.gen(function* () {
      const { expect, host, port, raw, token } = yield* victim
      const evil = `Host: evil.example:${port}`
      yield* expect({ lines: [token] }, 400, "malformed-request", "none")
      yield* expect({ lines: ["Host:", token] }, 403, "host-not-allowed", "an empty one")
      yield* expect({ lines: [host, host, token] }, 400, "malformed-request", "two of the same")
      yield* expect({ lines: [host, evil, token] }, 400, "malformed-request", "a good one first")
      yield* expect({ lines: [evil, host, token] }, 400, "malformed-request", "a bad one first")
      for (const target of [
        `http://127.0.0.1:${port}/executions`,
        `http://evil.example:${port}/executions`,
        "executions",
        "*",
        `evil.example:${port}`
      ]) {
        const method = target === "*" ? "OPTIONS" : "GET"
        yield* expect({ method, target, lines: [host, token] }, 400, "malformed-request", target)
      }
      // An address of the net in the path is a path.
      yield* expect({ target: "//evil.example/executions", lines: [host, token] }, 404, "unknown-route", "two slashes")
      const old = yield* raw(`GET /executions HTTP/1.0\r\n${token}\r\n\r\n`)
      assert.strictEqual(old.status, 400)
    })
  )
})

describe("an address that looks public", () => {
  it.live("lets nobody in: what is decided is decided about the address that is served", () =>
    Effect.gen(function* () {
      const { engine, host, raw } = yield* victim
      for (const prefix of ["/docs", "/problems", "/health", "/health/live", "/assets", "/session", "/openapi.json"])
        for (const up of ["/..", "/%2e%2e", "/.%2E", "\\..", "/x/../..", "/..;", "/..%2f..", "/../", "/.."])
          for (const target of [`${prefix}${up}/executions`, `${prefix}${up}${interrupt}`, `/executions/${prefix}`]) {
            const method = target.endsWith("/interrupt") ? "POST" : "GET"
            const lines = [host, "Content-Type: application/json", "Content-Length: 2", "Accept: text/css"]
            const answer = yield* raw(toText({ method, target, lines, body: "{}" }))
            assert.isTrue(answer.status >= 400 && answer.status < 500, `${target}: ${answer.text}`)
            assert.notInclude(answer.body, `"flow":`)
          }
      for (const target of ["/EXECUTIONS", "/executions/", "//executions", "/executions//", "/Executions?limit=1"]) {
        const answer = yield* raw(toText({ target, lines: [host] }))
        assert.strictEqual(answer.status, 401, target)
      }
      assert.deepStrictEqual(engine.asked, [])
    })
  )
})

describe("a page of another site", () => {
  it.live("can ask nothing: its `Origin` is refused, `null` as well, for reading as for commands", () =>
    Effect.gen(function* () {
      const { cookie, engine, expect, host, port, token } = yield* victim
      for (const origin of [
        "http://evil.example",
        `http://evil.example:${port}`,
        `https://127.0.0.1:${port}`,
        `http://127.0.0.1:${port + 1}`,
        "http://127.0.0.1",
        "http://localhost",
        "null",
        "",
        "file://",
        "chrome-extension://abcdef",
        `http://127.0.0.1:${port}.evil.example`,
        `http://127.0.0.1:${port}/`,
        `http://127.0.0.1:${port}, http://evil.example`,
        `http://user@127.0.0.1:${port}`,
        "http://tls.example"
      ])
        for (const proof of [token, cookie]) {
          const lines = [host, proof, `Origin: ${origin}`]
          yield* expect({ lines }, 403, "origin-not-allowed", `GET ${origin}`)
          const post = { method: "POST", target: interrupt, body: "{}", lines: [...lines, ...withJson("{}")] }
          yield* expect(post, 403, "origin-not-allowed", `POST ${origin}`)
        }
      assert.deepStrictEqual(engine.asked, [])
    })
  )

  it.live("can't have its preflight answered: nothing allows anything", () =>
    Effect.gen(function* () {
      const { expect, host } = yield* victim
      const lines = [
        host,
        "Origin: http://evil.example",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: authorization,content-type",
        "Access-Control-Request-Private-Network: true"
      ]
      yield* expect({ method: "OPTIONS", target: interrupt, lines }, 403, "origin-not-allowed", "foreign")
      const { headers } = yield* expect({ method: "OPTIONS", target: interrupt, lines: [host] }, 401, undefined, "own")
      for (const name of headers.keys()) assert.notMatch(name, /^access-control-/)
    })
  )

  it.live(
    "is known by `Sec-Fetch-Site`, where there is no `Origin`: it changes nothing, and gets nothing by the cookie",
    () =>
      Effect.gen(function* () {
        const { cookie, engine, expect, host, token } = yield* victim
        for (const site of ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, cross-site"]) {
          const fetched = `Sec-Fetch-Site: ${site}`
          const post = (proof: string) => ({
            method: "POST",
            target: interrupt,
            body: "{}",
            lines: [host, proof, fetched, ...withJson("{}")]
          })
          yield* expect(post(cookie), 403, "origin-not-allowed", site)
          yield* expect(post(token), 403, "origin-not-allowed", site)
          // As an image or a script of that page asks.
          yield* expect({ lines: [host, cookie, fetched] }, 403, "origin-not-allowed", site)
          const target = `/executions/${Scripted.id}/events`
          yield* expect({ target, lines: [host, cookie, fetched] }, 403, "origin-not-allowed", site)
          yield* expect(
            { method: "DELETE", target: "/session", lines: [host, cookie, fetched] },
            403,
            "origin-not-allowed",
            site
          )
        }
        assert.deepStrictEqual(engine.asked, [])
        for (const site of ["same-origin", "none"])
          yield* expect({ lines: [host, cookie, `Sec-Fetch-Site: ${site}`] }, 200, undefined, site)
      })
  )

  it.live("may lead a person here: a link shows the page, which asks for itself then", () =>
    Effect.gen(function* () {
      const { expect, host } = yield* victim
      const lines = [host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Accept: text/html,*/*;q=0.8"]
      const { body } = yield* expect({ lines }, 200, undefined, "a link")
      assert.match(body, /<!doctype html>/)
    })
  )

  it.live("can't send a form: what is no JSON by its type is 415, with the cookie even when it is empty", () =>
    Effect.gen(function* () {
      const { cookie, engine, expect, host, port } = yield* victim
      const own = `Origin: http://127.0.0.1:${port}`
      const body = '{"reason":"x="}'
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonx",
        ""
      ])
        for (const text of [body, ""]) {
          const lines = [host, own, cookie, `Content-Type: ${type}`, `Content-Length: ${text.length}`]
          const form = { method: "POST", target: interrupt, body: text, lines }
          yield* expect(form, 415, "unsupported-media-type", `${type} ${text}`)
          yield* expect({ ...form, target: "/session" }, 415, "unsupported-media-type", `${type} ${text}`)
        }
      yield* expect(
        { method: "POST", target: interrupt, lines: [host, own, cookie, "Content-Length: 0"] },
        415,
        "unsupported-media-type",
        "no type"
      )
      assert.deepStrictEqual(engine.asked, [])
    })
  )
})

describe("a request that two servers would read in two ways", () => {
  it.live("is refused, and nothing after it on the connection is taken for a request", () =>
    Effect.gen(function* () {
      const { engine, host, raw, token } = yield* victim
      const hidden = `POST ${interrupt} HTTP/1.1\r\n${host}\r\n${token}\r\nContent-Length: 0\r\n\r\n`
      const post = (...lines: ReadonlyArray<string>) =>
        `POST /executions/X/pause HTTP/1.1\r\n${[host, token, "Content-Type: application/json", ...lines].join("\r\n")}\r\n\r\n`
      const smuggled = [
        post("Content-Length: 4", "Transfer-Encoding: chunked") + `0\r\n\r\n${hidden}`,
        post("Transfer-Encoding: chunked", "Content-Length: 4") + `0\r\n\r\n${hidden}`,
        post("Content-Length: 2", "Content-Length: 40") + `{}${hidden}`,
        post("Content-Length: 2, 40") + `{}${hidden}`,
        post("Content-Length: +2") + `{}${hidden}`,
        post("Content-Length: 0x2") + `{}${hidden}`,
        post("Content-Length: -1") + `{}${hidden}`,
        post("Content-Length : 2") + `{}${hidden}`,
        post("Transfer-Encoding: xchunked") + `0\r\n\r\n${hidden}`,
        post("Transfer-Encoding : chunked") + `0\r\n\r\n${hidden}`,
        post("Transfer-Encoding: chunked, identity") + `0\r\n\r\n${hidden}`,
        post("Transfer-Encoding: chunked") + `-1\r\n\r\n${hidden}`,
        post("Transfer-Encoding: chunked") + `2;a\r\r\n{}\r\n0\r\n\r\n${hidden}`,
        post("X: a\r\n folded: Content-Length: 2", "Content-Length: x") + `{}${hidden}`,
        post("X\0: 1") + hidden,
        post("X: \x01\0") + hidden,
        `POST /executions/X/pause HTTP/1.1\n${host}\n${token}\nContent-Length: 2\n\n{}${hidden}`
      ]
      for (const text of smuggled) {
        const answer = yield* raw(text)
        assert.isTrue(answer.status >= 400 && answer.status < 500, `${JSON.stringify(text)}: ${answer.text}`)
        assert.strictEqual(answer.headers.get("content-type"), "application/problem+json")
        assert.strictEqual(answer.text.match(/HTTP\/1\.1 /g)?.length, 1, answer.text)
      }
      assert.deepStrictEqual(engine.asked, [])
    })
  )

  it.live("is not made of the body of a refused one: what follows a refusal is read as what it is", () =>
    Effect.gen(function* () {
      const { engine, host, port, raw, token } = yield* victim
      const inner = `POST ${interrupt} HTTP/1.1\r\n${host}\r\n${token}\r\nContent-Length: 0\r\n\r\n`
      const refused = `POST ${interrupt} HTTP/1.1\r\nHost: evil.example:${port}\r\nContent-Type: application/json\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`
      const answer = yield* raw(`${refused}GET /health/live HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`)
      assert.deepStrictEqual(
        [...answer.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
        ["403", "200"]
      )
      assert.deepStrictEqual(engine.asked, [])
    })
  )
})

describe("odd and large requests", () => {
  it.live("get a 4xx problem and never a 5xx, whatever their address is", () =>
    Effect.gen(function* () {
      const { host, raw, token } = yield* victim
      for (const target of [
        `/${"a".repeat(10_000)}`,
        `/executions/${"a".repeat(10_000)}`,
        `/executions/${"%41".repeat(3_000)}`,
        `/flows/${"x/".repeat(4_000)}`,
        `/executions?${"status=x&".repeat(1_000)}`,
        "/executions/%",
        "/executions/%00",
        "/executions/%C0%AF",
        "/executions/..%2f..%2f..%2fetc%2fpasswd",
        "/../../../etc/passwd",
        "/..%2f..%2f.env",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/\\..\\..\\secret.txt",
        "/assets/../.env",
        "/assets/..%2f.env",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..\\..\\secret.txt",
        "/assets//index-abc123.js",
        "/assets/",
        "/.env",
        "/.git/config",
        "/index.html/..",
        "/session/../executions/X",
        "/\xff\xfe",
        "/?\xff=\xff"
      ]) {
        const answer = yield* raw(toText({ target, lines: [host, token] }))
        assert.isTrue(
          answer.status >= 400 && answer.status < 500,
          `${target.slice(0, 60)}: ${answer.text.slice(0, 200)}`
        )
        assert.strictEqual(answer.headers.get("content-type"), "application/problem+json", target.slice(0, 60))
        assert.notMatch(answer.body, /hidden|outside|root:/)
      }
    })
  )

  it.live("are refused with 431 when their headers are larger than 16 KiB, in one or in many", () =>
    Effect.gen(function* () {
      const { expect, host, token } = yield* victim
      yield* expect({ lines: [host, token, `X: ${"y".repeat(17_000)}`] }, 431, "headers-too-large", "one")
      const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: y`)
      yield* expect({ lines: [host, token, ...many] }, 431, "headers-too-large", "many")
      yield* expect({ target: `/${"a".repeat(20_000)}`, lines: [host, token] }, 431, "headers-too-large", "the address")
      yield* expect({ lines: [host, token, `Cookie: ${"a=b; ".repeat(2_000)}`] }, 200, undefined, "still small enough")
    })
  )

  it.live("are refused with 413 when the body is, before it has come", () =>
    Effect.gen(function* () {
      const { engine, expect, host, token } = yield* victim
      const lines = [host, token, "Content-Type: application/json", "Content-Length: 99999999"]
      yield* expect({ method: "POST", target: interrupt, lines, body: "{" }, 413, "body-too-large", "stated")
      assert.deepStrictEqual(engine.asked, [])
    })
  )

  it.live("of an odd method, an expectation, or another protocol are answered as requests are, or closed", () =>
    Effect.gen(function* () {
      const { host, raw, token } = yield* victim
      for (const method of ["TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "M-SEARCH", "LINK"]) {
        const { status } = yield* raw(toText({ method, lines: [host, token] }))
        assert.isTrue(status >= 400 && status < 500, method)
      }
      const { status } = yield* raw(toText({ lines: [host, token, "Expect: a-miracle"] }))
      assert.strictEqual(status, 200)
      const upgrade = yield* raw(toText({ lines: [host, "Upgrade: websocket", "Sec-WebSocket-Key: eA=="] }))
      assert.strictEqual(upgrade.status, 401)
      const connected = yield* raw(`CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n\r\n`)
      assert.isTrue(connected.status === 0 || (connected.status >= 400 && connected.status < 500), connected.text)
      const tls = yield* raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
      assert.strictEqual(tls.status, 400)
    })
  )

  it.live("do no harm to the server: it answers the next one", () =>
    Effect.gen(function* () {
      const { ask, port, raw } = yield* victim
      yield* Effect.all(
        Array.from({ length: 50 }, (_, i) => raw(`${"\0\xff".repeat(i + 1)}GET / HTTP/1.1\r\n\r\n`)),
        { concurrency: 25 }
      )
      for (let i = 0; i < 50; i++) {
        const connection = connect({ host: "127.0.0.1", port })
        connection.on("error", () => {})
        connection.write("GET /executions HTTP/1.1\r\nHo")
        yield* Bounded.turns(1)
        connection.resetAndDestroy()
      }
      assert.strictEqual((yield* ask("/health/live")).status, 200)
    })
  )
})
