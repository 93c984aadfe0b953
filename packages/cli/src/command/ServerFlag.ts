/**
 * The server that a command works with instead of this machine: the flags and variables that name it, and what can't be
 * said beside it.
 */
import { Context, Effect, Option, Result } from "effect"
import { Flag } from "effect/cli"
import * as ServerAddress from "../server/ServerAddress.ts"
import type * as ServerToken from "../server/ServerToken.ts"
import * as OutputFlags from "./OutputFlags.ts"

export const flags = {
  server: Flag.String("server").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription("Work with the Halte server of this address (HALTE_SERVER)"),
    Flag.optional
  ),
  tokenFile: Flag.File("token-file").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Holds its token (HALTE_TOKEN_FILE); else HALTE_TOKEN, else found in the server's project"),
    Flag.optional
  )
}

/** Their names on a command line. */
export const names = ["--server", "--token-file"] as const

/** The variables that commands read; tests put others in their place. */
export const Environment = Context.Reference<Readonly<Record<string, string | undefined>>>("halte/Environment", {
  defaultValue: () => process.env
})

/** Commands that know no server leave both out. */
export interface Given {
  readonly project?: Option.Option<string> | undefined
  readonly server?: Option.Option<string> | undefined
  readonly tokenFile?: Option.Option<string> | undefined
}

/** Where a command works. */
export type Place =
  | { readonly _tag: "Here" }
  | {
      readonly _tag: "Server"
      readonly at: ServerToken.Places
      /** What named it: `--server` or `HALTE_SERVER`. */
      readonly from: string
      /** What is added to commands that are shown: nothing that the environment says anyway. */
      readonly again: ReadonlyArray<string>
    }

const usage = (problem: string) => Effect.fail(new OutputFlags.UsageError({ problem }))

export const place = (given: Given): Effect.Effect<Place, OutputFlags.UsageError> =>
  Effect.gen(function* () {
    const env = yield* Environment
    const { project = Option.none(), server = Option.none(), tokenFile = Option.none() } = given
    const variable = env["HALTE_SERVER"] ?? ""
    if (Option.isSome(server) && Option.isSome(project))
      return yield* usage(
        "`--project` can't be combined with `--server`: a server has the executions of its own project."
      )
    // A flag says more than a variable.
    const takes = given.server !== undefined && Option.isNone(project)
    const named = Option.getOrElse(server, () => (takes && variable !== "" ? variable : undefined))
    if (named === undefined)
      return Option.isSome(tokenFile)
        ? yield* usage("`--token-file` is for a server: name it with `--server`.")
        : { _tag: "Here" as const }
    const from = Option.isSome(server) ? "--server" : "HALTE_SERVER"
    const url = ServerAddress.parse(named, from)
    if (Result.isFailure(url)) return yield* usage(url.failure)
    const path = env["HALTE_TOKEN_FILE"] ?? ""
    return {
      _tag: "Server" as const,
      from,
      at: {
        url: url.success,
        env,
        file: Option.isSome(tokenFile)
          ? { path: tokenFile.value, from: "--token-file" as const }
          : path === ""
            ? undefined
            : { path, from: "HALTE_TOKEN_FILE" as const }
      },
      again: [
        ...(Option.isSome(server) ? ["--server", url.success] : []),
        ...Option.match(tokenFile, { onNone: () => [], onSome: (file) => ["--token-file", file] })
      ]
    }
  })

/** Flags of the same command line that mean something in this process alone, and why they can't be said beside a server. */
export const refuseBeside = (
  from: string,
  flags: ReadonlyArray<readonly [flag: string, given: boolean, reason: string]>
): Effect.Effect<void, OutputFlags.UsageError> => {
  const wrong = flags.find(([, given]) => given)
  if (wrong === undefined) return Effect.void
  const [flag, , reason] = wrong
  return usage(
    `\`${flag}\` can't be combined with \`${from}\`: ${reason}.${from === "HALTE_SERVER" ? " With `HALTE_SERVER=` before the command it works on this machine." : ""}`
  )
}

/** For commands that are about this machine, and would mean something else where a server is meant. */
export const refuseVariable = (
  given: Pick<Given, "project">,
  reason: string
): Effect.Effect<void, OutputFlags.UsageError> =>
  Effect.flatMap(Environment, (env) =>
    (env["HALTE_SERVER"] ?? "") === "" || Option.isSome(given.project ?? Option.none())
      ? Effect.void
      : usage(`\`HALTE_SERVER\` names a server, and ${reason}. Name the project of this machine with \`--project\`.`)
  )
