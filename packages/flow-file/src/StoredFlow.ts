/**
 * The flow of an execution that another process started: as it was, or as its file is now.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import type { FlowOrigin } from "@halte/engine"
import * as Diagnostic from "./Diagnostic.ts"
import * as FileOrigin from "./FileOrigin.ts"
import { FlowFileError } from "./FlowFileError.ts"
import { fromStored, load, type LoadedFlow, type LoadOptions } from "./FlowLoader.ts"
import { sha256 } from "./Modules.ts"
import { ModulesChanged } from "./ModulesChanged.ts"

/**
 * @since 0.1.0
 */
export interface StoredOptions extends Pick<LoadOptions, "env"> {
  /** The project's directory, which relative paths of the origin are relative to. */
  readonly project: string
}

/**
 * Loads a flow as it was: its stored text, as if it were the file at its stored path. That file may have changed, moved
 * or gone since.
 *
 * **Gotchas**
 *
 * Modules are files of their own, of which only the hashes are stored. Fails with `ModulesChanged` when one of them is
 * another now; what modules import is not looked at.
 *
 * @since 0.1.0
 */
export const restore = (
  origin: FlowOrigin.FlowOrigin,
  text: string,
  options: StoredOptions
): Effect.Effect<LoadedFlow, FlowFileError | ModulesChanged> =>
  Effect.gen(function* () {
    const { directory, file } = yield* placeOf(origin, options)
    const stored = origin.modules ?? []
    // Before the text is loaded: a module that is gone is no mistake in it.
    yield* failWhenChanged(
      origin,
      yield* Effect.forEach(stored, ({ path, sha256: expected }) =>
        Effect.map(hashOf(resolve(options.project, path)), (actual) =>
          actual === undefined ? { path, expected } : { path, expected, actual }
        )
      )
    )
    const loaded = yield* fromStored(text, file, { ...options, cwd: directory })
    // The name of a package may lead to another file than before.
    const expected = new Map(stored.map((module) => [module.path, module.sha256]))
    yield* failWhenChanged(
      origin,
      (loaded.flow.origin?.modules ?? []).map(({ path, sha256: actual }) => {
        const before = expected.get(path)
        return before === undefined ? { path, actual } : { path, expected: before, actual }
      })
    )
    return loaded
  })

/**
 * Loads the file that a flow came from, as it is now.
 *
 * @since 0.1.0
 */
export const current = (
  origin: FlowOrigin.FlowOrigin,
  options: StoredOptions
): Effect.Effect<LoadedFlow, FlowFileError> =>
  Effect.flatMap(placeOf(origin, options), ({ directory, file }) => load(file, { ...options, cwd: directory }))

const placeOf = (
  origin: FlowOrigin.FlowOrigin,
  { project }: StoredOptions
): Effect.Effect<FileOrigin.Place, FlowFileError> => {
  const place = FileOrigin.place(origin, project)
  if (place !== undefined) return Effect.succeed(place)
  const from = origin.path ?? "the program"
  return Effect.fail(
    new FlowFileError({
      diagnostics: [
        Diagnostic.ofFile(from, "error", {
          code: "not-a-flow-file",
          message: `The flow comes from \`${from}\`, not from a flow file.`,
          hint: "Resume it where its flow is registered."
        })
      ]
    })
  )
}

type Compared = ModulesChanged["modules"][number]

const failWhenChanged = (
  origin: FlowOrigin.FlowOrigin,
  compared: ReadonlyArray<Compared>
): Effect.Effect<void, ModulesChanged> => {
  const [first, ...others] = compared.filter(({ actual, expected }) => actual === undefined || actual !== expected)
  return first === undefined
    ? Effect.void
    : Effect.fail(new ModulesChanged({ flow: origin.path ?? "", modules: [first, ...others] }))
}

const hashOf = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(() =>
    readFile(path).then(
      (bytes) => sha256(bytes),
      () => undefined
    )
  )
