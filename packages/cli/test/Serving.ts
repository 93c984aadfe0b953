/** A project of a test's own, and `halte serve` in it: in this process, with signals that a test sends. */
import { EventEmitter } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Writable } from "node:stream"
import { assert } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Bounded } from "@halte/engine/testing"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { Effect, Fiber, Layer, Option, type Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import type * as Assembly from "../src/Assembly.ts"
import * as Serve from "../src/command/Serve.ts"
import * as Output from "../src/terminal/Output.ts"

class Kept extends Writable {
  text = ""
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Of the state of an execution what tests look at. */
export interface State {
  readonly status: string
  readonly params: { readonly [name: string]: unknown }
  readonly requests: ReadonlyArray<{
    readonly kind: string
    readonly signal: { readonly source: string; readonly reason?: string; readonly by?: string; readonly via?: string }
  }>
}

export interface Project {
  readonly directory: string
  readonly write: (name: string, text: string) => void
  readonly read: (name: string) => string
  /** What is in `.halte/run` of servers. */
  readonly records: () => ReadonlyArray<string>
}

export const project: Effect.Effect<Project, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-serve-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  ),
  (directory) => ({
    directory,
    write: (name, text) => {
      mkdirSync(dirname(join(directory, name)), { recursive: true })
      writeFileSync(join(directory, name), text)
    },
    read: (name) => (existsSync(join(directory, name)) ? readFileSync(join(directory, name), "utf8") : ""),
    records: () => {
      const run = join(directory, ".halte/run")
      return existsSync(run) ? readdirSync(run).filter((name) => name.startsWith("server-")) : []
    }
  })
)

/** A flow of one program that says that it runs, and at SIGTERM waits for the file `go`. */
export const holding = (name: string): string => `halte: 1
name: ${name}
steps:
  hold: { run: [sh, hold.sh], grace: 20s }
  after: { after: hold, run: touch after }
`

export const hold = `trap 'echo told >>told; while [ ! -e go ]; do sleep 0.02; done; echo cleaned >>cleaned; exit 0' TERM
echo ready >>ready
while :; do sleep 0.02; done
`

export interface Server {
  readonly url: string
  readonly token: string
  readonly said: { readonly [key: string]: unknown }
  readonly stdout: () => string
  readonly stderr: () => string
  readonly get: (path: string) => Effect.Effect<Answer>
  readonly post: (path: string, body?: object) => Effect.Effect<Answer>
  readonly start: (flow: string, params?: object) => Effect.Effect<string>
  readonly state: (id: string) => Effect.Effect<State>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Its exit code. */
  readonly end: Effect.Effect<number>
  /** Listeners of signals that are installed. */
  readonly listeners: () => number
}

const services: Layer.Layer<Assembly.Services> = Layer.mergeAll(
  ProcessRunnerNode.layer({ supervised: false }),
  ModuleRunnerNode.layer(),
  FetchHttpClient.layer
)

/** Starts `halte serve` in a project, on a free port, and waits until it listens. */
export const serve = (
  { directory }: Project,
  given: Partial<Parameters<typeof Serve.serveUntil>[0]> = {}
): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.gen(function* () {
    const [stdout, stderr] = [new Kept(), new Kept()]
    const signals = new EventEmitter()
    const command = Serve.serveUntil(
      {
        flows: [],
        port: Option.some(0),
        host: "127.0.0.1",
        allowHost: [],
        open: false,
        noCommand: false,
        maxExecutions: Option.none(),
        project: Option.some(directory),
        verbose: false,
        json: true,
        color: Option.none(),
        noColor: true,
        ...given
      },
      { signals: signals as never }
    ).pipe(
      Effect.scoped,
      Effect.provide(services),
      Effect.provideService(Output.Streams, { stdout, stderr, env: { NO_COLOR: "1" }, platform: "linux" } as never),
      Effect.provide(NodeServices.layer),
      Effect.orDie
    )
    let sent = 0
    const signal = (name: NodeJS.Signals): void => {
      sent++
      signals.emit(name)
    }
    const fiber = yield* Effect.forkChild(command)
    const failed = () => {
      const exit = fiber.pollUnsafe()
      if (exit?._tag === "Failure") throw new Error(`it failed: ${String(exit.cause)}`)
      return undefined
    }
    const line = yield* Bounded.eventually(
      () => failed() ?? (stdout.text.includes("\n") ? stdout.text.split("\n", 1)[0] : undefined),
      "the server to listen"
    )
    // Whatever a test has done: nothing of it stays.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        if (fiber.pollUnsafe() !== undefined) return Effect.void
        while (sent < 2) signal("SIGTERM")
        return Fiber.await(fiber)
      })
    )
    const said = (given.json ?? true) ? (JSON.parse(line!) as Server["said"]) : {}
    const run = join(directory, ".halte/run")
    const port = /server-(\d+)\.json/.exec(readdirSync(run).join(" "))![1]!
    const url = `http://127.0.0.1:${port}`
    const token = readFileSync(join(run, `server-${port}.token`), "utf8")
    const ask = (path: string, init: RequestInit = {}) =>
      Effect.promise(async (): Promise<Answer> => {
        const response = await fetch(`${url}${path}`, {
          ...init,
          headers: {
            authorization: `Bearer ${token}`,
            accept: "application/json",
            connection: "close",
            ...(init.body === undefined ? {} : { "content-type": "application/json" })
          }
        })
        const text = await response.text()
        const isJson = /json/.test(response.headers.get("content-type") ?? "")
        return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
      })
    const post: Server["post"] = (path, body = {}) => ask(path, { method: "POST", body: JSON.stringify(body) })
    return {
      url,
      token,
      said,
      stdout: () => stdout.text,
      stderr: () => stderr.text,
      get: (path) => ask(path),
      post,
      start: (flow, params) =>
        Effect.map(post(`/flows/${flow}/executions`, params === undefined ? {} : { params }), ({ body, status }) => {
          assert.strictEqual(status, 202, JSON.stringify(body))
          return (body as { readonly id: string }).id
        }),
      state: (id) => Effect.map(ask(`/executions/${id}`), ({ body }) => body as State),
      signal,
      end: Bounded.within(Fiber.join(fiber), "the end of the server"),
      listeners: () => signals.eventNames().reduce((sum, name) => sum + signals.listenerCount(name), 0)
    }
  })

/** In one line, as it was before it was wrapped. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ")

export const eventually = Bounded.eventually
