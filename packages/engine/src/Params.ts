/**
 * The params of a flow: what a start hands over, checked before anything runs.
 *
 * @since 0.1.0
 */
import { Effect, Predicate, Result, Schema } from "effect"
import * as JsonSchema from "./JsonSchema.ts"
import * as SchemaProblems from "./SchemaProblems.ts"

/**
 * One thing wrong with given params. `pointer` is a JSON pointer.
 *
 * @since 0.1.0
 */
export interface ParamProblem {
  readonly pointer: string
  readonly detail: string
}

/**
 * Typed params: pass them to `Flow.make` and, as an input, to the steps that read them.
 *
 * @since 0.1.0
 */
export interface Params<out P> {
  readonly _tag: "Params"
  /** Checks what was given and fills in defaults. Fails with every problem at once. */
  readonly decode: (given: unknown) => Effect.Effect<P, ReadonlyArray<ParamProblem>>
  /** The params as they are recorded, so that `decode` reads them back. @default as they are */
  readonly encode?: ((params: never) => unknown) | undefined
  /** JSON Schema for forms and help. */
  readonly jsonSchema: Readonly<Record<string, unknown>> | undefined
  /** Names of params that are never stored or shown. */
  readonly secrets: ReadonlyArray<string>
}

/**
 * Params described by a Schema. `secrets` names those that are masked everywhere.
 *
 * **Example** (Reading a param)
 *
 * ```ts
 * const params = Params.make(Schema.Struct({ version: Schema.String }))
 * const tag = Step.make("tag", { input: { params }, run: ({ params }) => `v${params.version}` })
 * ```
 *
 * @since 0.1.0
 */
export const make = <S extends Schema.Codec<unknown, unknown>>(
  schema: S,
  options?: { readonly secrets?: ReadonlyArray<string> | undefined }
): Params<S["Type"]> => {
  const decode = Schema.decodeUnknownEffect(schema, { errors: "all" })
  const encode = Schema.encodeUnknownResult(schema)
  return {
    _tag: "Params",
    decode: (given) =>
      decode(given ?? {}).pipe(
        Effect.mapError((error) => hideSecrets(SchemaProblems.of(error), given, options?.secrets ?? []))
      ),
    encode: (params: unknown) => Result.getOrElse(encode(params), () => params),
    jsonSchema: hidden(JsonSchema.of(schema), options?.secrets ?? []),
    secrets: options?.secrets ?? []
  }
}

/** A form asks for a secret without showing it, and a page never shows its value. */
const hidden = (
  schema: Params<unknown>["jsonSchema"],
  secrets: ReadonlyArray<string>
): Params<unknown>["jsonSchema"] => {
  const properties = schema?.["properties"]
  if (secrets.length === 0 || typeof properties !== "object" || properties === null) return schema
  const marked = Object.entries(properties).map(([name, property]): readonly [string, unknown] => [
    name,
    secrets.includes(name) ? { ...(property as object), writeOnly: true } : property
  ])
  return { ...schema, properties: Object.fromEntries(marked) }
}

// What is wrong with a secret is said without its value; that it is missing may be said as it is.
const hideSecrets = (
  found: ReadonlyArray<ParamProblem>,
  given: unknown,
  secrets: ReadonlyArray<string>
): ReadonlyArray<ParamProblem> =>
  found.map((problem) => {
    const name = secrets.find((secret) => {
      const pointer = SchemaProblems.pointer([secret])
      return problem.pointer === pointer || problem.pointer.startsWith(`${pointer}/`)
    })
    return name === undefined || !Predicate.hasProperty(given, name)
      ? problem
      : { ...problem, detail: "is not what its schema says; its value is secret" }
  })

/**
 * A flow without declared params takes anything and gives it to its steps as it is.
 *
 * @since 0.1.0
 */
export const anything: Params<unknown> = {
  _tag: "Params",
  decode: (given) => Effect.succeed(given ?? {}),
  jsonSchema: undefined,
  secrets: []
}

/**
 * Whether a value is typed params, of whichever maker.
 *
 * @since 0.1.0
 */
export const isParams = (u: unknown): u is Params<unknown> =>
  typeof u === "object" && u !== null && "_tag" in u && u._tag === "Params" && "decode" in u
