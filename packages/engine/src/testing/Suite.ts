/**
 * How a shared suite is registered: by whatever test framework the caller has. Vitest, `node:test` and others fit as
 * they are.
 *
 * @since 0.1.0
 */
import { Effect, type Scope } from "effect"

/**
 * What a suite needs of a test framework.
 *
 * @since 0.1.0
 */
export interface TestApi {
  readonly describe: (name: string, register: () => void) => unknown
  readonly it: (title: string, test: () => Promise<void>) => unknown
}

/**
 * One test of a suite: it is given what is tested, and fails or dies when that does not behave.
 *
 * @since 0.1.0
 */
export interface Case<in Subject> {
  readonly title: string
  readonly test: (subject: Subject) => Effect.Effect<void, unknown, Scope.Scope>
}

/**
 * Registers cases, each with a subject of its own.
 *
 * @since 0.1.0
 */
export const register = <Subject, E>(
  api: TestApi,
  name: string,
  cases: ReadonlyArray<Case<Subject>>,
  make: Effect.Effect<Subject, E, Scope.Scope>
): void => {
  api.describe(name, () => {
    for (const { test, title } of cases)
      api.it(title, () => Effect.runPromise(Effect.scoped(Effect.flatMap(make, test))))
  })
}
