import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { Bounded } from "@halte/engine/testing"
import type { AccessLogEntry } from "@halte/http"
import type { Browser, Page } from "playwright-core"
import { launch } from "../../../test/support/Browser.ts"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const browser: Effect.Effect<Browser, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => launch()),
  (browser) => Effect.promise(() => browser.close())
)

/** The server of somebody else, on another port of this machine, and the requests that it got. */
const elsewhere: Effect.Effect<{ readonly url: string; readonly port: number }, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer((_request, response) => {
        response.writeHead(200, { "content-type": "text/html" })
        response.end("<!doctype html><title>Elsewhere</title>")
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => (server.closeAllConnections(), server.close()))
  ),
  (server) => {
    const { port } = server.address() as AddressInfo
    return { port, url: `http://127.0.0.1:${port}` }
  }
)

/** What a page tries to do to another server: each way that a page has, and what came of it. */
const attack = (page: Page, target: string, id: string) =>
  page.evaluate(
    async ({ id, target }) => {
      const outcome: Record<string, string> = {}
      const attempt = async (name: string, act: () => Promise<string>) => {
        outcome[name] = await act().catch((error: unknown) => `failed: ${(error as Error).name}`)
      }
      const command = `${target}/executions/${id}/interrupt`
      const body = JSON.stringify({ reason: "attack" })
      const json = { "content-type": "application/json" }
      const read = async (response: Response) => `${response.type} ${response.status} ${await response.text()}`
      await attempt("read", async () => read(await fetch(`${target}/executions`, { credentials: "include" })))
      await attempt("read opaque", async () =>
        read(await fetch(`${target}/executions`, { credentials: "include", mode: "no-cors" }))
      )
      await attempt("command", async () =>
        read(await fetch(command, { method: "POST", credentials: "include", headers: json, body }))
      )
      await attempt("command opaque", async () =>
        read(await fetch(command, { method: "POST", credentials: "include", mode: "no-cors", body }))
      )
      await attempt("beacon", async () => String(navigator.sendBeacon(command, body)))
      await attempt("sign out", async () =>
        read(await fetch(`${target}/session`, { method: "DELETE", credentials: "include" }))
      )
      const loads = (element: HTMLElement, address: string, attribute: string) =>
        new Promise<string>((resolve) => {
          element.addEventListener("load", () => resolve("loaded"))
          element.addEventListener("error", () => resolve("failed: error"))
          element.setAttribute(attribute, address)
          document.body.append(element)
        })
      await attempt("script", () => loads(document.createElement("script"), `${target}/executions`, "src"))
      await attempt("image", () => loads(document.createElement("img"), `${target}/sign.svg`, "src"))
      await attempt("events", async () => {
        const source = new EventSource(`${target}/executions/${id}/events`, { withCredentials: true })
        return new Promise<string>((resolve) => {
          source.onopen = () => resolve("open")
          source.onerror = () => resolve("failed: error")
        }).finally(() => source.close())
      })
      return outcome
    },
    { target, id }
  )

const formTypes = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]

/** Forms that are sent to frames: no script can tell whether they arrived. */
const sendForms = (page: Page, command: string) =>
  page.evaluate(
    ({ command, formTypes }) => {
      for (const enctype of formTypes) {
        const frame = document.createElement("iframe")
        frame.name = `frame of ${enctype} for ${command}`
        const attributes = { method: "POST", action: command, enctype, target: frame.name }
        const form = Object.assign(document.createElement("form"), attributes)
        const field = document.createElement("input")
        field.name = '{"reason":"attack","by":"'
        field.value = '"}'
        form.append(field)
        document.body.append(frame, form)
        form.submit()
      }
    },
    { command, formTypes }
  )

describe("a page of another server, in a browser that has signed in", () => {
  it.live(
    "can neither read, nor start, nor interrupt, nor sign out, nor show the page in a frame",
    () =>
      Effect.gen(function* () {
        const engine = Scripted.make()
        const log: Array<AccessLogEntry> = []
        const posted: Array<number> = []
        const on = yield* OnPort.make(engine, {
          log: (entry) => {
            log.push(entry)
            if (entry.method === "POST") posted.push(entry.status)
          }
        })
        const evil = yield* elsewhere
        const context = yield* Effect.flatMap(browser, (browser) => Effect.promise(() => browser.newContext()))
        const page = yield* Effect.promise(() => context.newPage())

        // The victim signs in, as the page does it.
        yield* Effect.promise(() => page.goto(on.server.signInUrl()))
        const signedIn = yield* Effect.promise(() =>
          page.evaluate(async () => {
            const code = location.hash.replace("#code=", "")
            const response = await fetch("/session", {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ code })
            })
            const listed = await fetch("/executions")
            return `${response.status} ${listed.status} ${document.cookie}`
          })
        )
        // No script sees the cookie, not even the page's own.
        assert.strictEqual(signedIn, "204 200 ")

        for (const target of [on.server.url, `http://localhost:${on.port}`, `http://evil.localhost:${on.port}`]) {
          yield* Effect.promise(() => page.goto(evil.url))
          const asked = posted.length
          const outcome = yield* Effect.promise(() => attack(page, target, Scripted.id))
          for (const [name, what] of Object.entries(outcome)) {
            if (name === "beacon") continue
            assert.match(what, /^failed: |^opaque 0 $/, `${name} on ${target}`)
          }
          // The command without a preflight, and the beacon.
          yield* Bounded.eventually(() => posted.length === asked + 2, `what was sent to ${target}`)
          for (const command of [`/executions/${Scripted.id}/interrupt`, "/flows/release/executions"]) {
            const before = posted.length
            yield* Effect.promise(() => sendForms(page, target + command))
            yield* Bounded.eventually(
              () => posted.length === before + formTypes.length,
              `forms for ${target}${command}`
            )
          }
        }
        assert.deepStrictEqual(engine.asked, [])

        // The page does not let itself be framed: a click can't be stolen.
        yield* Effect.promise(() =>
          page.evaluate((url) => {
            document.body.append(Object.assign(document.createElement("iframe"), { src: `${url}/command` }))
          }, on.server.url)
        )
        yield* Bounded.eventually(() => log.some(({ path }) => path === "/command"), "the frame to be answered")
        yield* Bounded.eventually(
          () => page.frames().every((frame) => frame === page.mainFrame() || frame.url().startsWith("chrome-error:")),
          "the frame to be refused"
        )
        const texts = yield* Effect.promise(() =>
          Promise.all(page.frames().map((frame) => frame.content().catch(() => "")))
        )
        for (const text of texts) assert.notInclude(text, "<title>Halte</title>")

        // It is signed in still, and a link from there leads to the page.
        yield* Effect.promise(() =>
          page.evaluate((url) => {
            location.href = `${url}/executions`
          }, on.server.url)
        )
        yield* Effect.promise(() => page.waitForURL(`${on.server.url}/executions`))
        assert.strictEqual(yield* Effect.promise(() => page.title()), "Halte")
        const still = yield* Effect.promise(() => page.evaluate(async () => (await fetch("/executions")).status))
        assert.strictEqual(still, 200)
        // All of it did reach the server, but what signed in.
        assert.deepStrictEqual([...new Set(posted)], [204, 403])
        assert.strictEqual(posted.length, 1 + 3 * (2 + 2 * formTypes.length))
      }),
    60_000
  )

  it.live(
    "gets no cookie by another browser, and a second browser needs a code of its own",
    () =>
      Effect.gen(function* () {
        const { server } = yield* OnPort.make(Scripted.make())
        const running = yield* browser
        const signIn = (page: Page) =>
          page.evaluate(async () => {
            const response = await fetch("/session", {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ code: location.hash.replace("#code=", "") })
            })
            return [response.status, (await fetch("/executions")).status]
          })
        const pages = yield* Effect.promise(async () =>
          Promise.all([running.newContext(), running.newContext()].map(async (context) => (await context).newPage()))
        )
        const [first, second] = pages as [Page, Page]
        const url = server.signInUrl()
        yield* Effect.promise(() => first.goto(url))
        assert.deepStrictEqual(yield* Effect.promise(() => signIn(first)), [204, 200])
        yield* Effect.promise(() => second.goto(url))
        assert.deepStrictEqual(yield* Effect.promise(() => signIn(second)), [401, 401])
        yield* Effect.promise(() => second.goto("about:blank"))
        yield* Effect.promise(() => second.goto(server.signInUrl()))
        assert.deepStrictEqual(yield* Effect.promise(() => signIn(second)), [204, 200])
        // A second tab of a browser that has signed in needs none.
        const tab = yield* Effect.promise(() => first.context().newPage())
        yield* Effect.promise(() => tab.goto(server.url))
        assert.strictEqual(
          yield* Effect.promise(() => tab.evaluate(async () => (await fetch("/executions")).status)),
          200
        )
      }),
    60_000
  )
})
