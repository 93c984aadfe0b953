/**
 * A file of params: a map of names to values, in JSON or YAML.
 */
import { ControlSequences } from "@halte/engine/model"
import { Effect, FileSystem, Schema } from "effect"
import { parse } from "yaml"
import * as FileProblem from "./FileProblem.ts"

/** A params file that can't be read as one. */
export class ParamsFileInvalid extends Schema.TaggedError<ParamsFileInvalid>()("ParamsFileInvalid", {
  file: Schema.String,
  reason: Schema.String
}) {
  readonly code = "invalid-params-file"
  override get message() {
    return `The params file \`${this.file}\` can't be used: ${this.reason}.`
  }
}

export const read = Effect.fnUntraced(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files
    .readFileString(file)
    .pipe(Effect.mapError((error) => new ParamsFileInvalid({ file, reason: FileProblem.reason(error) })))
  const value = yield* Effect.try({
    try: (): unknown => (file.endsWith(".json") ? JSON.parse(text) : parse(text, { maxAliasCount: 100 })),
    catch: (error) => new ParamsFileInvalid({ file, reason: syntaxProblem(error) })
  })
  if (value === null || value === undefined) return {}
  if (typeof value !== "object" || Array.isArray(value))
    return yield* new ParamsFileInvalid({ file, reason: "it holds no map of names to values" })
  return value as Readonly<Record<string, unknown>>
})

/** The first line of what a parser says, which may quote the file. */
const syntaxProblem = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  // Parsers recurse.
  if (message.startsWith("Maximum call stack")) return "it is nested too deeply"
  return ControlSequences.sentence(message.split("\n")[0]!.replace(/:$/, ""))
}
