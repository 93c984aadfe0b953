/**
 * All that can be said about a flow file without running it.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import { ModuleRunner } from "@halte/engine"
import * as Diagnostic from "./Diagnostic.ts"
import { fromText, load, type LoadedFlow, type LoadOptions } from "./FlowLoader.ts"
import * as ModuleInput from "./ModuleInput.ts"
import type { ModuleUse } from "./Modules.ts"

/**
 * The flow, when the file has no errors of its own, and everything that was found, in the order of the file; errors of
 * its modules too. What was found in the flows that its steps run follows, with their own files.
 *
 * @since 0.1.0
 */
export interface CheckedFlow {
  readonly flow: LoadedFlow | undefined
  readonly diagnostics: ReadonlyArray<Diagnostic.Diagnostic>
}

/**
 * Checks a flow file: everything that `load` finds, and each module of a `use:`, which is loaded in a worker for at most
 * 10 s. What `with` writes is compared with the input that the module's step declares, and expressions that read what it
 * gives with the output.
 *
 * **Gotchas**
 *
 * Loading a module runs its top level.
 *
 * @since 0.1.0
 */
export const check = (
  path: string,
  options?: LoadOptions
): Effect.Effect<CheckedFlow, never, ModuleRunner.ModuleRunner> =>
  Effect.gen(function* () {
    const result = yield* Effect.result(load(path, options))
    if (Result.isFailure(result)) return { flow: undefined, diagnostics: result.failure.diagnostics }
    const flow = result.success
    const diagnostics: Array<Diagnostic.Diagnostic> = []
    for (const one of within(flow)) {
      const { diagnostics: ofModules, outputs } = yield* modules(one)
      const own = outputs.size === 0 ? one.warnings : yield* typed(one, outputs, options)
      diagnostics.push(...[...own.map(asError), ...ofModules].sort((a, b) => a.line - b.line || a.column - b.column))
    }
    return { flow, diagnostics }
  })

/** A flow and those that its steps run, each once. */
const within = (flow: LoadedFlow, found = new Set<LoadedFlow>()): ReadonlySet<LoadedFlow> => {
  if (found.has(flow)) return found
  found.add(flow)
  for (const inner of flow.subFlows) within(inner, found)
  return found
}

/** What is found once it is known what modules give: in what reads it. */
const typed = (
  { file, source }: LoadedFlow,
  outputs: ReadonlyMap<string, Output>,
  options: LoadOptions | undefined
): Effect.Effect<ReadonlyArray<Diagnostic.Diagnostic>> =>
  fromText(source.text, file, { ...options, moduleOutput: (use) => outputs.get(use) }).pipe(
    Effect.match({ onFailure: ({ diagnostics }) => diagnostics, onSuccess: ({ warnings }) => warnings })
  )

type Output = Readonly<Record<string, unknown>>

/** A flow that breaks its promise can be run all the same, but it is not as it should be. */
const asError = (found: Diagnostic.Diagnostic): Diagnostic.Diagnostic =>
  found.code === "over-budget" ? { ...found, severity: "error" } : found

/** Each module is loaded once, two at a time: they are a person's own code and may be slow. */
const modules = (
  flow: LoadedFlow
): Effect.Effect<
  { readonly diagnostics: ReadonlyArray<Diagnostic.Diagnostic>; readonly outputs: ReadonlyMap<string, Output> },
  never,
  ModuleRunner.ModuleRunner
> =>
  Effect.gen(function* () {
    const runner = yield* ModuleRunner.ModuleRunner
    const bySpec = Map.groupBy(flow.modules, ({ spec }) => `${spec.url}#${spec.export ?? "default"}`)
    const outputs = new Map<string, Output>()
    const found = yield* Effect.forEach(
      bySpec.values(),
      (uses) =>
        Effect.map(Effect.result(runner.inspect(uses[0]!.spec)), (inspected) => {
          const output = Result.isSuccess(inspected) ? inspected.success.output : undefined
          for (const { node } of uses)
            if (output !== undefined && node._tag === "Scalar") outputs.set(node.text, output)
          return uses.flatMap((use) => problems(flow, use, inspected))
        }),
      { concurrency: 2 }
    )
    return { diagnostics: found.flat(), outputs }
  })

const problems = (
  flow: LoadedFlow,
  use: ModuleUse,
  inspected: Result.Result<ModuleRunner.ModuleDescription, ModuleRunner.ModuleError>
): ReadonlyArray<Diagnostic.Diagnostic> => {
  if (Result.isFailure(inspected)) {
    const { code, hint, message } = inspected.failure.failure
    return [Diagnostic.at(flow.source, use.node, "error", { code, message, hint })]
  }
  const { input } = inspected.success
  if (input === undefined || use.input === undefined) return []
  return ModuleInput.check(use.input, input).map(({ detail, node, path }) =>
    Diagnostic.at(flow.source, node, "error", {
      code: "invalid-input",
      message: `\`${path}\` of ${use.owner} is not what its module takes: ${detail}.`,
      hint: "Look at the input that the module's step declares."
    })
  )
}
