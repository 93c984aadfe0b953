/**
 * What an attempt that only takes back begins with, found out from the events of its execution alone; or why it can't
 * begin.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as CommandTable from "./model/CommandTable.ts"
import type { UndoRequest } from "./model/Executions.ts"
import { CommandRefused } from "./model/ExecutionsError.ts"
import * as ExecutionState from "./model/ExecutionState.ts"
import * as FlowDescription from "./model/FlowDescription.ts"
import * as UndoPlan from "./model/UndoPlan.ts"
import * as Resume from "./Resume.ts"
import type * as Step from "./Step.ts"
import * as StepGraph from "./StepGraph.ts"
import type { UndoAttempt } from "./UndoWork.ts"

/**
 * What it looks at.
 *
 * @since 0.1.0
 */
export interface Undoing extends Resume.Going {
  readonly request: UndoRequest
}

/**
 * Prepares an attempt that takes back what completed, or the steps and groups that are named.
 *
 * **Details**
 *
 * Refuses with `nothing-to-undo` when there is nothing, or nothing under one of the names, and with `secret-masked` when
 * a step's undo reads a value of which a secret was left out: what is stored is not what the step gave.
 *
 * @since 0.1.0
 */
export const prepare = (
  undoing: Undoing
): Effect.Effect<Omit<Resume.Resumption, "again"> & { readonly undo: UndoAttempt }, Resume.Refused> =>
  Effect.gen(function* () {
    const { events, reader, request } = undoing
    const state = ExecutionState.fold(undefined, events)!
    const refuse = (code: CommandRefused["code"], more: Partial<Resume.More>) =>
      new CommandRefused({ execution: state.id, command: "undo", code, status: state.status, ...more })
    // Another process may have gone on with it since somebody looked.
    const answer = CommandTable.answer(state.status, "undo")
    if (answer._tag !== "Attempt") return yield* refuse(answer._tag === "Refuse" ? answer.code : "running", {})
    const graph = yield* Resume.definition(undoing, state, refuse)
    const maps = Resume.mapsOf(graph, events)
    const description = withMaps(graph.description, maps)
    const all = UndoPlan.of(state, description)
    const names = request.steps ?? []
    const unmet = UndoPlan.unmet(names, all, state, description)
    if (unmet.length > 0)
      return yield* refuse("nothing-to-undo", {
        steps: unmet.map(({ name }) => name),
        detail: `${unmet.map(({ name, reason }) => `\`${name}\` ${reason}`).join("; ")}.`
      })
    const targets =
      names.length === 0 ? all : all.filter(({ step }) => names.some((name) => UndoPlan.isNamed(step, name)))
    if (targets.length === 0)
      return yield* refuse("nothing-to-undo", { detail: "No completed step or group of it has an `undo`." })
    const masked = targets.filter(({ masked, step }) => masked && readsValue(StepGraph.nodeOf(graph, step)!.step))
    if (masked.length > 0)
      return yield* refuse("secret-masked", {
        steps: masked.map(({ step }) => step),
        detail:
          "What they gave held a secret, which is not stored, and their `undo` reads it: take back the others by name."
      })
    const params = yield* Resume.decode(graph, state, undoing, refuse)
    const completed = new Map<string, unknown>()
    const values = new Map<string, unknown>()
    for (const step of inOrder(state, graph)) {
      const value = yield* reader.resolve(state.id, step.references, "value", step.value)
      ;(step.status === "Completed" ? completed : values).set(step.id, value)
    }
    const kept = new Map<string, { readonly items: ReadonlyArray<unknown> }>()
    for (const [map, { items, references }] of maps) {
      const all = yield* reader.resolve(state.id, references, "items", items)
      kept.set(map, { items: (all ?? []) as ReadonlyArray<unknown> })
    }
    return {
      graph,
      params,
      attempt: state.attempt + 1,
      earlier: { completed, cursors: new Map(), kept },
      undo: { targets, steps: state.steps, values }
    }
  })

const readsValue = ({ options: { undo } }: Step.Any): boolean =>
  typeof undo === "function" || undo?.readsValue !== false

/** A definition in which maps hold what they have made. */
const withMaps = (
  flow: FlowDescription.FlowDescription,
  maps: ReadonlyMap<string, { readonly count: number }>
): FlowDescription.FlowDescription =>
  [...maps]
    .sort(([a], [b]) => a.split("/").length - b.split("/").length)
    .reduce((all, [map, { count }]) => FlowDescription.expand(all, map, count), flow)

/** Steps whose values there are, in the order of their completion. */
const inOrder = (state: ExecutionState.ExecutionState, graph: StepGraph.StepGraph) =>
  [...state.steps.values()]
    .filter(({ status, undoneWith }) => status === "Completed" || undoneWith !== undefined)
    .filter(({ id }) => StepGraph.nodeOf(graph, id) !== undefined)
    .sort((a, b) => (a.completedAs ?? 0) - (b.completedAs ?? 0))
