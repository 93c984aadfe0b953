/**
 * What an undo would take back: the completed steps and groups that say how, in reverse order of completion.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import type { CleanUpState, ExecutionState, StepState } from "./ExecutionState.ts"
import type { FlowDescription, StepDescription } from "./FlowDescription.ts"
import { leaves } from "./FlowDescription.ts"

/**
 * One step or group to take back.
 *
 * @since 0.1.0
 */
export interface UndoTarget {
  readonly step: string
  readonly isGroup: boolean
  /** A secret was left out of what is stored of its value. */
  readonly masked: boolean
}

/**
 * The steps and groups that would be taken back now, in the order in which that would be done: the last one that
 * completed first, a complete group before the steps in it.
 *
 * **Details**
 *
 * What an undo that stopped half-way has not come to is part of it, also where it counts as not started since the undo
 * of its group. `definition` is the one that says which steps have an undo.
 *
 * @default definition that of the latest attempt
 *
 * @since 0.1.0
 */
export const of = (
  state: ExecutionState,
  definition: Pick<FlowDescription, "steps"> = state.definition
): ReadonlyArray<UndoTarget> => {
  const groups = new Map<string, Group>()
  const within = new Map<string, Group>()
  const visit = (steps: ReadonlyArray<StepDescription>, up: Group | undefined) => {
    for (const step of steps) {
      if (step.steps === undefined) {
        if (up !== undefined) within.set(step.id, up)
        for (let at = up; at !== undefined; at = at.up) if (state.steps.get(step.id)?.status !== "Skipped") at.left++
        continue
      }
      const group: Group = { step, up, left: 0, isUndone: false, masked: false }
      groups.set(step.id, group)
      visit(step.steps, group)
    }
  }
  visit(definition.steps, undefined)
  const found: Array<UndoTarget> = []
  const completed = leaves(definition)
    .flatMap((leaf) => {
      const step = state.steps.get(leaf.id)
      return step !== undefined && isTaken(step) ? [{ leaf, step }] : []
    })
    .sort((a, b) => (a.step.completedAs ?? 0) - (b.step.completedAs ?? 0))
  for (const { leaf, step } of completed) {
    const masked = step.masked === true
    if (leaf.undo === true) found.push({ step: leaf.id, isGroup: false, masked })
    for (let at = within.get(leaf.id); at !== undefined; at = at.up) {
      if (masked) at.masked = true
      const { undoneWith } = step
      if (undoneWith !== undefined && (undoneWith === at.step.id || undoneWith.startsWith(`${at.step.id}/`)))
        at.isUndone = true
      if (--at.left === 0 && at.step.undo === true && !at.isUndone)
        found.push({ step: at.step.id, isGroup: true, masked: at.masked })
    }
  }
  return found.reverse()
}

interface Group {
  readonly step: StepDescription
  readonly up: Group | undefined
  /** Steps in it that are neither skipped nor completed. */
  left: number
  isUndone: boolean
  masked: boolean
}

const isTaken = ({ status, undoneWith }: StepState): boolean =>
  status === "Completed" || (status === "Waiting" && undoneWith !== undefined)

/**
 * Whether a name stands for a step or a group: its id, the end of its id, or a group that it is in.
 *
 * @since 0.1.0
 */
export const isNamed = (id: string, name: string): boolean =>
  id === name || id.endsWith(`/${name}`) || id.startsWith(`${name}/`) || id.includes(`/${name}/`)

/**
 * Names under which nothing can be taken back, each with the reason.
 *
 * @since 0.1.0
 */
export const unmet = (
  names: ReadonlyArray<string>,
  targets: ReadonlyArray<UndoTarget>,
  state: ExecutionState,
  definition: Pick<FlowDescription, "steps"> = state.definition
): ReadonlyArray<{ readonly name: string; readonly reason: string }> => {
  const all: Array<StepDescription> = []
  const visit = (steps: ReadonlyArray<StepDescription>) => {
    for (const step of steps) {
      all.push(step)
      if (step.steps !== undefined) visit(step.steps)
    }
  }
  visit(definition.steps)
  return names.flatMap((name) => {
    if (targets.some(({ step }) => isNamed(step, name))) return []
    const meant = all.filter(({ id }) => isNamed(id, name))
    const reason =
      meant.length === 0
        ? "is no step of the flow"
        : meant.every(({ undo }) => undo !== true)
          ? "has no `undo`"
          : "has not completed, or was undone"
    return [{ name, reason }]
  })
}

/**
 * How far an attempt that takes back has come.
 *
 * @since 0.1.0
 */
export interface UndoProgress {
  /** Taken back, the first one first. */
  readonly done: ReadonlyArray<string>
  readonly failed: ReadonlyArray<CleanUpState>
  readonly running: CleanUpState | undefined
  /** Not come to. */
  readonly left: ReadonlyArray<string>
  readonly all: number
}

/**
 * The progress of an attempt that takes back; `undefined` when the latest attempt is none.
 *
 * @since 0.1.0
 */
export const progress = ({ cleanUps = [], undo }: ExecutionState): UndoProgress | undefined => {
  if (undo === undefined) return undefined
  const told = cleanUps.filter(({ kind }) => kind === "undo")
  const begun = new Set(told.map(({ step }) => step))
  return {
    done: told.flatMap(({ status, step }) => (status === "done" ? [step] : [])),
    failed: told.filter(({ status }) => status === "failed"),
    running: told.find(({ status }) => status === "running"),
    left: undo.filter((step) => !begun.has(step)),
    all: undo.length
  }
}

/**
 * How far it has come, in words: `2 of 3 undone`.
 *
 * @since 0.1.0
 */
export const progressText = ({ all, done }: UndoProgress): string =>
  `${DurationText.count(done.length)} of ${DurationText.count(all)} undone`
