/**
 * The flows that a file runs as steps, found and loaded before the file is compiled.
 *
 * @since 0.1.0
 */
import { dirname, resolve } from "node:path"
import { Effect, Result } from "effect"
import * as Diagnostic from "./Diagnostic.ts"
import type { FileNode } from "./FileNode.ts"
import { get } from "./FileNode.ts"
import * as FlowFinder from "./FlowFinder.ts"
import { FlowFileError } from "./FlowFileError.ts"
import type { LoadedFlow } from "./FlowLoader.ts"

/** Levels of files below the one that is loaded; the engine allows as many. */
const deepest = 16

/**
 * What each `flow:` of a file leads to, by its text.
 *
 * @since 0.1.0
 */
export type SubFlows = ReadonlyMap<string, Result.Result<LoadedFlow, FlowFileError>>

/**
 * How files are loaded that are named by others.
 *
 * @since 0.1.0
 */
export interface Loading {
  /** The files that lead here, from the first one on: absolute paths. */
  readonly chain: ReadonlyArray<string>
  /** What has been loaded: a file that several steps run is read once. */
  readonly loaded: Map<string, Result.Result<LoadedFlow, FlowFileError>>
  /** Loads one, which is added to the chain. */
  readonly load: (file: string, loading: Loading) => Effect.Effect<LoadedFlow, FlowFileError>
}

/**
 * Loads the flows that the steps of a file run. `cwd` is where names are looked for, as `halte run NAME` does there; a
 * path is relative to the file.
 *
 * @since 0.1.0
 */
export const load = (root: FileNode, file: string, cwd: string, loading: Loading): Effect.Effect<SubFlows> =>
  Effect.gen(function* () {
    const found = new Map<string, Result.Result<LoadedFlow, FlowFileError>>()
    for (const text of named(get(root, "steps"))) found.set(text, yield* Effect.result(one(text, file, cwd, loading)))
    return found
  })

const one = (text: string, from: string, cwd: string, loading: Loading): Effect.Effect<LoadedFlow, FlowFileError> =>
  Effect.gen(function* () {
    const file = isPath(text) ? resolve(dirname(from), text) : yield* FlowFinder.find(text, cwd)
    const chain = [...loading.chain, from]
    if (chain.includes(file)) {
      const names = [...chain.slice(chain.indexOf(file)), file].map((path) => `\`${nameOf(path)}\``)
      return yield* refused(text, {
        code: "flow-contains-itself",
        message: `\`${text}\` is a step of itself: ${names.join(" → ")}.`,
        hint: "Write what is done again and again as a `for-each`."
      })
    }
    if (chain.length > deepest)
      return yield* refused(text, {
        code: "sub-flows-too-deep",
        message: `\`${text}\` lies more than ${deepest} levels below the flow that is started.`,
        hint: "Let the outer flows run it themselves."
      })
    const known = loading.loaded.get(file) ?? (yield* Effect.result(loading.load(file, { ...loading, chain })))
    loading.loaded.set(file, known)
    return yield* Effect.fromResult(known)
  })

const isPath = (text: string) => /[/\\]|\.(ya?ml|json)$/.test(text)

const nameOf = (path: string) => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)

const refused = (text: string, finding: Diagnostic.Finding) =>
  Effect.fail(new FlowFileError({ diagnostics: [Diagnostic.ofFile(text, "error", finding)] }))

/** What the steps name, in the order of the file. Whether a step is right is found out when it is compiled. */
const named = (steps: FileNode | undefined, into = new Set<string>()): ReadonlySet<string> => {
  if (steps?._tag !== "Map") return into
  for (const { value: step } of steps.entries) {
    const flow = get(step, "flow")
    if (flow?._tag === "Scalar" && flow.value !== null && !flow.text.includes("${{")) into.add(flow.text)
    named(get(step, "steps"), into)
  }
  return into
}
