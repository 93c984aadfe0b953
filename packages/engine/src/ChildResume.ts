/**
 * How the resume of an execution goes down to its sub-flows: what each of them is asked, and whether they could be
 * resumed at all, found out before anything begins.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { ExecutionReader } from "./ExecutionReader.ts"
import type { FlowCatalog } from "./FlowCatalog.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { ResumeRequest } from "./model/Executions.ts"
import { CommandRefused, type ExecutionsUnavailable } from "./model/ExecutionsError.ts"
import { isEnded } from "./model/ExecutionStatus.ts"
import * as FlowDescription from "./model/FlowDescription.ts"
import * as ParentStep from "./model/ParentStep.ts"
import * as StepId from "./model/StepId.ts"
import * as Resume from "./Resume.ts"
import type * as Step from "./Step.ts"
import * as StepGraph from "./StepGraph.ts"

/**
 * The flow of a step as it is defined now, for an execution that was started with these params; `undefined` where it is
 * for the record of the execution to say.
 *
 * @since 0.1.0
 */
export const currentOf = (
  catalog: FlowCatalog,
  flow: NonNullable<Step.Any["flow"]> | string,
  params: unknown
): Effect.Effect<StepGraph.StepGraph | undefined> =>
  (typeof flow === "string" ? catalog.toStart(flow, params) : catalog.compile(flow)).pipe(
    Effect.catch(() => Effect.succeed(undefined))
  )

/**
 * What the execution of a step is asked when the one it belongs to is resumed. Steps of it are named as they are seen
 * from there (`notes/tag`), or by their own names; the step itself stands for all of them.
 *
 * @since 0.1.0
 */
export const requestOf = (
  { definition, rerun }: Pick<ResumeRequest, "definition" | "rerun">,
  step: string,
  child: FlowDescription.FlowDescription
): Pick<ResumeRequest, "definition" | "rerun"> => {
  const names = (rerun ?? []).flatMap((name): ReadonlyArray<string> => {
    if (name === step || name === StepId.lastName(step as StepId.StepId) || step.startsWith(`${name}/`))
      return FlowDescription.leaves(child).map(({ id }) => id)
    for (const prefix of [step, StepId.lastName(step as StepId.StepId)])
      if (name.startsWith(`${prefix}/`)) return [name.slice(prefix.length + 1)]
    return [name]
  })
  return { ...(definition === undefined ? undefined : { definition }), rerun: names }
}

/**
 * What is looked at.
 *
 * @since 0.1.0
 */
export interface Looking extends Pick<Resume.Resuming, "catalog" | "source"> {
  readonly reader: ExecutionReader
  /** Whether an execution is under way here. */
  readonly isLive: (id: ExecutionId) => boolean
}

/**
 * Refuses the resume of an execution for the reasons that one of its sub-flows would have, which is named: a definition
 * that has changed, or steps that may not run again.
 *
 * @since 0.1.0
 */
export const check = (
  looking: Looking,
  refused: Pick<CommandRefused, "execution" | "status">,
  request: Pick<ResumeRequest, "definition" | "rerun">,
  { earlier, graph }: Pick<Resume.Resumption, "earlier" | "graph">
): Effect.Effect<void, CommandRefused | ExecutionsUnavailable> =>
  Effect.gen(function* () {
    const { catalog, isLive, reader, source } = looking
    for (const [step, cursor] of earlier.cursors) {
      const node = StepGraph.nodeOf(graph, step)?.step
      const id = node?.kind === "flow" ? ParentStep.inCursor(cursor) : undefined
      if (node === undefined || id === undefined || isLive(id)) continue
      const events = yield* reader.all(id)
      const state = Resume.stateOf(events)
      if (state === undefined || !isEnded(state.status) || state.status === "Completed") continue
      const current = yield* currentOf(catalog, node.flow ?? state.flow, state.params)
      const asked = requestOf(request, step, state.definition)
      const prepared = yield* Effect.result(
        Resume.prepare({ events, request: asked, reader, catalog, source, current, known: undefined })
      )
      if (prepared._tag === "Success") {
        yield* Effect.mapError(check(looking, refused, asked, prepared.success), (error) =>
          error._tag === "CommandRefused" ? within(step, error) : error
        )
        continue
      }
      const { failure } = prepared
      // Its secrets come from the step that starts it, and what else it may lack is found out when it is resumed.
      if (
        failure._tag !== "CommandRefused" ||
        (failure.code !== "definition-changed" && failure.code !== "needs-rerun")
      )
        continue
      yield* new CommandRefused({
        ...within(step, failure),
        ...refused,
        detail: `It is sub-flow \`${state.flow}\` at \`${step}\` (execution \`${id}\`).${failure.detail === undefined ? "" : ` ${failure.detail}`}`
      })
    }
  })

/** The same, its steps seen from the execution that it belongs to. */
const within = (parent: string, { changes, code, command, detail, execution, status, steps }: CommandRefused) =>
  new CommandRefused({
    execution,
    command,
    code,
    status,
    ...(steps === undefined ? undefined : { steps: steps.map((step) => `${parent}/${step}`) }),
    ...(changes === undefined
      ? undefined
      : { changes: changes.map((change) => ({ ...change, step: `${parent}/${change.step}` })) }),
    ...(detail === undefined ? undefined : { detail })
  })
