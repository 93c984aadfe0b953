/**
 * What is drilled: a flow that can be made for a directory, any number of times.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { relative, resolve } from "node:path"
import { Flow, type FlowError } from "@halte/engine"
import { FlowFile, type FlowFileError } from "@halte/flow-file"
import type * as FlowSources from "../FlowSources.ts"
import { DrillError } from "./DrillError.ts"
import * as FileTree from "./FileTree.ts"

/**
 * A flow of a program.
 *
 * @since 0.1.0
 */
export type AnyFlow = Flow.Flow<unknown, FlowSources.Services>

/**
 * The path of a flow file; a flow; or what makes one for a directory, for each attempt anew: nothing that one attempt has
 * in memory is then there in the next.
 *
 * @since 0.1.0
 */
export type Drillable = string | AnyFlow | ((directory: string) => AnyFlow | Promise<AnyFlow>)

/**
 * Waits of a flow file are cut to this: what counts is that they can be stopped.
 */
const longestWaitMillis = 200

/**
 * Where a flow file lies in a copy: there, if it was copied; else where it is.
 *
 * @since 0.1.0
 */
export const placeOf = (
  file: string,
  directory: string,
  ignore: ReadonlyArray<string>
): { readonly inside: string | undefined } => {
  const path = relative(directory, file).replaceAll("\\", "/")
  const isOutside = path === "" || path.startsWith("..") || resolve(directory, path) !== file
  const isPassedOver = path.split("/").some(FileTree.isLeftOut) || FileTree.isMeant(path, ignore)
  return { inside: isOutside || isPassedOver ? undefined : path }
}

/**
 * Loads a flow file to run in a copy.
 *
 * @since 0.1.0
 */
export const load = (
  file: string,
  directory: string,
  env: Readonly<Record<string, string | undefined>> | undefined
): Effect.Effect<AnyFlow, FlowFileError> =>
  Effect.map(FlowFile.load(file, { cwd: directory, project: directory, env }), ({ flow }) => shortened(flow))

/**
 * A flow with short waits. The steps of a file that was just loaded are nobody else's: they are changed in place, since
 * others refer to them.
 */
const shortened = (flow: AnyFlow): AnyFlow => {
  const visit = (steps: ReadonlyArray<Changeable>): void => {
    for (const step of steps) {
      const { retry } = step.options
      if (retry !== undefined) Object.assign(step.options, { retry: { ...retry, maxDelay: longestWaitMillis } })
      if (step.kind === "sleep" && step.body !== undefined) step.body = shortWait(step.body)
      visit([...(step.steps ?? []), ...(step.flow?.steps ?? [])])
    }
  }
  visit(flow.steps as unknown as ReadonlyArray<Changeable>)
  return flow
}

interface Changeable {
  readonly kind: string
  readonly options: { readonly retry?: object | undefined }
  readonly steps?: ReadonlyArray<Changeable>
  readonly flow?: { readonly steps: ReadonlyArray<Changeable> }
  body?: (input: never, step: never) => unknown
}

const shortWait =
  (body: NonNullable<Changeable["body"]>) =>
  (input: never, step: never): unknown => {
    const work = body(input, step)
    return Effect.isEffect(work)
      ? Effect.map(Effect.timeoutOption(work as Effect.Effect<unknown>, longestWaitMillis), (done) =>
          done._tag === "Some" ? done.value : undefined
        )
      : work
  }

/**
 * The flow itself, for one attempt in a directory.
 *
 * @since 0.1.0
 */
export const make = (
  target: Drillable,
  options: {
    readonly directory: string
    readonly env: Readonly<Record<string, string | undefined>> | undefined
  }
): Effect.Effect<AnyFlow, FlowFileError | FlowError.FlowError | DrillError> => {
  if (typeof target === "string") return load(target, options.directory, options.env)
  if (typeof target !== "function") return Effect.succeed(target)
  return Effect.tryPromise({
    try: async () => target(options.directory),
    catch: (error) =>
      new DrillError({
        code: "invalid-setting",
        reason: `The flow can't be made: ${error instanceof Error ? error.message : String(error)}.`,
        hint: "Look at the function that makes it."
      })
  })
}
