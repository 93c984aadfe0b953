/**
 * All that can be said about a flow file without running it.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ModuleRunner } from "@halte/engine"
import type { Diagnostic } from "./Diagnostic.ts"
import { load, type LoadedFlow, type LoadOptions } from "./FlowLoader.ts"

/**
 * The flow, when it has no errors of its own, and everything that was found, errors of its modules too.
 *
 * @since 0.1.0
 */
export interface CheckedFlow {
  readonly flow: LoadedFlow | undefined
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

/**
 * Checks a flow file.
 *
 * @since 0.1.0
 */
export const check = (
  path: string,
  options?: LoadOptions
): Effect.Effect<CheckedFlow, never, ModuleRunner.ModuleRunner> =>
  load(path, options).pipe(
    Effect.map((flow): CheckedFlow => ({ flow, diagnostics: flow.warnings })),
    Effect.catch((error) => Effect.succeed<CheckedFlow>({ flow: undefined, diagnostics: error.diagnostics }))
  )
