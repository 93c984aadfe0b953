/**
 * What differs between two definitions of a flow, step by step, and which steps run again because of it.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import type { StepChange } from "./ExecutionsError.ts"
import type { FlowDescription, StepDescription } from "./FlowDescription.ts"

type Steps = Pick<FlowDescription, "steps">

/**
 * The steps and groups that were added, removed or changed, in the order of the definition; what was removed stands
 * where it was. `before` and `after` read as one line each: of an added or a removed step what there is to say about it,
 * of a changed one only what differs.
 *
 * **Details**
 *
 * Where both definitions have a step's fingerprint it decides whether the step has changed, else what is described of
 * it; labels, icons and descriptions never do. A change that nothing described shows has no `before`, and `its
 * definition` as `after`. A group is compared without its steps, which are listed on their own.
 *
 * @since 0.1.0
 */
export const between = (before: Steps, after: Steps): ReadonlyArray<StepChange> => {
  const old = byId(before)
  const now = byId(after)
  return merged([...old.keys()], [...now.keys()]).flatMap((id): ReadonlyArray<StepChange> => {
    const [was, is] = [old.get(id)?.step, now.get(id)?.step]
    if (was === undefined) return [{ step: id, change: "added", after: line(is!) }]
    if (is === undefined) return [{ step: id, change: "removed", before: line(was) }]
    const known = was.fingerprint !== undefined && is.fingerprint !== undefined
    if (known && was.fingerprint === is.fingerprint) return []
    const differing = facts.filter(({ read }) => read(was) !== read(is))
    if (differing.length > 0) {
      const read = (step: StepDescription) => oneLine(differing.map((fact) => fact.read(step)).join("; "))
      return [{ step: id, change: "changed", ...aroundDifference(read(was), read(is)) }]
    }
    return known ? [{ step: id, change: "changed", after: "its definition" }] : []
  })
}

/**
 * The steps of `after` that run again: those that changed or were added, and all that come after them, directly or not.
 * A group stands for all of its steps; what comes after a group comes after each of them, also after one that it no
 * longer has. Groups themselves are not named.
 *
 * @since 0.1.0
 */
export const again = (changes: ReadonlyArray<StepChange>, after: Steps): ReadonlySet<string> => {
  const places = byId(after)
  const successors = new Map<string, Array<string>>()
  for (const [id, { step }] of places)
    for (const before of new Set([...step.after, ...(step.inputs ?? [])])) {
      const list = successors.get(before)
      if (list === undefined) successors.set(before, [id])
      else list.push(id)
    }

  const out = new Set<string>()
  // A queue and no recursion: chains may be as long as flows are.
  const begins: Array<string> = []
  const seen = new Set<string>()
  const over = new Set<string>()
  const begin = (id: string) => {
    if (!seen.has(id)) begins.push(id)
    seen.add(id)
  }
  const end = (id: string | undefined) => {
    for (let at = id; at !== undefined && !over.has(at); at = places.get(at)?.group) {
      over.add(at)
      for (const next of successors.get(at) ?? []) begin(next)
    }
  }

  for (const { change, step } of changes) {
    if (change !== "removed") {
      if (places.has(step)) begin(step)
    } else end(parents(step).find((group) => places.has(group)))
  }
  for (let id = begins.pop(); id !== undefined; id = begins.pop()) {
    const inner = places.get(id)!.step.steps
    if (inner === undefined) {
      out.add(id)
      end(id)
    } else for (const one of inner) begin(one.id)
  }
  return out
}

interface Place {
  readonly step: StepDescription
  readonly group: string | undefined
}

/** Steps and groups by id, each group before its steps. */
const byId = (flow: Steps): ReadonlyMap<string, Place> => {
  const out = new Map<string, Place>()
  const visit = (steps: ReadonlyArray<StepDescription>, group: string | undefined) => {
    for (const step of steps) {
      out.set(step.id, { step, group })
      if (step.steps !== undefined) visit(step.steps, step.id)
    }
  }
  visit(flow.steps, undefined)
  return out
}

/** The groups that an id lies in, the innermost first. */
const parents = (id: string): ReadonlyArray<string> =>
  id
    .split("/")
    .map((_, i, names) => names.slice(0, -1 - i).join("/"))
    .slice(0, -1)

/** The ids of `now`, with those only of `old` behind what they stood behind. */
const merged = (old: ReadonlyArray<string>, now: ReadonlyArray<string>): ReadonlyArray<string> => {
  const kept = new Set(now)
  const removedBehind = new Map<string | undefined, Array<string>>()
  let last: string | undefined
  for (const id of old) {
    if (kept.has(id)) last = id
    else removedBehind.set(last, [...(removedBehind.get(last) ?? []), id])
  }
  return [...(removedBehind.get(undefined) ?? []), ...now.flatMap((id) => [id, ...(removedBehind.get(id) ?? [])])]
}

/**
 * What is described of a step and decides how it runs. `usual` is what goes without saying of a step that is new or gone;
 * a fact without it is said of changes only.
 */
interface Fact {
  readonly read: (step: StepDescription) => string
  readonly usual?: string
}

const names = (ids: ReadonlyArray<string>) => (ids.length === 0 ? "nothing" : ids.join(", "))

const what: Fact["read"] = ({ detail, kind, steps }) =>
  steps === undefined ? (detail ?? kind) : `group of ${DurationText.plural(steps.length, "step")}`

const facts: ReadonlyArray<Fact> = [
  // Who adds a step to a group changes no key of it.
  { read: (step) => (step.steps === undefined ? what(step) : "group") },
  // Said by what they do, steps of two kinds may read the same.
  { read: ({ kind }) => `kind ${kind}` },
  {
    read: ({ after, inputs = [] }) => `after ${names(after.filter((id) => !inputs.includes(id)))}`,
    usual: "after nothing"
  },
  { read: ({ inputs = [] }) => `reads ${names(inputs)}`, usual: "reads nothing" },
  { read: ({ when }) => (when === undefined ? "always" : `when ${when}`), usual: "always" },
  {
    read: ({ timeoutMillis }) =>
      timeoutMillis === undefined ? "no timeout" : `timeout ${DurationText.short(timeoutMillis)}`,
    usual: "no timeout"
  },
  { read: ({ tries = 1 }) => DurationText.plural(tries, "try", "tries"), usual: "1 try" },
  {
    read: ({ retryOn }) => `tried again after ${retryOn === undefined ? "any failure" : retryOn.join(", ")}`,
    usual: "tried again after any failure"
  },
  {
    read: ({ stops, stopsWithinMillis: millis }) =>
      `${millis === undefined ? "no bound" : `stops within ${DurationText.short(millis)}`} (${stops ?? "as its steps"})`
  },
  {
    read: ({ idempotent }) => (idempotent === undefined ? "idempotent unsaid" : `idempotent ${idempotent}`),
    usual: "idempotent unsaid"
  },
  { read: ({ cleanUp }) => (cleanUp === true ? "with clean-up" : "no clean-up"), usual: "no clean-up" },
  { read: ({ undo }) => (undo === true ? "with undo" : "no undo"), usual: "no undo" }
]

/** All that there is to say about a step. */
const line = (step: StepDescription): string => {
  const more = facts.flatMap(({ read, usual }) => (usual === undefined || read(step) === usual ? [] : [read(step)]))
  return cut(oneLine([what(step), ...more].join("; ")), 0)
}

// Commands may have several lines, and whatever else their author wrote.
const oneLine = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) =>
    c === "\n" ? "\\n" : c === "\t" ? "\\t" : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** The longest line, and how much of what is the same stands before a difference in a longer one. */
const longest = 120
const lead = 40

const cut = (text: string, from: number): string => {
  const start = text.length <= longest || from <= lead ? 0 : from - lead
  const part = text.slice(start, start + longest)
  return `${start > 0 ? "…" : ""}${part}${start + longest < text.length ? "…" : ""}`
}

/** Both as lines in which the first difference is seen. */
const aroundDifference = (before: string, after: string): { readonly before: string; readonly after: string } => {
  let at = 0
  while (at < before.length && before[at] === after[at]) at++
  return { before: cut(before, at), after: cut(after, at) }
}
