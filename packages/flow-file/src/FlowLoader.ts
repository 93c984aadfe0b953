/**
 * Reads a flow file and compiles it.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import type { Flow, FlowDescription, Stoppability } from "@halte/engine"
import * as Diagnostic from "./Diagnostic.ts"
import type * as DrillPlan from "./DrillPlan.ts"
import { quote } from "./FileNode.ts"
import * as FileOrigin from "./FileOrigin.ts"
import * as FlowCompiler from "./FlowCompiler.ts"
import * as FlowDocument from "./FlowDocument.ts"
import { FlowFileError } from "./FlowFileError.ts"
import type { ModuleUse } from "./Modules.ts"
import type { ParamSpec } from "./ParamSpec.ts"
import { Problems } from "./Problems.ts"
import * as SubFlows from "./SubFlows.ts"
import * as SourceText from "./SourceText.ts"

/** What the steps of a flow file may need. */
export type Services = FlowCompiler.Services

/**
 * A flow file that has no errors.
 *
 * @since 0.1.0
 */
export interface LoadedFlow {
  readonly flow: Flow.Flow<unknown, Services>
  readonly params: ReadonlyArray<ParamSpec>
  /** What makes stopping, or going on, doubtful. */
  readonly warnings: ReadonlyArray<Diagnostic.Diagnostic>
  /** The absolute path. */
  readonly file: string
  /** The flow as data. */
  readonly description: FlowDescription.FlowDescription
  /** How well it stops. */
  readonly stoppability: Stoppability.Stoppability
  /** The modules that it names, each place once. */
  readonly modules: ReadonlyArray<ModuleUse>
  /** The flows that its steps run, each once, in the order of first use. */
  readonly subFlows: ReadonlyArray<LoadedFlow>
  /** How it is rehearsed, where the file says so. */
  readonly drill?: DrillPlan.DrillPlan | undefined
  /** The text that it was loaded from. */
  readonly source: SourceText.SourceText
}

/**
 * @since 0.1.0
 */
export interface LoadOptions {
  /** What `env.NAME` reads and what params with `env` take. @default the environment of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Where programs run, what `cwd` and `glob` are relative to. @default the working directory of the process */
  readonly cwd?: string | undefined
  /** The project's directory: paths below it are kept relative to it with each execution. @default paths are absolute */
  readonly project?: string | undefined
  /** Milliseconds that a stop may take, instead of what the flow promises by `stops-within`. @default its promise */
  readonly maxStopMillis?: number | undefined
  /** The JSON Schema of what the step of a `use:` gives, where modules have been loaded. @default nothing is known */
  readonly moduleOutput?: ((use: string) => Readonly<Record<string, unknown>> | undefined) | undefined
}

/**
 * Loads a flow file. Fails with every problem at once, each with its line and column.
 *
 * **Details**
 *
 * Relative paths of `use:` and `flow:` are relative to the file, everything else to `cwd`. Modules are found and hashed,
 * not loaded; the flows that steps run are loaded with it, and what is wrong with them is wrong with it. A file of more
 * than 8 MiB, or nested deeper than 64 levels, is refused.
 *
 * @since 0.1.0
 */
export const load = (path: string, options?: LoadOptions): Effect.Effect<LoadedFlow, FlowFileError> =>
  loadWithin(path, options, outermost(options))

/**
 * The same for the text of a file at `path`, which need not exist.
 *
 * @since 0.1.0
 */
export const fromText = (text: string, path: string, options?: LoadOptions): Effect.Effect<LoadedFlow, FlowFileError> =>
  compile(text, path, options, outermost(options), false)

/**
 * The same for a text that was stored with an execution. The flows that its steps run may have changed or gone since:
 * those that are wrong now are left to their own executions.
 *
 * @since 0.1.0
 */
export const fromStored = (
  text: string,
  path: string,
  options?: LoadOptions
): Effect.Effect<LoadedFlow, FlowFileError> => compile(text, path, options, outermost(options), true)

const outermost = (options: LoadOptions | undefined): SubFlows.Loading => ({
  chain: [],
  loaded: new Map(),
  load: (file, loading) => loadWithin(file, { ...options, maxStopMillis: undefined, moduleOutput: undefined }, loading)
})

const loadWithin = (path: string, options: LoadOptions | undefined, loading: SubFlows.Loading) =>
  Effect.flatMap(read(path, options), (text) => compile(text, path, options, loading, false))

const compile = (
  text: string,
  path: string,
  options: LoadOptions | undefined,
  loading: SubFlows.Loading,
  isStored: boolean
): Effect.Effect<LoadedFlow, FlowFileError> =>
  Effect.gen(function* () {
    const cwd = resolve(options?.cwd ?? process.cwd())
    const file = resolve(cwd, path)
    const project = options?.project === undefined ? undefined : resolve(options.project)
    const problems = new Problems(SourceText.make(shownPath(path, cwd), text))
    const root = FlowDocument.parse(problems, file.endsWith(".json") ? "json" : "yaml")
    const subFlows: SubFlows.SubFlows = root === undefined ? new Map() : yield* SubFlows.load(root, file, cwd, loading)
    const compiled =
      root === undefined
        ? undefined
        : FlowCompiler.compile(root, {
            problems,
            path: file,
            cwd,
            project,
            env: options?.env ?? process.env,
            maxStopMillis: options?.maxStopMillis,
            subFlows,
            isStored,
            moduleOutput: options?.moduleOutput
          })
    const found = problems.all
    if (compiled === undefined || problems.errors > 0)
      return yield* Effect.fail(
        new FlowFileError({ diagnostics: found as [Diagnostic.Diagnostic, ...Array<Diagnostic.Diagnostic>] })
      )
    const loaded = new Set([...subFlows.values()].flatMap((one) => (Result.isSuccess(one) ? [one.success] : [])))
    return { ...compiled, warnings: found, file, source: problems.source, subFlows: [...loaded] }
  })

const read = (path: string, options: LoadOptions | undefined): Effect.Effect<string, FlowFileError> => {
  const cwd = resolve(options?.cwd ?? process.cwd())
  const file = resolve(cwd, path)
  const shown = shownPath(path, cwd)
  const fail = (code: string, message: string, hint?: string) =>
    new FlowFileError({ diagnostics: [Diagnostic.ofFile(shown, "error", { code, message, hint })] })
  return Effect.gen(function* () {
    const found = yield* Effect.tryPromise({
      try: () => stat(file),
      catch: () =>
        fail(
          "flow-file-not-found",
          `There is no file ${quote(shown)}.`,
          "Look at the path, or write a first flow with `halte init`."
        )
    })
    if (!found.isFile())
      return yield* Effect.fail(fail("not-a-file", `${quote(shown)} is no file.`, "Name the flow file itself."))
    if (found.size > FlowDocument.maxBytes)
      return yield* Effect.fail(
        fail(
          "file-too-large",
          `${quote(shown)} is larger than 8 MiB.`,
          "Write a loop with `for-each`, or several flows."
        )
      )
    const bytes = yield* Effect.tryPromise({
      try: () => readFile(file),
      catch: (error) => fail("not-readable", `${quote(shown)} can't be read: ${why(error)}.`)
    })
    return yield* Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () => fail("not-utf-8", `${quote(shown)} is no UTF-8 text.`, "Save it as UTF-8.")
    })
  })
}

const why = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "EACCES" ? "permission is denied" : typeof code === "string" ? code : String(error)
}

/**
 * A path as messages name it: relative to the working directory where it lies below it.
 *
 * @since 0.1.0
 */
export const shownPath = (path: string, cwd: string): string => {
  const from = FileOrigin.below(resolve(cwd, path), cwd)
  return from === undefined || from === "." ? path : from
}
