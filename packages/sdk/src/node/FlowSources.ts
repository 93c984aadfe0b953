/**
 * The flows of stored executions, made again: from the file or the module that they came from, or from the text that was
 * stored.
 *
 * @since 0.1.0
 */
import { isAbsolute, join } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect, Predicate } from "effect"
import { Flow, FlowCatalog, type ModuleRunner, type ProcessRunner } from "@halte/engine"
import { FlowFile } from "@halte/flow-file"
import type { HttpClient } from "effect/http"

/**
 * What the steps of a flow may need.
 *
 * @since 0.1.0
 */
export type Services = ProcessRunner.ProcessRunner | ModuleRunner.ModuleRunner | HttpClient.HttpClient

type AnyFlow = Flow.Flow<unknown, Services>

/**
 * @since 0.1.0
 */
export interface Options {
  /** The project's directory. */
  readonly project: string
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Flows of the program itself, by name. */
  readonly builtIn?: Readonly<Record<string, (stored: FlowCatalog.StoredFlow) => AnyFlow>> | undefined
}

/**
 * Makes the source.
 *
 * @since 0.1.0
 */
export const make = (options: Options): FlowCatalog.FlowSource<Services> => ({
  current: (stored) => {
    switch (stored.origin?.kind) {
      case "file":
        return FlowFile.current(stored.origin, options).pipe(
          Effect.map(({ flow }) => withConcurrency(flow, stored)),
          Effect.mapError((error) => unavailable(stored, inWords(error)))
        )
      case "module":
        return fromModule(stored, options)
      case "built-in":
        return builtIn(stored, options)
      default:
        return Effect.fail(unavailable(stored, "it was started by a program that does not say where it is defined."))
    }
  },
  stored: (stored) => {
    const { origin, text } = stored
    if (origin?.kind === "built-in") return builtIn(stored, options)
    if (origin?.kind !== "file" || text === undefined)
      return Effect.fail(unavailable(stored, "a flow that is defined in code is not kept."))
    return FlowFile.restore(origin, text, options).pipe(
      Effect.map(({ flow }) => withConcurrency(flow, stored)),
      Effect.mapError((error) => unavailable(stored, inWords(error)))
    )
  }
})

const unavailable = (stored: FlowCatalog.StoredFlow, reason: string) =>
  new FlowCatalog.DefinitionUnavailable({ flow: stored.description.name, reason })

// The first problem says enough here; `halte check` says them all.
const inWords = (error: { readonly message: string }): string => error.message.split("\n", 1)[0]!

/** The number of steps at a time is what the execution was started with, which a person may have said beside the file. */
const withConcurrency = (flow: AnyFlow, { description }: FlowCatalog.StoredFlow): AnyFlow =>
  description.concurrency === undefined || flow.concurrency === description.concurrency
    ? flow
    : { ...flow, concurrency: description.concurrency }

const builtIn = (stored: FlowCatalog.StoredFlow, options: Options) => {
  const make = options.builtIn?.[stored.description.name]
  return make === undefined
    ? Effect.fail(unavailable(stored, "it is part of another program."))
    : Effect.succeed(make(stored))
}

const fromModule = (stored: FlowCatalog.StoredFlow, options: Options) =>
  Effect.gen(function* () {
    const { export: name = "default", path } = stored.origin!
    if (path === undefined) return yield* unavailable(stored, "its module is not known.")
    const file = isAbsolute(path) ? path : join(options.project, path)
    const module = yield* Effect.tryPromise({
      try: () => import(pathToFileURL(file).href) as Promise<Readonly<Record<string, unknown>>>,
      catch: (error) =>
        unavailable(stored, `\`${path}\` can't be loaded: ${error instanceof Error ? error.message : String(error)}`)
    })
    const found = module[name]
    return Predicate.hasProperty(found, Flow.TypeId)
      ? (found as unknown as AnyFlow)
      : yield* unavailable(stored, `\`${path}\` exports no flow as \`${name}\`.`)
  })
