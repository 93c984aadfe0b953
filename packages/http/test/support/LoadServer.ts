/** The server of `LoadMain` in another process, and readers of it that are as slow as a test wants. */
import { fork } from "node:child_process"
import { type IncomingMessage, request as send } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import { Bounded } from "@halte/engine/testing"
import type { WebServer } from "@halte/http"
import * as PrometheusText from "../../../../test/support/PrometheusText.ts"
import * as Served from "./Served.ts"

export interface LoadServer {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly ask: (method: "GET" | "POST", path: string, body?: unknown) => Effect.Effect<Answer>
  /** Starts a flow: the id of the execution. */
  readonly start: (flow: string) => Effect.Effect<string>
  /** What the process holds after a collection of garbage, in bytes. */
  readonly memory: Effect.Effect<number>
  /** What it counts; 0 before it has begun to. */
  readonly metric: (name: string, labels?: Readonly<Record<string, string>>) => Effect.Effect<number>
  /** On the port; with `socket` on that, where the system keeps far less of what is not read. */
  readonly watch: (id: string, options?: { readonly after?: number; readonly socket?: boolean }) => Watcher
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: IncomingMessage["headers"]
}

/** One stream of events, checked as it is read. */
export interface Watcher {
  /** Resolves when the answer has begun. */
  readonly opened: Promise<void>
  /** The last event that was read whole. */
  readonly last: () => number
  readonly pause: () => void
  readonly resume: () => void
  readonly close: () => void
  /** When the answer is over: whether it said so itself, and what was wrong with it, if anything. */
  readonly over: Promise<{ readonly whole: boolean; readonly last: number; readonly wrong?: string }>
}

/**
 * How long anything may take, in milliseconds: it tells working from hanging on a machine that does other things, too.
 */
export const patience = 60_000

const main = fileURLToPath(new URL("./LoadMain.ts", import.meta.url))

export const make = (options: {
  readonly watchedSteps?: number
  readonly largeSteps?: number
  readonly limits?: WebServer.Options["limits"]
}): Effect.Effect<LoadServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const socket = join(yield* Served.directory, "s")
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        fork(main, [JSON.stringify({ ...options, socket })], {
          execArgv: ["-C", "@halte/source", "--expose-gc", "--no-warnings"],
          stdio: ["ignore", "inherit", "inherit", "ipc"]
        })
      ),
      (child) =>
        Effect.callback<void>((resume) => {
          child.once("exit", () => resume(Effect.void))
          if (child.exitCode !== null || child.signalCode !== null) resume(Effect.void)
          else child.kill("SIGKILL")
        })
    )
    const told = <A>(what: string) =>
      Bounded.within(
        Effect.callback<A>((resume) => {
          child.once("message", (message) => resume(Effect.succeed(message as A)))
          child.once("exit", (code, signal) => resume(Effect.die(new Error(`the server ended: ${signal ?? code}`))))
        }),
        what,
        patience
      )
    const { port, token } = yield* told<{ readonly port: number; readonly token: string }>("the server to listen")
    const headers = { authorization: `Bearer ${token}` }

    const ask: LoadServer["ask"] = (method, path, body) =>
      Bounded.within(
        Effect.callback<Answer>((resume) => {
          const text = body === undefined ? undefined : JSON.stringify(body)
          const outgoing = send({
            port,
            host: "127.0.0.1",
            // One that is kept could be ended by the server in the moment of its use.
            agent: false,
            method,
            path,
            headers: {
              ...headers,
              ...(text === undefined
                ? undefined
                : { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
            }
          })
          outgoing.on("error", (error) => resume(Effect.die(error)))
          outgoing.once("response", (incoming) => {
            let text = ""
            incoming.setEncoding("utf8")
            incoming.on("data", (chunk: string) => (text += chunk))
            incoming.on("end", () =>
              resume(Effect.succeed({ status: incoming.statusCode ?? 0, body: text, headers: incoming.headers }))
            )
          })
          outgoing.end(text)
        }),
        `the answer to ${method} ${path}`,
        patience
      )
    return {
      port,
      headers,
      ask,
      start: (flow) =>
        Effect.map(ask("POST", `/flows/${flow}/executions`, {}), ({ body, status }) => {
          if (status !== 202) throw new Error(`${flow} was not started: ${status} ${body}`)
          return (JSON.parse(body) as { readonly id: string }).id
        }),
      memory: Effect.suspend(() => {
        child.send("memory")
        return Effect.map(
          told<{ readonly memory: NodeJS.MemoryUsage }>("what the server holds"),
          ({ memory }) => memory.heapUsed + memory.external
        )
      }),
      metric: (name, labels) =>
        Effect.map(
          ask("GET", "/metrics"),
          ({ body }) => PrometheusText.value(PrometheusText.parse(body), name, labels) ?? 0
        ),
      watch: (id, { after, socket: onSocket } = {}) =>
        watch(onSocket === true ? { socketPath: socket } : { host: "127.0.0.1", port }, headers, id, after)
    }
  })

const watch = (
  where: { readonly socketPath: string } | { readonly host: string; readonly port: number },
  headers: Readonly<Record<string, string>>,
  id: string,
  after: number | undefined
): Watcher => {
  let last = after ?? 0
  let rest = ""
  let wrong: string | undefined
  let ended = false
  let incoming: IncomingMessage | undefined
  let paused = false
  const outgoing = send({
    ...where,
    agent: false,
    path: `/executions/${id}/events`,
    headers: {
      ...headers,
      accept: "text/event-stream",
      ...(after === undefined ? undefined : { "last-event-id": String(after) })
    }
  })
  const read = (text: string) => {
    rest += text
    // An event counts when its empty line is there.
    const whole = rest.lastIndexOf("\n\n")
    if (whole < 0) return
    for (const [, sequence, type] of rest.slice(0, whole + 2).matchAll(/^id: ?(\d+)\nevent: ?(\S+)$/gm)) {
      if (Number(sequence) !== last + 1) wrong ??= `event ${sequence} came after ${last}`
      last = Number(sequence)
      if (type === "execution-ended") ended = true
    }
    rest = rest.slice(whole + 2)
  }
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const over = new Promise<{ whole: boolean; last: number; wrong?: string }>((resolve) => {
    const end = () => resolve({ whole: ended, last, ...(wrong === undefined ? undefined : { wrong }) })
    outgoing.once("close", end)
    outgoing.once("response", (message) => {
      incoming = message
      if (message.statusCode !== 200) wrong ??= `it was answered ${message.statusCode}`
      message.setEncoding("utf8")
      message.on("data", read)
      message.on("error", () => {})
      message.once("close", end)
      if (paused) message.pause()
      open()
    })
  })
  outgoing.on("error", (error) => {
    wrong ??= error.message
    open()
  })
  outgoing.end()
  return {
    opened,
    over,
    last: () => last,
    pause: () => {
      paused = true
      incoming?.pause()
    },
    resume: () => {
      paused = false
      incoming?.resume()
    },
    close: () => void outgoing.destroy()
  }
}
