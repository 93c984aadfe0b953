/**
 * A server of the network in a test: on a port of its own, with a page of a few files, and ways to ask it that no client
 * would take.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect, Redacted, type Scope } from "effect"
import type { Executions } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { type CannotListen, WebServer } from "@halte/http"
import * as Served from "./Served.ts"

/** What came back on a connection of one's own. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** All of it. */
  readonly text: string
}

export interface OnPort {
  readonly server: WebServer.WebServer
  readonly port: number
  readonly page: string
  /** Nothing but what is said: no token. */
  readonly ask: (path: string, init?: RequestInit) => Effect.Effect<Response>
  /** With the token. */
  readonly tell: (path: string, init?: RequestInit) => Effect.Effect<Response>
  readonly bearer: { readonly authorization: string }
  /** The code in an address that the server gives out. */
  readonly code: () => string
  /** Signs in: the cookie of a new session, as a browser sends it back. */
  readonly signIn: Effect.Effect<string>
  /** Bytes on a connection of their own, and what comes until it ends. */
  readonly raw: (parts: string | ReadonlyArray<string>) => Effect.Effect<RawAnswer>
}

export const json = (body: unknown, headers?: Record<string, string>): RequestInit => Served.post(body, headers)

/** A built page: an index, two assets, and what must not be seen. */
export const page: Effect.Effect<string, never, Scope.Scope> = Effect.map(Served.directory, (directory) => {
  const root = join(directory, "page")
  mkdirSync(join(root, "assets"), { recursive: true })
  mkdirSync(join(root, ".git"))
  writeFileSync(join(root, "index.html"), "<!doctype html><title>Halte</title>")
  writeFileSync(join(root, "sign.svg"), "<svg/>")
  writeFileSync(join(root, "assets", "index-abc123.js"), "export {}")
  writeFileSync(join(root, "assets", "index-abc123.css"), "body {}")
  writeFileSync(join(root, ".git", "config"), "hidden")
  writeFileSync(join(root, ".env"), "hidden")
  writeFileSync(join(directory, "secret.txt"), "outside")
  return root
})

export const make = (
  engine: Executions.ExecutionsShape,
  options: WebServer.Options = {}
): Effect.Effect<OnPort, CannotListen, Scope.Scope> =>
  Effect.gen(function* () {
    const root = yield* page
    const server = yield* WebServer.listen(engine, { port: 0, page: pathToFileURL(`${root}/`), ...options })
    const bearer = { authorization: `Bearer ${Redacted.value(server.token)}` }
    const ask = (path: string, init?: RequestInit) =>
      Bounded.within(
        Effect.promise(() => fetch(server.url + path, { redirect: "manual", ...init })),
        `the answer to ${path}`
      )
    const code = () => new URL(server.signInUrl()).hash.replace("#code=", "")
    return {
      server,
      port: server.port,
      page: root,
      ask,
      tell: (path, init) =>
        ask(path, { ...init, headers: { ...(init?.headers as Record<string, string> | undefined), ...bearer } }),
      bearer,
      code,
      signIn: Effect.map(
        Effect.suspend(() => ask("/session", json({ code: code() }))),
        (response) => response.headers.get("set-cookie")!.split(";")[0]!
      ),
      raw: (parts) => raw(server.port, typeof parts === "string" ? [parts] : parts)
    }
  })

/** Writes to a port; what comes until the other side ends the connection. */
export const raw = (port: number, parts: ReadonlyArray<string>): Effect.Effect<RawAnswer> =>
  Bounded.within(
    Effect.callback<RawAnswer>((resume) => {
      const connection = connect({ host: "127.0.0.1", port })
      let text = ""
      connection.on("error", () => {})
      connection.on("data", (data) => (text += data.toString("latin1")))
      connection.on("close", () => resume(Effect.succeed(parse(text))))
      for (const part of parts) connection.write(part, "latin1")
      return Effect.sync(() => connection.destroy())
    }),
    "the answer on the connection",
    15_000
  )

const parse = (text: string): RawAnswer => {
  const [head = "", ...rest] = text.split("\r\n\r\n")
  const [first = "", ...lines] = head.split("\r\n")
  const headers = new Headers()
  for (const line of lines) headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim())
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0), headers, body: rest.join("\r\n\r\n"), text }
}

/** The code of the problem that a response is, which it has to be as a whole. */
export const problemOf = (response: Response): Effect.Effect<Record<string, unknown> & { readonly code: string }> =>
  Effect.promise(async () => {
    const text = await response.text()
    const problem = JSON.parse(text) as Record<string, unknown> & { readonly code: string }
    if (response.headers.get("content-type") !== "application/problem+json") throw new Error(`No problem: ${text}`)
    if (problem["requestId"] !== response.headers.get("x-request-id")) throw new Error(`Another request: ${text}`)
    return problem
  })
