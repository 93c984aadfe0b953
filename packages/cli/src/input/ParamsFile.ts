/**
 * A file of params: a map of names to values, in JSON or YAML.
 */
import { Effect, FileSystem, Schema } from "effect"
import { parse } from "yaml"

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
  const text = yield* files.readFileString(file).pipe(
    Effect.mapError(
      (error) =>
        new ParamsFileInvalid({
          file,
          reason: error.reason._tag === "NotFound" ? "there is no such file" : error.message
        })
    )
  )
  const value = yield* Effect.try({
    try: (): unknown => (file.endsWith(".json") ? JSON.parse(text) : parse(text, { maxAliasCount: 100 })),
    catch: (error) =>
      new ParamsFileInvalid({
        file,
        reason: (error instanceof Error ? error.message : String(error)).split("\n")[0]!.replace(/[.:]$/, "")
      })
  })
  if (value === null || value === undefined) return {}
  if (typeof value !== "object" || Array.isArray(value))
    return yield* new ParamsFileInvalid({ file, reason: "it holds no map of names to values" })
  return value as Readonly<Record<string, unknown>>
})
