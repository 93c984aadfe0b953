/**
 * A program on this machine that speaks HTTP to a server of a project: it has the address and the token, as `curl` would.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { eventually } from "./Eventually.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; `undefined` when it is none. */
  readonly json: { readonly [key: string]: any } | undefined
}

export interface HttpCaller {
  readonly url: string
  readonly get: (path: string, accept?: string) => Effect.Effect<Answer>
  readonly post: (path: string, body?: object, headers?: Record<string, string>) => Effect.Effect<Answer>
  /** Starts a flow; answers the id. */
  readonly start: (flow: string, params?: object) => Effect.Effect<string>
  /** The events of an execution, to its end, as JSON lines: the request is on its way when this answers. */
  readonly events: (id: string) => Effect.Effect<Effect.Effect<ReadonlyArray<{ readonly [key: string]: any }>>>
  /** Waits for a state of an execution. */
  readonly until: (id: string, status: string) => Effect.Effect<void>
}

/** Whoever reads the record of the only server of a project. */
export const ofProject = (directory: string): Effect.Effect<HttpCaller> =>
  Effect.map(
    eventually(() => found(directory), "the record of a server", { millis: 30_000 }),
    ({ token, url }) => make(url, token)
  )

const found = (directory: string): { readonly url: string; readonly token: string } | undefined => {
  try {
    const run = join(directory, ".halte/run")
    const [name] = readdirSync(run).filter((one) => /^server-\d+\.json$/.test(one))
    if (name === undefined) return undefined
    const { url } = JSON.parse(readFileSync(join(run, name), "utf8")) as { readonly url: string }
    return { url, token: readFileSync(join(run, name.replace(/json$/, "token")), "utf8") }
  } catch {
    return undefined
  }
}

export const make = (url: string, token: string): HttpCaller => {
  const request = (path: string, init: RequestInit, accept = "application/json"): Promise<Response> =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        accept,
        authorization: `Bearer ${token}`,
        connection: "close",
        ...(init.headers as Record<string, string> | undefined),
        ...(init.body === undefined ? {} : { "content-type": "application/json" })
      }
    })
  const read = async (response: Response): Promise<Answer> => {
    const { headers, status } = response
    const text = await response.text()
    const isJson = /[/+]json\b/.test(headers.get("content-type") ?? "")
    return { status, headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  const get: HttpCaller["get"] = (path, accept) => Effect.promise(() => request(path, {}, accept).then(read))
  const post: HttpCaller["post"] = (path, body = {}, headers = {}) =>
    Effect.promise(() => request(path, { method: "POST", body: JSON.stringify(body), headers }).then(read))
  return {
    url,
    get,
    post,
    start: (flow, params) =>
      Effect.map(
        post(`/flows/${flow}/executions`, params === undefined ? {} : { params }),
        ({ json, status, text }) => {
          assert.strictEqual(status, 202, text)
          return json!["id"] as string
        }
      ),
    events: (id) =>
      Effect.map(
        Effect.promise(() => request(`/executions/${id}/events`, {}, "application/x-ndjson")),
        (response) =>
          Effect.map(
            Effect.promise(() => read(response)),
            ({ text }) =>
              text
                .trimEnd()
                .split("\n")
                .filter((line) => line !== "")
                .map((line) => JSON.parse(line))
                .filter((event) => event.type !== "stream")
          )
      ),
    until: (id, status) =>
      Effect.gen(function* () {
        const end = performance.now() + 30_000
        for (;;) {
          const { json, text } = yield* get(`/executions/${id}`)
          if (json?.["status"] === status) return
          if (performance.now() > end) return assert.fail(`\`${id}\` did not become ${status}: ${text}`)
          yield* Effect.sleep(20)
        }
      })
  }
}
