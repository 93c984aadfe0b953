/**
 * Opens a server: looks whether it is one, whether it is of this version and takes the token, before anything is asked
 * of it; then it is an `Executions` as a project is.
 */
import { type Executions, ExecutionsError, type FlowDescription } from "@halte/engine/model"
import { Clock, Duration, Effect, type FileSystem, Option, Predicate, Redacted } from "effect"
import { ServerConnection } from "./ServerConnection.ts"
import * as ServerToken from "./ServerToken.ts"
import * as ServerTransport from "./ServerTransport.ts"
import { ServerUnusable } from "./ServerUnusable.ts"

/** Which server, and where its token may be. */
export interface Place extends ServerToken.Places {}

/** What is known of a server that was opened. */
export interface Server {
  readonly url: string
  readonly connection: ServerConnection
  /** Whether it runs single commands. */
  readonly commands: boolean
  /** How far the clock of its machine is ahead of the one here. */
  readonly aheadMillis: number
}

export interface Opened {
  readonly server: Server
  readonly executions: Executions.ExecutionsShape
}

/** The version of the contract that this command line speaks. */
export const api = 1

/** How long a server may take for an answer. */
const timeout = Duration.seconds(15)
/** How long a person waits, and a command with them, until a connection that was lost counts as gone. */
export const patience = Duration.minutes(10)

export interface OpenOptions {
  /** @default 10 minutes */
  readonly reconnect?: Duration.Duration | undefined
}

export const open = (
  place: Place,
  options: OpenOptions = {}
): Effect.Effect<Opened, ServerUnusable, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<FileSystem.FileSystem>()
    const token = yield* ServerToken.find(place)
    // `localhost` may lead elsewhere than to the server whose token this is.
    const url = token?.at ?? place.url
    const transport = ServerTransport.make({
      token: token === undefined ? undefined : Redacted.value(token.value),
      renew: () =>
        Effect.runPromiseWith(context)(
          ServerToken.find(place).pipe(
            Effect.map((found) =>
              found === undefined || (found.at ?? url) !== url ? undefined : Redacted.value(found.value)
            ),
            Effect.catch(() => Effect.succeed(undefined))
          )
        )
    })
    const seen = yield* look(url, transport, token)
    const { ExecutionsRemote } = yield* Effect.promise(() => import("@halte/client"))
    const connection = new ServerConnection(url)
    const executions = ExecutionsRemote.make({
      url,
      transport,
      // A stream that meets a server with another token waits for that to be found, where it can be.
      token: token?.isFixed === false ? transport.token : undefined,
      source: "Cli",
      timeout,
      reconnect: options.reconnect ?? patience,
      onConnection: connection.change
    })
    return { server: { url, connection, ...seen }, executions }
  })

const look = (
  url: string,
  transport: (request: Request) => Promise<Response>,
  token: ServerToken.Token | undefined
): Effect.Effect<Pick<Server, "commands" | "aheadMillis">, ServerUnusable> =>
  Effect.gen(function* () {
    const fail = (problem: string, code: ServerUnusable["code"] = "executions-unavailable") =>
      new ServerUnusable({ url, code, problem })
    const asked = yield* Clock.currentTimeMillis
    const answer = yield* Effect.tryPromise({
      try: async (signal) => {
        const response = await transport(
          new Request(`${url}/server`, { headers: { accept: "application/json" }, signal })
        )
        return { response, text: await response.text() }
      },
      catch: (error) => fail(unreachable(url, error))
    }).pipe(Effect.timeoutOption(timeout))
    if (Option.isNone(answer))
      return yield* fail(`\`${url}\` did not answer within 15 s: what runs there may be stopped, or busy.`)
    const { response, text } = answer.value
    const body = json(text)
    if (response.status === 401) return yield* fail(refused(url, token), "unauthorized")
    if (response.status >= 300 && response.status < 400)
      return yield* fail(`\`${url}\` sends everybody on to \`${target(url, response)}\`: give that address instead.`)
    if (response.status !== 200) {
      const detail =
        Predicate.hasProperty(body, "detail") && Predicate.hasProperty(body, "code") ? body.detail : undefined
      return yield* fail(
        typeof detail === "string"
          ? `\`${url}\` refused the request: ${detail}`
          : `\`${url}\` answered ${response.status}: it is no Halte server, or one that is older than this \`halte\`.`
      )
    }
    if (!Predicate.hasProperty(body, "api") || typeof body.api !== "number")
      return yield* fail(`\`${url}\` is no Halte server: what it answers is something else.`)
    if (body.api !== api) {
      const version =
        Predicate.hasProperty(body, "version") && typeof body.version === "string" ? body.version : "another"
      return yield* fail(
        `\`${url}\` is Halte ${version}, whose API has version ${body.api}; this \`halte\` speaks version ${api}. Use the one of the server's version.`
      )
    }
    return {
      commands: Predicate.hasProperty(body, "command") && body.command === true,
      aheadMillis: ahead(response.headers.get("date"), asked, yield* Clock.currentTimeMillis)
    }
  })

const unreachable = (url: string, error: unknown): string => {
  const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error)
  const other = url.startsWith("https:") ? url.replace("https:", "http:") : url.replace("http:", "https:")
  const hint =
    error instanceof ServerTransport.NoAnswer && error.scheme
      ? ` Try \`${other}\`.`
      : " Look whether the server runs there, and whether the address is right."
  return `\`${url}\` can't be reached: ${reason}.${hint}`
}

const refused = (url: string, token: ServerToken.Token | undefined): string =>
  token === undefined
    ? `\`${url}\` wants a token, and none is known here. Set \`HALTE_TOKEN\`, or name a file that holds it with \`--token-file\` or \`HALTE_TOKEN_FILE\`. In the project of a server of this machine it is found by itself.`
    : `\`${url}\` does not accept the token of ${token.from}. A server makes a new one each time it starts: take the one that it has now.`

const target = (url: string, response: Response): string => {
  const to = response.headers.get("location") ?? ""
  return URL.canParse(to, url) ? new URL(to, url).origin : to
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * How far the other clock is ahead: 0 where what it says and the time here agree, as far as a header can tell, which has
 * whole seconds.
 */
export const ahead = (date: string | null, askedAt: number, answeredAt: number): number => {
  const from = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(from)) return 0
  if (from <= answeredAt && from + 1000 >= askedAt) return 0
  return Math.round(from + 500 - (askedAt + answeredAt) / 2)
}

/** A flow of the server, by its name. */
export const flow = (
  executions: Executions.ExecutionsShape,
  name: string
): Effect.Effect<FlowDescription.FlowDescription, ExecutionsError.FlowNotFound | ExecutionsError.Always> =>
  Effect.flatMap(executions.flows, (flows) => {
    const found = flows.find((one) => one.name === name)
    return found === undefined
      ? Effect.fail(new ExecutionsError.FlowNotFound({ flow: name, known: flows.map((one) => one.name) }))
      : Effect.succeed(found)
  })
