/**
 * `halte open [ID]`: opens the page of the project's server in a browser, signed in. It asks the server for an address that
 * works once.
 */
import { join } from "node:path"
import type { ExecutionId } from "@halte/engine/model"
import { Effect, type FileSystem, Option, Predicate, Redacted, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { Browser } from "../Browser.ts"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import * as ServerOpen from "../server/ServerOpen.ts"
import * as ServerToken from "../server/ServerToken.ts"
import * as ServerTransport from "../server/ServerTransport.ts"
import { ServerUnusable } from "../server/ServerUnusable.ts"
import { lines } from "../terminal/Output.ts"
import { exits } from "./Exit.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as ServerFlag from "./ServerFlag.ts"

/** Nobody serves this project. */
export class NoServer extends Schema.TaggedError<NoServer>()("NoServer", {
  directory: Schema.String,
  /** Servers that are there and can't be used, and why. */
  problems: Schema.Array(Schema.String),
  again: Schema.Array(Schema.String)
}) {
  readonly code = "no-server"
  override get message() {
    return [
      ...(this.problems.length === 0 ? [`No server of the project \`${this.directory}\` runs.`] : this.problems),
      `Start one with: ${CommandName.line(["serve", "--open", ...this.again])}`
    ].join("\n")
  }
}

const flags = {
  id: ExecutionArgument.argument.pipe(Argument.optional),
  print: OutputFlags.switchFlag("print", "Print the address, open nothing"),
  ...ProjectFlag.flags,
  ...OutputFlags.color
}

interface Usable extends ServerOpen.Opened {
  readonly send: (path: string, body?: object) => Effect.Effect<unknown, ServerUnusable>
  /** The one execution that it is there for. */
  readonly only: string | undefined
}

type Servers = readonly [Usable, ...ReadonlyArray<Usable>]

export const open = Command.make("open", flags, (given) =>
  exits(
    Effect.gen(function* () {
      const output = yield* OutputFlags.output(given)
      const { ProjectDirectory } = yield* Effect.promise(() => import("@halte/sdk/node"))
      const directory = ProjectDirectory.find({ dir: Option.getOrUndefined(given.project) })
      const place = yield* ServerFlag.place(given)
      const again =
        place._tag === "Server"
          ? place.again
          : Option.match(given.project, { onNone: () => [], onSome: (named) => ["--project", named] })
      const servers: Servers = place._tag === "Server" ? [yield* use(place.at)] : yield* ofProject(directory, again)
      const [first] = servers
      const id = Option.isNone(given.id)
        ? undefined
        : yield* ExecutionArgument.id({ again, executions: first.executions }, given.id.value)
      const { send, server } = chosen(servers, id)
      const answer = yield* send("/session/codes", { path: id === undefined ? "/" : `/executions/${id}` })
      if (!Predicate.hasProperty(answer, "url") || typeof answer.url !== "string")
        return yield* new ServerUnusable({
          url: server.url,
          code: "executions-unavailable",
          problem: `\`${server.url}\` gives no address to sign in with.`
        })
      if (given.print) {
        lines(output, "stdout", [answer.url])
        return ExitCode.completed
      }
      const browser = yield* Browser
      const run = directory.exists ? join(directory.state, "run") : undefined
      if (browser.someone(process.env) && (yield* browser.open(answer.url, run, process.env))) {
        lines(output, "stderr", [`Opened ${answer.url.replace(/#.*$/, "")} in the browser.`])
        return ExitCode.completed
      }
      lines(output, "stderr", ["No browser can be opened here. This address signs in one browser, within 10 minutes:"])
      lines(output, "stdout", [answer.url])
      return ExitCode.completed
    })
  )
).pipe(
  Command.withDescription("Open the page of a server in a browser"),
  Command.withExamples([
    { command: "halte open", description: "The page of this project's server" },
    { command: "halte open 2X0YQ7", description: "That of one execution" },
    { command: "halte open --print", description: "Only print an address that signs in one browser" }
  ])
)

/** The server that shows everything, unless one is there for this very execution alone. */
const chosen = (
  servers: readonly [Usable, ...ReadonlyArray<Usable>],
  id: ExecutionId.ExecutionId | undefined
): Usable => servers.find(({ only }) => only === undefined) ?? servers.find(({ only }) => only === id) ?? servers[0]

type Directory = Parameters<typeof import("@halte/sdk/node").ServerRecord.all>[0]

const ofProject = (
  directory: Directory,
  again: ReadonlyArray<string>
): Effect.Effect<Servers, NoServer, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const { ServerRecord } = yield* Effect.promise(() => import("@halte/sdk/node"))
    const problems: Array<string> = []
    const usable: Array<Usable> = []
    for (const { url } of ServerRecord.all(directory)) {
      const token = ServerRecord.tokenFor(directory, url)?.token
      // What is known of the project counts, and not what variables say about another server.
      const found = yield* Effect.result(
        use({ url, env: token === undefined ? {} : { HALTE_TOKEN: Redacted.value(token) } })
      )
      if (found._tag === "Success") usable.push(found.success)
      else problems.push(found.failure.message)
    }
    const [first, ...more] = usable
    if (first === undefined) return yield* new NoServer({ directory: directory.directory, problems, again })
    return [first, ...more] as const
  })

const use = (place: ServerToken.Places): Effect.Effect<Usable, ServerUnusable, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const opened = yield* ServerOpen.open(place)
    const token = yield* ServerToken.find(place)
    const { url } = opened.server
    const transport = ServerTransport.make({
      token: token === undefined ? undefined : Redacted.value(token.value),
      renew: () => Promise.resolve(undefined)
    })
    const send: Usable["send"] = (path, body) =>
      Effect.tryPromise({
        try: async (signal) => {
          const init: RequestInit = {
            headers: {
              accept: "application/json",
              ...(body === undefined ? {} : { "content-type": "application/json" })
            },
            signal,
            ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) })
          }
          const response = await transport(new Request(`${url}${path}`, init))
          const answer: unknown = await response.json()
          if (response.ok) return answer
          throw new Error(
            Predicate.hasProperty(answer, "detail") ? String(answer.detail) : `it answered ${response.status}`
          )
        },
        catch: (error) =>
          new ServerUnusable({
            url,
            code: "executions-unavailable",
            problem: `\`${url}\` refused the request: ${error instanceof Error ? error.message : String(error)}`
          })
      })
    const info = yield* send("/server")
    const only = Predicate.hasProperty(info, "only") && typeof info.only === "string" ? info.only : undefined
    return { ...opened, send, only }
  })
