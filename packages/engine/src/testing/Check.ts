/**
 * What the shared suites say when something is not as it must be. They bring no test framework, so these throw plain
 * errors, which every one of them shows.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit, Predicate } from "effect"

/**
 * Something is not what a suite demands.
 *
 * @since 0.1.0
 */
export class CheckFailed extends Error {
  readonly actual: unknown
  readonly expected: unknown
  constructor(what: string, actual: unknown, expected: unknown) {
    super(`${what}: expected ${show(expected)}, and it was ${show(actual)}`)
    this.actual = actual
    this.expected = expected
  }
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v === undefined ? "(undefined)" : v)) ??
  String(value)

/**
 * Whether two values are the same data: arrays and plain objects by their parts, absent fields and `undefined` ones
 * alike.
 *
 * @since 0.1.0
 */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (!Predicate.isObjectOrArray(a) || !Predicate.isObjectOrArray(b)) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => isSame(x, b[i]))
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => isSame(left[key], right[key]))
}

/**
 * Throws unless two values are the same data.
 *
 * @since 0.1.0
 */
export const same = (actual: unknown, expected: unknown, what: string): void => {
  if (!isSame(actual, expected)) throw new CheckFailed(what, actual, expected)
}

/**
 * Throws unless it is so.
 *
 * @since 0.1.0
 */
export const that = (isSo: boolean, what: string): void => {
  if (!isSo) throw new CheckFailed(what, isSo, true)
}

/**
 * Dies unless the effect fails with an error of this tag; answers the error.
 *
 * @since 0.1.0
 */
export const failsWith = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  tag: string,
  what: string
): Effect.Effect<E, never, R> =>
  Effect.flatMap(Effect.exit(effect), (exit) => {
    if (Exit.isSuccess(exit)) return Effect.die(new CheckFailed(what, exit.value, `a failure \`${tag}\``))
    const error = Cause.squash(exit.cause)
    return Predicate.hasProperty(error, "_tag") && error._tag === tag
      ? Effect.succeed(error as E)
      : Effect.die(new CheckFailed(what, String(error), `a failure \`${tag}\``))
  })
