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
 * Throws unless two values are the same data: arrays and plain objects by their parts, absent fields and `undefined` ones
 * alike. Names the place of the first difference.
 *
 * @since 0.1.0
 */
export const same = (actual: unknown, expected: unknown, what: string): void => {
  const found = difference(actual, expected, "")
  if (found === undefined) return
  const where = found.path === "" ? what : `${what}, at \`${found.path}\``
  throw new CheckFailed(where, found.actual, found.expected)
}

interface Difference {
  readonly path: string
  readonly actual: unknown
  readonly expected: unknown
}

const difference = (actual: unknown, expected: unknown, path: string): Difference | undefined => {
  if (Object.is(actual, expected)) return undefined
  const differ = { path, actual, expected }
  if (!Predicate.isObjectOrArray(actual) || !Predicate.isObjectOrArray(expected)) return differ
  if (Array.isArray(actual) !== Array.isArray(expected)) return differ
  const left = actual as Record<string, unknown>
  const right = expected as Record<string, unknown>
  const small = Array.isArray(actual) && Math.max(actual.length, (expected as Array<unknown>).length) <= 12
  // A short list says most as a whole.
  if (small && actual.every((x) => !Predicate.isObjectOrArray(x)))
    return JSON.stringify(actual) === JSON.stringify(expected) ? undefined : differ
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = difference(left[key], right[key], Array.isArray(actual) ? `${path}[${key}]` : `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
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
