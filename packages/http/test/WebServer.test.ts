import { createServer } from "node:net"
import { networkInterfaces } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Scope } from "effect"
import { type AccessLogEntry, CannotListen, WebServer } from "@halte/http"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const cannotListen = (options: WebServer.Options) =>
  Effect.map(Effect.flip(Effect.scoped(WebServer.listen(Scripted.make(), options))), (error) => {
    assert.instanceOf(error, CannotListen)
    return error
  })

/** Takes a port, and says which. */
const taken = (port = 0): Effect.Effect<number, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer()
        server.listen({ host: "127.0.0.1", port }, () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => (server.address() as { port: number }).port
  )

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"))

describe("where a server listens", () => {
  it.live("is this machine alone, unless it is said otherwise", () =>
    Effect.gen(function* () {
      const { port, server } = yield* OnPort.make(Scripted.make())
      assert.strictEqual(server.url, `http://127.0.0.1:${port}`)
      assert.deepStrictEqual(server.urls, [server.url])
      assert.isFalse(server.isExposed)
    })
  )

  it.live("is the next port that is free, as far as it may try; otherwise the error names what is taken", () =>
    Effect.gen(function* () {
      const port = yield* taken()
      const one = yield* cannotListen({ port })
      assert.strictEqual(one.code, "port-taken")
      assert.strictEqual(
        one.message,
        `No server can listen on \`127.0.0.1:${port}\`: port ${port} is taken by another program: end that, or choose another port, 0 for any.`
      )
      const next = yield* WebServer.listen(Scripted.make(), { port, nextPorts: 50 })
      assert.isAbove(next.port, port)
      assert.strictEqual(next.url, `http://127.0.0.1:${next.port}`)
      // There is none after the last.
      const last = yield* Effect.exit(WebServer.listen(Scripted.make(), { port: 65_535, nextPorts: 10 }))
      if (Exit.isSuccess(last)) {
        assert.strictEqual(last.value.port, 65_535)
        const none = yield* cannotListen({ port: 65_535, nextPorts: 10 })
        assert.include(none.message, "port 65535 is taken")
      }
    })
  )

  it.live("is free again when its scope has closed, also after a failure", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { port } = yield* Scope.provide(WebServer.listen(Scripted.make(), { port: 0 }), scope)
      assert.strictEqual((yield* cannotListen({ port })).code, "port-taken")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* WebServer.listen(Scripted.make(), { port })).port, port)
    })
  )

  it.live("is said to be impossible with the reason, and what to do", () =>
    Effect.gen(function* () {
      for (const [options, code, says] of [
        [{ host: "192.0.2.1" }, "host-unknown", /`192\.0\.2\.1` is no address of this machine/],
        [{ host: "http://127.0.0.1" }, "host-invalid", /without a port and a scheme/],
        [{ host: "127.0.0.1:80" }, "host-invalid", /without a port/],
        [{ host: "" }, "host-invalid", /is no host/],
        [{ host: "127.1" }, "host-invalid", /is no host/],
        [{ host: "256.256.256.256" }, "host-invalid", /is no host/],
        [{ host: "[::1]:80" }, "host-invalid", /is no host/],
        [{ port: -1 }, "port-invalid", /from 0 to 65535/],
        [{ port: 65_536 }, "port-invalid", /from 0 to 65535/],
        [{ port: 1.5 }, "port-invalid", /whole number/],
        [{ port: Number.NaN }, "port-invalid", /whole number/],
        [{ hosts: ["good.example", "bad name"] }, "name-invalid", /`bad name` is no name to allow/],
        [{ hosts: ["https://x.example/path"] }, "name-invalid", /is no name to allow/],
        [{ hosts: ["*"] }, "name-invalid", /is no name to allow/],
        [{ hosts: ["x:0"] }, "name-invalid", /is no name to allow/]
      ] as ReadonlyArray<readonly [WebServer.Options, string, RegExp]>) {
        const error = yield* cannotListen({ port: 0, ...options })
        assert.strictEqual(error.code, code, JSON.stringify(options))
        assert.match(error.message, says)
      }
    })
  )

  it.live.skipIf(process.getuid?.() === 0)("is no port below 1024 for a user who may not have one", () =>
    Effect.gen(function* () {
      const error = yield* cannotListen({ port: 1 })
      assert.strictEqual(error.code, "port-not-allowed")
      assert.match(error.message, /choose one from 1024 on/)
    })
  )

  it.live.skipIf(!hasIPv6)("may be `::1`, which has brackets in addresses", () =>
    Effect.gen(function* () {
      const bracketed = yield* OnPort.make(Scripted.make(), { host: "[::1]" })
      assert.strictEqual(bracketed.server.url, `http://[::1]:${bracketed.port}`)
      const { ask, port, server, tell } = yield* OnPort.make(Scripted.make(), { host: "::1" })
      assert.strictEqual(server.url, `http://[::1]:${port}`)
      assert.isFalse(server.isExposed)
      assert.match(server.signInUrl("/flows"), /^http:\/\/\[::1\]:\d+\/flows#code=/)
      assert.strictEqual((yield* ask("/health/live")).status, 200)
      assert.strictEqual((yield* tell("/executions")).status, 200)
    })
  )

  it.live("may be all addresses of the machine: each of them is its name then, and a token is wanted there too", () =>
    Effect.gen(function* () {
      const { ask, bearer, port, server } = yield* OnPort.make(Scripted.make(), { host: "0.0.0.0" })
      assert.isTrue(server.isExposed)
      assert.strictEqual(server.url, `http://127.0.0.1:${port}`)
      const [own, ...others] = server.urls
      assert.strictEqual(own, server.url)
      for (const url of [`http://127.0.0.2:${port}`, ...others]) {
        const asked = (headers: Record<string, string>) =>
          Effect.promise(() => fetch(`${url}/executions`, { headers }).then(({ status }) => status))
        assert.strictEqual(yield* asked({}), 401, url)
        assert.strictEqual(yield* asked(bearer), 200, url)
        // A page of that very address is the server's own.
        assert.strictEqual(yield* asked({ ...bearer, origin: url }), 200, url)
        assert.strictEqual(yield* asked({ ...bearer, origin: `http://127.0.0.3:${port}` }), 403, url)
      }
      assert.strictEqual((yield* ask("/executions")).status, 401)
    })
  )

  it.live("gives out codes under the name that it is asked by", () =>
    Effect.gen(function* () {
      const { bearer, port, raw, server } = yield* OnPort.make(Scripted.make(), {
        hosts: ["https://tls.example", "lan.example", "proxied.example:8443"]
      })
      for (const [host, base] of [
        [`127.0.0.1:${port}`, server.url],
        [`localhost:${port}`, `http://localhost:${port}`],
        ["tls.example", "https://tls.example"],
        ["lan.example", "https://lan.example"],
        [`lan.example:${port}`, `http://lan.example:${port}`],
        ["proxied.example:8443", "https://proxied.example:8443"]
      ]) {
        const { body, status } = yield* raw(
          `POST /session/codes HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${bearer.authorization}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
        )
        assert.strictEqual(status, 201, body)
        assert.match((JSON.parse(body) as { url: string }).url, new RegExp(`^${base}/#code=[\\w-]{22}$`))
      }
    })
  )
})

describe("every answer", () => {
  const expected = {
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY"
  }

  it.live("tells browsers to run, to show and to guess nothing that is not of this server, refusals as well", () =>
    Effect.gen(function* () {
      const { ask, raw, tell } = yield* OnPort.make(Scripted.make())
      const html = { headers: { accept: "text/html" } }
      const answers = [
        yield* ask("/", html),
        yield* ask("/assets/index-abc123.js"),
        yield* ask("/assets/none.js"),
        yield* ask("/executions"),
        yield* tell("/executions"),
        yield* tell("/nothing"),
        yield* ask("/docs", html),
        yield* ask("/session", { method: "DELETE" }),
        yield* raw("GET /\r\n\r\n"),
        yield* raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
      ]
      for (const { headers, status } of answers) {
        for (const [name, value] of Object.entries(expected)) assert.strictEqual(headers.get(name), value, `${status}`)
        assert.match(headers.get("permissions-policy") ?? "", /camera=\(\)/)
        for (const name of headers.keys()) assert.notMatch(name, /^access-control|^server$|^x-powered-by$/)
      }
    })
  )

  it.live("has an id, which a proxy may give, and which can't be used to write into a log", () =>
    Effect.gen(function* () {
      const { ask, tell } = yield* OnPort.make(Scripted.make())
      const own = (yield* tell("/executions")).headers.get("x-request-id")
      assert.match(own ?? "", /^[0-9a-f-]{36}$/)
      const given = { headers: { "x-request-id": "proxy-0123.abc_DEF" } }
      for (const path of ["/executions", "/health/live", "/assets/index-abc123.js", "/nothing"])
        assert.strictEqual((yield* ask(path, given)).headers.get("x-request-id"), "proxy-0123.abc_DEF")
      const refused = yield* OnPort.problemOf(yield* ask("/executions", given))
      assert.strictEqual(refused["requestId"], "proxy-0123.abc_DEF")
      for (const bad of [
        "short",
        "x".repeat(65),
        "with a space",
        '"quoted"-0123',
        "-dash-first",
        "a;b;c;d;e;f",
        "æøå-12345"
      ]) {
        const response = yield* ask("/health/live", { headers: { "x-request-id": bad } })
        assert.match(response.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/, bad)
      }
    })
  )
})

describe("the log", () => {
  it.live("has each request with its id, its way and its size, and nothing that is secret", () =>
    Effect.gen(function* () {
      const log: Array<AccessLogEntry> = []
      const { ask, code, raw, server, signIn, tell } = yield* OnPort.make(Scripted.make(), {
        log: (entry) => log.push(entry)
      })
      const cookie = yield* signIn
      const response = yield* tell(`/executions/${Scripted.id}/outputs/a?secret=query`)
      const listed = yield* tell("/executions")
      const text = yield* Effect.promise(() => listed.text())
      yield* ask("/executions", { headers: { cookie } })
      yield* ask("/executions")
      yield* ask("/session", OnPort.json({ code: code() }))
      yield* raw("nonsense\r\n\r\n")
      assert.deepStrictEqual(
        log.map(({ door, method, path, status }) => [method, path, status, door]),
        [
          ["POST", "/session", 204, "Http"],
          ["GET", `/executions/${Scripted.id}/outputs/a`, 204, "Http"],
          ["GET", "/executions", 200, "Http"],
          ["GET", "/executions", 200, "Page"],
          ["GET", "/executions", 401, undefined],
          ["POST", "/session", 204, "Http"],
          ["", "", 400, undefined]
        ]
      )
      assert.strictEqual(log[1]!.requestId, response.headers.get("x-request-id"))
      assert.strictEqual(log[2]!.bytes, Buffer.byteLength(text))
      const all = JSON.stringify(log)
      for (const secret of ["secret=query", cookie.split("=")[1]!, Redacted.value(server.token)])
        assert.notInclude(all, secret)
      for (const { client, millis } of log) {
        assert.strictEqual(client, "127.0.0.1")
        assert.isAtLeast(millis, 0)
      }
    })
  )

  it.live("may break without any harm", () =>
    Effect.gen(function* () {
      const { raw, tell } = yield* OnPort.make(Scripted.make(), {
        log: () => {
          throw new Error("no space left")
        }
      })
      assert.strictEqual((yield* tell("/executions")).status, 200)
      assert.strictEqual((yield* raw("nonsense\r\n\r\n")).status, 400)
      assert.strictEqual((yield* tell("/executions")).status, 200)
    })
  )
})
