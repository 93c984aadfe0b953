/**
 * The steps of a flow as a tree whose groups are open or closed: what graph, timeline and line of steps all show.
 */
import type { FlowDescription } from "@halte/engine/model"

type Step = FlowDescription.StepDescription

export interface Row {
  readonly step: Step
  /** 1 at the top. */
  readonly level: number
  /** Its place among its siblings, from 1, and how many these are. */
  readonly position: number
  readonly size: number
  /** Of a group: whether its steps are shown. */
  readonly open: boolean | undefined
  /** The levels around it on which something follows: their lines go on beside it. */
  readonly rails: ReadonlyArray<number>
}

/** The rows that are seen while some groups are closed, in the order of the definition. */
export const rows = (steps: ReadonlyArray<Step>, collapsed: ReadonlySet<string>): ReadonlyArray<Row> => {
  const out: Array<Row> = []
  const visit = (siblings: ReadonlyArray<Step>, level: number, rails: ReadonlyArray<number>) => {
    for (const [i, step] of siblings.entries()) {
      const open = step.steps === undefined ? undefined : !collapsed.has(step.id)
      out.push({ step, level, position: i + 1, size: siblings.length, open, rails })
      if (open === true) visit(step.steps ?? [], level + 1, i + 1 < siblings.length ? [...rails, level] : rails)
    }
  }
  visit(steps, 1, [])
  return out
}

/** A step of a flow and what is around it. */
export interface Place {
  readonly step: Step
  readonly parent: string | undefined
  /** The ids of the steps in it that are no groups; of a step its own. */
  readonly leaves: ReadonlyArray<string>
}

const known = new WeakMap<ReadonlyArray<Step>, ReadonlyMap<string, Place>>()

/** Every step and group by id, in the order of the definition. */
export const places = (flow: Pick<FlowDescription.FlowDescription, "steps">): ReadonlyMap<string, Place> => {
  const before = known.get(flow.steps)
  if (before !== undefined) return before
  const out = new Map<string, Place>()
  const visit = (steps: ReadonlyArray<Step>, parent: string | undefined): ReadonlyArray<string> =>
    steps.flatMap((step) => {
      const leaves: Array<string> = []
      out.set(step.id, { step, parent, leaves })
      if (step.steps === undefined) leaves.push(step.id)
      else for (const id of visit(step.steps, step.id)) leaves.push(id)
      return leaves
    })
  visit(flow.steps, undefined)
  known.set(flow.steps, out)
  return out
}

/** The groups around a step, the outermost first. */
export const ancestors = (all: ReadonlyMap<string, Place>, id: string): ReadonlyArray<string> => {
  const out: Array<string> = []
  for (let at = all.get(id)?.parent; at !== undefined; at = all.get(at)?.parent) out.unshift(at)
  return out
}

/** The step itself, or the outermost closed group that hides it. */
export const shownAs = (all: ReadonlyMap<string, Place>, collapsed: ReadonlySet<string>, id: string): string =>
  ancestors(all, id).find((group) => collapsed.has(group)) ?? id

/** More than these at once is more than a person takes in. */
const most = 150

/** Which groups are closed at first: none, or from the level on at which there would be too many steps. */
export const closedAtFirst = (steps: ReadonlyArray<Step>): ReadonlySet<string> => {
  const levels: Array<Array<Step>> = []
  for (let level = [...steps]; level.length > 0; level = level.flatMap((step) => step.steps ?? [])) levels.push(level)
  const closed = new Set<string>()
  let seen = 0
  let full = false
  for (const [i, level] of levels.entries()) {
    seen += level.length
    full ||= seen + (levels[i + 1]?.length ?? 0) > most
    if (full) for (const step of level) if (step.steps !== undefined) closed.add(step.id)
  }
  return closed
}
