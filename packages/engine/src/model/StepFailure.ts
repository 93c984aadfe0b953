/**
 * Why a step failed, as it is recorded and shown.
 *
 * @since 0.1.0
 */
import { Predicate, Schema } from "effect"

/**
 * `code` is kebab-case and closed per kind of step; `message` is one sentence, with the step left out; `hint` says what
 * to do next; `lastOutput` are the last lines a process wrote, or the first of a reply; `status` is that of an HTTP reply
 * and `retryAfterMillis` how long it asks to wait; `stack` is kept for code of the flow's author.
 *
 * @since 0.1.0
 */
export const StepFailure = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  hint: Schema.optionalKey(Schema.String),
  exitCode: Schema.optionalKey(Schema.Int),
  status: Schema.optionalKey(Schema.Int),
  retryAfterMillis: Schema.optionalKey(Schema.Number),
  lastOutput: Schema.optionalKey(Schema.Array(Schema.String)),
  stack: Schema.optionalKey(Schema.String)
})
export type StepFailure = typeof StepFailure.Type

/**
 * An error that says itself how it is to be recorded. Step kinds fail with such errors.
 *
 * @since 0.1.0
 */
export interface Described {
  readonly toStepFailure: () => StepFailure
}

const isDescribed = (u: unknown): u is Described =>
  Predicate.hasProperty(u, "toStepFailure") && Predicate.isFunction(u.toStepFailure)

/**
 * Records anything that a step failed with: an error that describes itself, an `Error`, a tagged error, or any value.
 *
 * @since 0.1.0
 */
export const fromUnknown = (error: unknown): StepFailure => {
  if (isDescribed(error)) return error.toStepFailure()
  if (error instanceof Error) {
    const tag = Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag) ? error._tag : undefined
    const message = error.message || tag || error.name
    return {
      code: tag === undefined ? "step-failed" : toKebab(tag),
      message,
      ...(error.stack === undefined ? undefined : { stack: error.stack })
    }
  }
  if (Predicate.isObject(error) && Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag)) {
    const message = Predicate.hasProperty(error, "message") ? String(error.message) : toText(error)
    return { code: toKebab(error._tag), message }
  }
  return { code: "step-failed", message: Predicate.isString(error) ? error : toText(error) }
}

// What is thrown may be anything, also what JSON can't hold.
const toText = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

const toKebab = (tag: string): string =>
  tag
    .slice(tag.lastIndexOf("/") + 1)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
