import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HttpHandler } from "@halte/http"
import * as OpenApiDocument from "../src/OpenApiDocument.ts"
import * as Scripted from "./support/Scripted.ts"
import * as Served from "./support/Served.ts"

const handler = HttpHandler.make(Scripted.make())
const get = (path: string, init?: RequestInit) =>
  Effect.promise(async () => {
    const response = await handler(new Request(`http://localhost${path}`, init))
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

/** What a page may not have, where its policy says that scripts and styles come from files. */
const assertPlain = (html: string) => {
  assert.notMatch(html, /<script/i)
  assert.notMatch(html, /<style/i)
  assert.notMatch(html, / style=/i)
  assert.notMatch(html, / on\w+=/i)
  assert.notMatch(html, /(src|href)="(https?:)?\/\//i)
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.deepStrictEqual(ids, [...new Set(ids)], "every id is there once")
  for (const [, target] of html.matchAll(/ href="#([^"]*)"/g)) assert.include(ids, target, "a link within the page")
}

describe("the page about the API", () => {
  it.live("has every operation and every schema, each with an anchor that links lead to", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* get("/docs")
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "text/html; charset=utf-8")
      assertPlain(text)
      const document = OpenApiDocument.make() as unknown as {
        readonly paths: Record<string, Record<string, { readonly operationId: string }>>
        readonly components: { readonly schemas: Record<string, unknown> }
      }
      for (const [path, item] of Object.entries(document.paths))
        for (const { operationId } of Object.values(item)) {
          assert.include(text, `id="${operationId}"`)
          assert.include(text, `href="#${operationId}"`)
          assert.include(text, `<span>${path}</span>`)
        }
      for (const name of Object.keys(document.components.schemas)) assert.include(text, `id="schema-${name}"`)
    })
  )

  it.live("gives a line for curl at each operation, with what it needs", () =>
    Effect.gen(function* () {
      const { text } = yield* get("/docs")
      const lines = [...text.matchAll(/<code>(curl .*?)<\/code>/g)].map(([, line]) =>
        line!.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
      )
      assert.strictEqual(lines.length, [...text.matchAll(/class="address"/g)].length)
      assert.include(lines, 'curl -H "Authorization: Bearer $TOKEN" "$HALTE/executions"')
      assert.include(lines, 'curl "$HALTE/health/live"')
      assert.include(lines, 'curl -N -H "Authorization: Bearer $TOKEN" "$HALTE/executions/01JD3M8Z9F4T6V2X0YQ7/events"')
      const start = lines.find((line) => line.includes("/flows/index-files/executions"))!
      assert.match(start, /-X POST .*-H 'Content-Type: application\/json' -d '\{"params":\{"directory":"photos"\}/)
      for (const line of lines) assert.notMatch(line, /\{\w+\}"/)
    })
  )

  it.live("and its style are files of their own, for light and dark, wide and narrow", () =>
    Effect.gen(function* () {
      const { text: html } = yield* get("/docs")
      const href = /<link rel="stylesheet" href="([^"]+)">/.exec(html)![1]!
      const { headers, text } = yield* get(href)
      assert.strictEqual(headers.get("content-type"), "text/css; charset=utf-8")
      assert.include(text, "prefers-color-scheme: dark")
      assert.match(text, /@media \(max-width: \d+px\)/)
      assert.match(html, /<meta name="viewport" content="width=device-width, initial-scale=1">/)
      assert.notMatch(text, /url\(|@import/)
    })
  )

  it.live("comes with the policy of the page: nothing of another site, no script in it", () =>
    Effect.gen(function* () {
      for (const path of ["/docs", "/docs/page.css", "/problems", "/problems/flow-busy", "/openapi.json"]) {
        const { headers } = yield* get(path)
        assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src 'self'/, path)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.match(headers.get("x-request-id") ?? "", /./)
      }
    })
  )

  it.live("is read by HEAD and asked about by OPTIONS; nothing can be written there", () =>
    Effect.gen(function* () {
      const head = yield* get("/docs", { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      const options = yield* get("/docs", { method: "OPTIONS" })
      assert.deepStrictEqual([options.status, options.headers.get("allow")], [204, "GET, HEAD, OPTIONS"])
      const post = yield* get("/docs", Served.post({}))
      assert.deepStrictEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD, OPTIONS"])
      const json = yield* get("/docs", { headers: { accept: "application/json" } })
      assert.strictEqual(json.status, 406)
    })
  )
})

describe("methods", () => {
  it.live("are listed by OPTIONS and by the refusal of another one", () =>
    Effect.gen(function* () {
      const at = `/executions/${Scripted.id}`
      for (const [path, allow] of [
        ["/executions", "GET, HEAD, OPTIONS"],
        [at, "GET, HEAD, OPTIONS"],
        [`${at}/events`, "GET, HEAD, OPTIONS"],
        [`${at}/interrupt`, "POST, OPTIONS"],
        ["/flows/x/executions", "POST, OPTIONS"],
        ["/session", "POST, DELETE, OPTIONS"]
      ] as const) {
        const options = yield* get(path, { method: "OPTIONS" })
        assert.deepStrictEqual([options.status, options.headers.get("allow"), options.text], [204, allow, ""], path)
        const put = yield* get(path, { method: "PUT", body: "{}" })
        assert.deepStrictEqual([put.status, put.headers.get("allow")], [405, allow], path)
        assert.strictEqual((JSON.parse(put.text) as { readonly code: string }).code, "method-not-allowed")
      }
      assert.strictEqual((yield* get("/nothing", { method: "OPTIONS" })).status, 404)
      assert.strictEqual((yield* get("/nothing", { method: "PUT" })).status, 404)
    })
  )

  it.live("that read are refused a format that is not there; a command never is", () =>
    Effect.gen(function* () {
      const accept = { accept: "text/csv" }
      for (const path of ["/executions", `/executions/${Scripted.id}/events`, "/flows/x", "/health/live"]) {
        const { status, text } = yield* get(path, { headers: accept })
        assert.deepStrictEqual([status, (JSON.parse(text) as { readonly code: string }).code], [406, "not-acceptable"])
      }
      const { status } = yield* get(`/executions/${Scripted.id}/interrupt`, Served.post({}, accept))
      assert.strictEqual(status, 202)
    })
  )
})
