/**
 * A server for tests of the command line: the engine of a test behind a real port, a place on the way to it where the
 * connection can be cut, and `halte` that is told of it by the environment.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { createServer, connect, type Socket } from "node:net"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { type Executions, ExecutionsLocal, type Flow } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { WebServer } from "@halte/http"
import { Duration, Effect, Redacted, type Scope } from "effect"
import * as Repository from "../../../test/support/Repository.ts"
import * as Assembly from "../src/Assembly.ts"
import * as CommandRun from "./CommandRun.ts"

export interface Way {
  readonly port: number
  /** Ends what is open and lets nobody through, until it is mended. */
  readonly cut: Effect.Effect<void>
  readonly mend: Effect.Effect<void>
  /** Leads to another port from now on. */
  readonly leadTo: (port: number) => void
  /** What has come from the server so far, as it was sent. */
  readonly passed: () => string
}

/** Passes bytes on to a port. While it is cut, a connection is ended at once. */
export const way: Effect.Effect<Way, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise<Way & { readonly close: () => void }>(
    () =>
      new Promise((resolve) => {
        const open = new Set<Socket>()
        let isCut = false
        let target = 0
        let passed = ""
        const server = createServer((here) => {
          open.add(here)
          here.on("error", () => here.destroy()).on("close", () => open.delete(here))
          if (isCut) return here.destroy()
          const there = connect(target, "127.0.0.1")
          open.add(there)
          there.on("error", () => here.destroy()).on("close", () => open.delete(there))
          here.pipe(there).pipe(here)
          there.on("data", (chunk) => (passed += String(chunk)))
          here.on("close", () => there.destroy())
        })
        const end = () => {
          for (const socket of open) socket.destroy()
        }
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          if (typeof address !== "object" || address === null) return assert.fail("no port")
          resolve({
            port: address.port,
            leadTo: (port) => void (target = port),
            passed: () => passed,
            cut: Effect.sync(() => {
              isCut = true
              end()
            }),
            mend: Effect.sync(() => void (isCut = false)),
            close: () => {
              end()
              server.close()
            }
          })
        })
      })
  ),
  ({ close }) => Effect.sync(close)
)

/** What a command has written so far. */
export interface Written {
  readonly onWrite: (stream: "stdout" | "stderr", text: string) => void
  readonly text: { stdout: string; stderr: string }
  /** Waits until it has written this. */
  readonly until: (stream: "stdout" | "stderr", what: string) => Effect.Effect<void>
}

export const written = (): Written => {
  const text = { stdout: "", stderr: "" }
  return {
    text,
    onWrite: (stream, more) => void (text[stream] += more),
    until: (stream, what) =>
      Effect.asVoid(Bounded.eventually(() => text[stream].includes(what), `\`${what}\` on ${stream}`))
  }
}

export interface Options {
  /** What `GET /server` says of commands. @default false */
  readonly commands?: boolean
  /** How long a lost connection is waited for. @default 10 minutes, as people have it */
  readonly reconnect?: Duration.Input
  readonly wrap?: (executions: Executions.ExecutionsShape) => Executions.ExecutionsShape
}

export interface RemoteServer {
  readonly connect: Effect.Effect<Assembly.Assembly>
  /** A file with the token. */
  readonly tokenFile: Effect.Effect<
    { readonly path: string; readonly write: (token: string) => void },
    never,
    Scope.Scope
  >
  /** Another server of the same engine with another token, where the way leads from now on. */
  readonly again: Effect.Effect<{ readonly token: string; readonly refused: () => number }, never, Scope.Scope>
  /** The address that commands are given: the way leads from there to the server. */
  readonly url: string
  readonly way: Way
  readonly token: string
  /** The engine itself. */
  readonly executions: Executions.ExecutionsShape
  /** By `--server`, with the token in the environment. */
  readonly halte: (args: ReadonlyArray<string>, options?: CommandRun.Options) => Effect.Effect<CommandRun.Said>
  /** By `HALTE_SERVER`: then no command that is shown names the server. */
  readonly byVariable: (args: ReadonlyArray<string>, options?: CommandRun.Options) => Effect.Effect<CommandRun.Said>
  /** In this process, over the same engine: what the other is compared with. */
  readonly here: (args: ReadonlyArray<string>, options?: CommandRun.Options) => Effect.Effect<CommandRun.Said>
}

/** A server for these flows. */
export const make = (
  flows: ReadonlyArray<Flow.Flow<unknown, never>>,
  options: Options = {}
): Effect.Effect<RemoteServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const local = yield* ExecutionsLocal.make({ flows })
    const executions = options.wrap?.(local) ?? local
    const between = yield* way
    let refused = 0
    const listen = WebServer.listen(executions, {
      port: 0,
      hosts: [`127.0.0.1:${between.port}`],
      info: { version: "1.2.3", api: 1, command: options.commands ?? false },
      grace: 0,
      log: ({ status }) => void (refused += status === 401 ? 1 : 0)
    })
    const server = yield* listen
    between.leadTo(server.port)
    const url = `http://127.0.0.1:${between.port}`
    const token = Redacted.value(server.token)
    const project = yield* CommandRun.make(flows, { wrap: () => executions })
    const reconnect = options.reconnect === undefined ? undefined : Duration.fromInputUnsafe(options.reconnect)
    const open: typeof Assembly.open = (given) =>
      given.server === undefined ? Assembly.open(given) : Assembly.ofServer(given.server, { reconnect })
    const variables = { HALTE_TOKEN: token }
    const remote: RemoteServer = {
      connect: Assembly.ofServer({ url, env: variables }, { reconnect }).pipe(
        Effect.provide(NodeServices.layer),
        Effect.orDie
      ),
      tokenFile: Effect.map(Repository.scratch("token"), (directory) => {
        const path = join(directory, "token")
        const write = (text: string) => writeFileSync(path, text)
        write(token)
        return { path, write }
      }),
      again: listen.pipe(
        Effect.map((other) => {
          between.leadTo(other.port)
          refused = 0
          return { token: Redacted.value(other.token), refused: () => refused }
        }),
        Effect.orDie
      ),
      url,
      way: between,
      token,
      executions,
      here: project.halte,
      halte: (args, more = {}) =>
        project.halte(["--server", url, ...args], { open, ...more, env: { ...variables, ...more.env } }),
      byVariable: (args, more = {}) =>
        project.halte(args, { open, ...more, env: { HALTE_SERVER: url, ...variables, ...more.env } })
    }
    return remote
  }).pipe(Effect.orDie)

/** What is alike in two texts of two executions: ids, times and the address go. */
export const masked = (text: string, url?: string): string =>
  (url === undefined ? text : text.replaceAll(` --server ${url}`, ""))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "TIME")
    .replaceAll(/\b\d\d:\d\d(:\d\d(\.\d+)?)?\b/g, "TIME")
    .replaceAll(/[0-9A-HJKMNP-TV-Z]{20}/g, "ID")
    .replaceAll(/…[0-9A-HJKMNP-TV-Z]{6}/g, "…ID")
    .replaceAll(/\b\d+m \d\ds|\b\d+(\.\d+)? m?s\b/g, "TOOK")
    .replaceAll(/"(at|requestedAt|startedAt|attemptStartedAt|endedAt|tookMillis|stopMillis)":[\d.]+/g, '"$1":0')
    .replaceAll(/ +/g, " ")
