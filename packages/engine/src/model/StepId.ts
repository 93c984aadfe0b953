/**
 * Step ids: the path of names from the flow to a step, `upload/part-2`. Instances known only at run time add a segment
 * of digits, the index of their item: `resize/17/encode`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The id of a step within its flow.
 *
 * @since 0.1.0
 */
export const StepId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[a-z][a-z0-9-]*(\/([a-z][a-z0-9-]*|\d+))*$/)),
  Schema.brand("StepId")
)
export type StepId = typeof StepId.Type

/**
 * What stands for the flow itself where clean-ups, processes and lines are told by their step: no step can be called so.
 *
 * @since 0.1.0
 */
export const ofFlow = "@flow"

/**
 * An id as people read it: what stands for the flow is `the flow`.
 *
 * @since 0.1.0
 */
export const toText = (id: string): string => (id === ofFlow ? "the flow" : id)

/**
 * Whether `name` may name a step or a flow: a small letter, then small letters, digits and hyphens.
 *
 * @since 0.1.0
 */
export const isName = (name: string): boolean => /^[a-z][a-z0-9-]*$/.test(name)

/**
 * Joins the id of a group, or `undefined` for the flow itself, and a name.
 *
 * @since 0.1.0
 */
export const join = (group: StepId | undefined, name: string): StepId =>
  (group === undefined ? name : `${group}/${name}`) as StepId

/**
 * The id of the group that holds a step; `undefined` at the top of the flow.
 *
 * @since 0.1.0
 */
export const parent = (id: StepId): StepId | undefined => {
  const at = id.lastIndexOf("/")
  return at < 0 ? undefined : (id.slice(0, at) as StepId)
}

/**
 * The last name of an id.
 *
 * @since 0.1.0
 */
export const lastName = (id: string): string => id.slice(id.lastIndexOf("/") + 1)

/**
 * The id of what a step of a map was made from, which has `*` in the place of each index: `resize/*` of `resize/17`.
 *
 * @since 0.1.0
 */
export const template = (id: string): string => id.replace(/\/\d+(?=\/|$)/g, "/*")

/**
 * The known name nearest to a misspelt one, or `undefined` when none is near: at most a third of its letters differ,
 * two that have changed places counting as one.
 *
 * @since 0.1.0
 */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const other of known) {
    const distance = editDistance(name, other, least)
    if (distance < least) {
      least = distance
      best = other
    }
  }
  return best
}

// Two neighbouring letters in the wrong order count as one slip, like a wrong, a missing or an additional letter.
const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: Array<number> = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? before[j - 2]! + 1 : limit
      )
    }
    before = row
    row = next
  }
  return row[b.length]!
}
