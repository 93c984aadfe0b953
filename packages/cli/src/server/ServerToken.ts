/**
 * The token that a server wants to be shown, from where it is kept: never from an argument, which every user of the
 * machine can read.
 */
import { Effect, FileSystem, Redacted } from "effect"
import * as FileProblem from "../input/FileProblem.ts"
import { ServerUnusable } from "./ServerUnusable.ts"

/** A token, and the words for where it comes from. */
export interface Token {
  readonly value: Redacted.Redacted<string>
  readonly from: string
  /** Whether it stays what it is as long as this process lives: that of a variable, and not that of a file. */
  readonly isFixed: boolean
  /** The only address that it may be sent to, where that is known. */
  readonly at?: string | undefined
}

export interface Places {
  readonly url: string
  /** The file that a flag or a variable names. */
  readonly file?: { readonly path: string; readonly from: "--token-file" | "HALTE_TOKEN_FILE" } | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What a header can carry. */
const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/**
 * The flag's file, the variable's token, the variable's file, or what a server of this project has left for its user; in
 * this order. `undefined`: none is known.
 */
export const find = ({
  env,
  file,
  url
}: Places): Effect.Effect<Token | undefined, ServerUnusable, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    if (file?.from === "--token-file") return yield* ofFile(url, file)
    const variable = env["HALTE_TOKEN"]?.trim() ?? ""
    if (variable !== "") return yield* token(url, variable, "`HALTE_TOKEN`", true)
    if (file !== undefined) return yield* ofFile(url, file)
    const { ProjectDirectory, ServerRecord } = yield* Effect.promise(() => import("@halte/sdk/node"))
    const found = ServerRecord.tokenFor(ProjectDirectory.find({ env }), url)
    return found === undefined
      ? undefined
      : { value: found.token, from: "the record of the server in this project", isFixed: false, at: found.url }
  })

const ofFile = Effect.fnUntraced(function* (url: string, file: NonNullable<Places["file"]>) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(file.path).pipe(
    Effect.mapError(
      (error) =>
        new ServerUnusable({
          url,
          code: "unauthorized",
          problem: `The token file \`${file.path}\` (${file.from}) can't be read: ${FileProblem.reason(error)}.`
        })
    )
  )
  return yield* token(url, text.trim(), `\`${file.path}\` (${file.from})`, false)
})

const token = (url: string, text: string, from: string, isFixed: boolean): Effect.Effect<Token, ServerUnusable> =>
  isToken(text)
    ? Effect.succeed({ value: Redacted.make(text), from, isFixed })
    : Effect.fail(
        new ServerUnusable({
          url,
          code: "unauthorized",
          problem:
            text === ""
              ? `There is no token in ${from}: it is empty.`
              : `What ${from} holds is no token: a token is one word of plain characters.`
        })
      )
