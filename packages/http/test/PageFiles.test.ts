import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
const html = { headers: { accept: browser } }
const textOf = (response: Response) => Effect.promise(() => response.text())

describe("the page", () => {
  it.live("is at the addresses of its views for browsers, where programs get the API", () =>
    Effect.gen(function* () {
      const { ask, tell } = yield* OnPort.make(Scripted.make())
      for (const path of ["/", "/executions", `/executions/${Scripted.id}`, "/flows", "/flows/release", "/command"]) {
        const response = yield* ask(`${path}?a=b`, html)
        assert.strictEqual(response.status, 200, path)
        assert.strictEqual(response.headers.get("content-type"), "text/html; charset=utf-8")
        assert.match(response.headers.get("vary") ?? "", /accept/i)
        assert.include(yield* textOf(response), "<title>Halte</title>")
      }
      for (const accept of ["application/json", "*/*", "application/json,text/html;q=0.5", "text/html;q=0,*/*", ""]) {
        const response = yield* tell("/executions", { headers: { accept } })
        assert.strictEqual(response.headers.get("content-type"), "application/json", accept)
        // Else a cache would give a browser the one for the other.
        assert.match(response.headers.get("vary") ?? "", /accept/i)
      }
      const { headers } = yield* tell("/executions")
      assert.strictEqual(headers.get("content-type"), "application/json")
    })
  )

  it.live("is at no other address of the API, and not for other methods; a browser is told of wrong addresses", () =>
    Effect.gen(function* () {
      const { ask } = yield* OnPort.make(Scripted.make())
      const json = { ...html.headers, "content-type": "application/json" }
      for (const path of ["/executions/X/events", "/metrics", "/executions/X/logs/a"])
        assert.strictEqual((yield* ask(path, html)).status, 401, path)
      // What is nothing at all the page tells a browser, and the API a program with a token.
      for (const path of ["/nothing", "/flows/a/b", "/command/x", "/Executions"]) {
        const lost = yield* ask(path, html)
        assert.strictEqual(lost.status, 404, path)
        assert.match(yield* textOf(lost), /<title>Halte</)
        assert.strictEqual((yield* ask(path)).status, 401, path)
      }
      for (const method of ["POST", "PUT", "DELETE"])
        assert.strictEqual((yield* ask("/executions", { method, headers: json })).status, 401, method)
    })
  )

  it.live("is asked again for each time, and not sent again when it is the same; HEAD has no body", () =>
    Effect.gen(function* () {
      const { ask } = yield* OnPort.make(Scripted.make())
      const first = yield* ask("/", html)
      const etag = first.headers.get("etag")!
      assert.match(etag, /^"[\w-]{27}"$/)
      assert.strictEqual(first.headers.get("cache-control"), "no-cache")
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = yield* ask("/flows", { headers: { ...html.headers, "if-none-match": known } })
        assert.strictEqual(again.status, 304, known)
        assert.strictEqual(again.headers.get("etag"), etag)
        assert.match(again.headers.get("vary") ?? "", /accept/i)
        assert.strictEqual(yield* textOf(again), "")
      }
      const other = yield* ask("/", { headers: { ...html.headers, "if-none-match": '"other"' } })
      assert.strictEqual(other.status, 200)
      const head = yield* ask("/", { ...html, method: "HEAD" })
      assert.strictEqual(head.status, 200)
      assert.strictEqual(head.headers.get("content-length"), String((yield* textOf(first)).length))
      assert.strictEqual(yield* textOf(head), "")
    })
  )

  it.live("has files with their types; those with a digest in their name are kept for ever", () =>
    Effect.gen(function* () {
      const { ask } = yield* OnPort.make(Scripted.make())
      const forever = "public, max-age=31536000, immutable"
      for (const [path, type, cache] of [
        ["/assets/index-abc123.js", "text/javascript; charset=utf-8", forever],
        ["/assets/index-abc123.css", "text/css; charset=utf-8", forever],
        ["/sign.svg", "image/svg+xml", "no-cache"]
      ] as const) {
        const response = yield* ask(path)
        assert.strictEqual(response.headers.get("content-type"), type)
        assert.strictEqual(response.headers.get("cache-control"), cache)
      }
      const missing = yield* ask("/assets/index-old.js", html)
      assert.strictEqual((yield* OnPort.problemOf(missing)).code, "unknown-route")
      assert.strictEqual(missing.status, 404)
    })
  )

  it.live("has nothing that is hidden, a link, or outside of its directory", () =>
    Effect.gen(function* () {
      const { ask, page, raw, port } = yield* OnPort.make(Scripted.make())
      symlinkSync("../../secret.txt", join(page, "assets", "link.txt"))
      symlinkSync("..", join(page, "up"))
      utimesSync(join(page, "index.html"), 1, 1)
      assert.strictEqual((yield* ask("/sign.svg")).status, 200)
      for (const path of [
        "/.env",
        "/.git/config",
        "/assets/link.txt",
        "/up/secret.txt",
        "/assets/../.env",
        "/assets/%2e%2e/.env",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/assets/%252e%252e/%252e%252e/secret.txt",
        "/assets/index-abc123.js%00.txt",
        "/assets/index-abc123.js/",
        "/assets",
        "/%61ssets/index-abc123.js"
      ]) {
        const { body, status } = yield* raw(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`
        )
        assert.isTrue(status === 404 || status === 401 || status === 400, `${path}: ${status}`)
        assert.notMatch(body, /hidden|outside/)
      }
    })
  )

  it.live("that was not built says so, and how to; once it is built it is there, and a newer one as well", () =>
    Effect.gen(function* () {
      const { ask, page, tell } = yield* OnPort.make(Scripted.make())
      rmSync(page, { recursive: true })
      const response = yield* ask("/executions", html)
      assert.strictEqual(response.status, 503)
      const problem = yield* OnPort.problemOf(response)
      assert.strictEqual(problem.code, "page-not-built")
      assert.include(String(problem["detail"]), "npm run build")
      assert.strictEqual((yield* ask("/assets/index-abc123.js")).status, 404)
      assert.strictEqual((yield* tell("/executions")).status, 200)

      mkdirSync(page)
      writeFileSync(join(page, "index.html"), "built")
      assert.strictEqual(yield* textOf(yield* ask("/", html)), "built")
      writeFileSync(join(page, "index.html"), "newer")
      utimesSync(join(page, "index.html"), 5, 5)
      assert.strictEqual(yield* textOf(yield* ask("/", html)), "newer")
    })
  )

  it.live("may be elsewhere, in a directory whose name has letters of its own", () =>
    Effect.gen(function* () {
      const page = join(yield* OnPort.page, "an odd#näme?")
      mkdirSync(page)
      writeFileSync(join(page, "index.html"), "odd")
      writeFileSync(join(page, "a b.txt"), "spaces")
      const { ask } = yield* OnPort.make(Scripted.make(), { page: pathToFileURL(page) })
      assert.strictEqual(yield* textOf(yield* ask("/", html)), "odd")
      assert.strictEqual(yield* textOf(yield* ask("/a%20b.txt")), "spaces")
    })
  )
})
