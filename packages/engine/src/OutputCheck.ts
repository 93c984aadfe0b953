/**
 * Whether a value is what a step's schema says, and what becomes of one that is not: the step fails, and the value stays
 * in its log.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema, SchemaAST } from "effect"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import type { ItemResult } from "./ModuleRunner.ts"
import * as SchemaProblems from "./SchemaProblems.ts"
import { FinishedAnyway, type StepContextShape, StoppedHalfWay } from "./StepContext.ts"

/** How much of a value that does not fit is kept, in characters. */
const keptLength = 16_384

/**
 * An input or output that is not what the step's schema says. `problems` has each place and reason.
 *
 * @since 0.1.0
 */
export class ValueMismatch extends Error implements Described {
  readonly _tag = "ValueMismatch"
  readonly code: "invalid-input" | "invalid-output"
  readonly problems: ReadonlyArray<SchemaProblems.SchemaProblem>
  constructor(code: "invalid-input" | "invalid-output", problems: ReadonlyArray<SchemaProblems.SchemaProblem>) {
    const which = code === "invalid-input" ? "input" : "output"
    super(`its ${which} is not what the step declares: ${SchemaProblems.text(problems)}`)
    this.code = code
    this.problems = problems
  }
  toStepFailure(): StepFailure {
    return {
      code: this.code,
      message: this.message,
      ...(this.code === "invalid-output" ? { hint: "The output itself is in the step's log." } : undefined)
    }
  }
}

const strictKey = "@halte/engine/strict"

/**
 * The same schema, for which what it does not name is a problem; else it is dropped.
 *
 * @since 0.1.0
 */
export const strict = <S extends Schema.Top>(schema: S): S["Rebuild"] => schema.annotate({ [strictKey]: true })

/**
 * How values are checked against a schema: every problem at once.
 *
 * @since 0.1.0
 */
export const parsing = (schema: Schema.Top): SchemaAST.ParseOptions => ({
  errors: "all",
  ...(SchemaAST.resolve(schema.ast)?.[strictKey] === true ? { onExcessProperty: "error" } : undefined)
})

/**
 * A check for one place of an output, made once: decodes the value, or fails and keeps it in the step's log. What a body
 * answers when it stopped half-way is passed on as it is.
 *
 * @since 0.1.0
 */
export const make = (
  schema: Schema.Top,
  options?: {
    /** The field of the output that is checked. */
    readonly field?: string | undefined
    /** The value is in the log anyway: a program wrote it. */
    readonly isLogged?: boolean | undefined
  }
): ((output: unknown, step: StepContextShape) => Effect.Effect<unknown, ValueMismatch>) => {
  const decode = Schema.decodeUnknownResult(schema as Schema.Codec<unknown>, parsing(schema))
  const { field, isLogged } = options ?? {}
  return (output, step) => {
    if (output instanceof StoppedHalfWay) return Effect.succeed(output)
    if (output instanceof FinishedAnyway)
      return Effect.map(one(output.value, step), (value) => new FinishedAnyway(value))
    return one(output, step)
  }

  function one(output: unknown, step: StepContextShape): Effect.Effect<unknown, ValueMismatch> {
    const value = field === undefined ? output : (output as Readonly<Record<string, unknown>>)[field]
    const result = decode(value)
    if (Result.isFailure(result)) {
      if (isLogged !== true) keep(output, step)
      return Effect.fail(
        new ValueMismatch("invalid-output", SchemaProblems.of(result.failure, field === undefined ? [] : [field]))
      )
    }
    return Effect.succeed(field === undefined ? result.success : { ...(output as object), [field]: result.success })
  }
}

/**
 * Whether a value is one of a schema's type, as a function gives it; `undefined` when it is. One that is not is kept in
 * the step's log.
 *
 * @since 0.1.0
 */
export const mismatch = (schema: Schema.Top, value: unknown, step: StepContextShape): ValueMismatch | undefined => {
  const checked = Schema.decodeUnknownResult(Schema.toType(schema as Schema.Codec<unknown>), { errors: "all" })(value)
  if (Result.isSuccess(checked)) return undefined
  keep(value, step)
  return new ValueMismatch("invalid-output", SchemaProblems.of(checked.failure))
}

/**
 * A value of a schema's type from what a store keeps of it: a date is a date again, and a big integer one. What does not
 * fit, or held a secret, is given as it was kept.
 *
 * @since 0.1.0
 */
export const revived = (schema: Schema.Top, kept: unknown): unknown => {
  const codec = Schema.toCodecJson(Schema.toType(schema as Schema.Codec<unknown>))
  const decoded = Schema.decodeUnknownResult(codec)(kept)
  return Result.isSuccess(decoded) ? decoded.success : kept
}

/**
 * Checks the results of a batch; one that does not fit is a failed item.
 *
 * @since 0.1.0
 */
export const items = (
  check: ReturnType<typeof make>,
  results: ReadonlyArray<ItemResult>,
  step: StepContextShape
): Effect.Effect<ReadonlyArray<ItemResult>> =>
  Effect.forEach(results, (result) =>
    result._tag === "Failed"
      ? Effect.succeed(result)
      : Effect.match(check(result.value, step), {
          onFailure: (error): ItemResult => ({ _tag: "Failed", failure: error.toStepFailure() }),
          onSuccess: (value): ItemResult => ({ _tag: "Done", value })
        })
  )

/**
 * What is wrong with a value, in one line.
 *
 * @since 0.1.0
 */
export const problemsOf = (error: Schema.SchemaError): string => SchemaProblems.text(SchemaProblems.of(error))

const keep = (value: unknown, step: StepContextShape): void => {
  const text = toText(value)
  step.log(
    text.length > keptLength
      ? `output: ${text.slice(0, keptLength)}… (${text.length} characters in all)`
      : `output: ${text}`,
    "log"
  )
}

// What a function gives may be anything, also what JSON can't hold.
const toText = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
