/**
 * The flows that an engine knows, compiled and checked.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import type * as Flow from "./Flow.ts"
import * as FlowError from "./FlowError.ts"
import * as FlowStep from "./FlowStep.ts"
import type { FlowDescription } from "./model/FlowDescription.ts"
import type { FlowOrigin } from "./model/FlowOrigin.ts"
import { FlowInvalid, FlowNotFound } from "./model/ExecutionsError.ts"
import * as StepGraph from "./StepGraph.ts"

/**
 * Compiled flows by name.
 *
 * @since 0.1.0
 */
export interface FlowCatalog {
  readonly all: Effect.Effect<ReadonlyArray<StepGraph.StepGraph>>
  /** Of those that the engine was given, then of those that their steps run. */
  readonly get: (name: string) => Effect.Effect<StepGraph.StepGraph, FlowNotFound>
  /** Of those that it was given, then of those that are made on request. */
  readonly toStart: (name: string, params: unknown) => Effect.Effect<StepGraph.StepGraph, FlowNotFound | FlowInvalid>
  /** Of a flow that a step brings along. */
  readonly compile: (flow: Flow.Any) => Effect.Effect<StepGraph.StepGraph, FlowInvalid>
}

/**
 * A flow as an execution has kept it.
 *
 * @since 0.1.0
 */
export interface StoredFlow {
  readonly description: FlowDescription
  readonly origin: FlowOrigin | undefined
  readonly text: string | undefined
  /** The params of the execution, secrets left out. */
  readonly params: unknown
}

/**
 * A definition can't be had: the file is gone or has mistakes, a module has changed.
 *
 * @since 0.1.0
 */
export class DefinitionUnavailable extends Schema.TaggedError<DefinitionUnavailable>()("DefinitionUnavailable", {
  flow: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The definition of flow \`${this.flow}\` can't be had: ${this.reason}`
  }
}

/**
 * Makes the flows of stored executions again, for an engine that was not given them.
 *
 * @since 0.1.0
 */
export interface FlowSource<out R> {
  /** The flow as it is defined now, where it was defined then. */
  readonly current: (stored: StoredFlow) => Effect.Effect<Flow.Flow<unknown, R>, DefinitionUnavailable>
  /** The flow as it was defined then. */
  readonly stored: (stored: StoredFlow) => Effect.Effect<Flow.Flow<unknown, R>, DefinitionUnavailable>
}

/**
 * Flows that are made on request, beside those that an engine is given once: of files that people go on writing, or of
 * the params of one start. The same definition should be the same flow each time: it is checked and compiled once.
 *
 * @since 0.1.0
 */
export interface FlowProvider<out R> {
  /** The flows that there are now. What can't run as it is defined now may be among them as it was before. */
  readonly all: Effect.Effect<ReadonlyArray<Flow.Flow<unknown, R>>>
  /** The flow of this name to start now with these params; `undefined` where it has none. */
  readonly get: (name: string, params: unknown) => Effect.Effect<Flow.Flow<unknown, R> | undefined, FlowInvalid>
}

/**
 * Compiles flows. Fails with the problems of the first flow that has any; two flows of one name are a problem, too. A
 * flow that is given here comes before one of the same name that is made on request.
 *
 * @since 0.1.0
 */
export const make = (
  flows: ReadonlyArray<Flow.Any>,
  provider?: FlowProvider<unknown>
): Effect.Effect<FlowCatalog, FlowError.FlowError> =>
  Effect.gen(function* () {
    const byName = new Map<string, StepGraph.StepGraph>()
    for (const flow of flows) {
      const graph = StepGraph.make(flow)
      if (Result.isFailure(graph)) return yield* Effect.fail(graph.failure)
      if (byName.has(flow.name))
        return yield* Effect.fail(
          new FlowError.FlowError({
            flow: flow.name,
            problems: [
              new FlowError.InvalidSetting({ flow: flow.name, setting: "name", reason: "is the name of two flows" })
            ]
          })
        )
      byName.set(flow.name, graph.success)
    }
    const given = [...byName.values()]
    const compile = compiler()
    const inner = new Map<string, StepGraph.StepGraph>()
    for (const { flow } of given)
      for (const child of FlowStep.within(flow.steps)) {
        const graph = compile(child)
        if (Result.isFailure(graph)) return yield* Effect.fail(graph.failure)
        inner.set(child.name, graph.success)
      }
    const get: FlowCatalog["get"] = (name) => {
      const graph = byName.get(name) ?? inner.get(name)
      return graph === undefined
        ? Effect.fail(new FlowNotFound({ flow: name, known: [...byName.keys()] }))
        : Effect.succeed(graph)
    }
    const compiled: FlowCatalog["compile"] = (flow) => Effect.fromResult(Result.mapError(compile(flow), toInvalid))
    if (provider === undefined) return { all: Effect.succeed(given), get, toStart: get, compile: compiled }
    const all = Effect.map(provider.all, (made) => [
      ...given,
      ...made.flatMap((flow) => {
        const graph = byName.has(flow.name) ? undefined : compile(flow)
        return graph === undefined || Result.isFailure(graph) ? [] : [graph.success]
      })
    ])
    const made = (name: string, params: unknown) =>
      Effect.gen(function* () {
        const flow = yield* provider.get(name, params)
        if (flow !== undefined) return yield* compiled(flow)
        const known = (yield* all).map((graph) => graph.flow.name)
        return yield* new FlowNotFound({ flow: name, known: known.filter((one) => one !== name) })
      })
    const toStart: FlowCatalog["toStart"] = (name, params) => {
      const graph = byName.get(name)
      return graph === undefined ? made(name, params) : Effect.succeed(graph)
    }
    return { all, get, toStart, compile: compiled }
  })

/** Compiles a flow the first time it sees it. */
const compiler = () => {
  const compiled = new WeakMap<Flow.Any, ReturnType<typeof StepGraph.make>>()
  return (flow: Flow.Any) => {
    const before = compiled.get(flow)
    if (before !== undefined) return before
    const graph = StepGraph.make(flow)
    compiled.set(flow, graph)
    return graph
  }
}

const toInvalid = ({ flow, problems: [first, ...more] }: FlowError.FlowError): FlowInvalid => {
  const said = ({ code, message }: FlowError.Problem) => ({ code, message })
  return new FlowInvalid({ flow, problems: [said(first), ...more.map(said)] })
}

/**
 * Where an engine finds the flows of stored executions if all it has is a provider: the current ones by name, and of
 * earlier ones only those that have not changed since.
 *
 * @since 0.1.0
 */
export const sourceOf = <R>(provider: FlowProvider<R>): FlowSource<R> => {
  const current: FlowSource<R>["current"] = ({ description: { name }, params }) =>
    provider.get(name, params).pipe(
      Effect.mapError(({ message }) => new DefinitionUnavailable({ flow: name, reason: message })),
      Effect.flatMap((flow) =>
        flow === undefined
          ? Effect.fail(new DefinitionUnavailable({ flow: name, reason: "no flow has this name any more." }))
          : Effect.succeed(flow)
      )
    )
  return {
    current,
    stored: (stored) =>
      Effect.flatMap(current(stored), (flow) => {
        const graph = StepGraph.make(flow)
        return Result.isSuccess(graph) && graph.success.description.fingerprint === stored.description.fingerprint
          ? Effect.succeed(flow)
          : Effect.fail(
              new DefinitionUnavailable({
                flow: flow.name,
                reason: "it has changed since, and what it was is not kept."
              })
            )
      })
  }
}
