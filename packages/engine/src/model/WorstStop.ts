/**
 * The bound of a flow as a whole: the longest that a stop may take, whatever is under way when it is asked for. The
 * bound that is promised at the moment of a request, which knows what runs, is never longer.
 *
 * @since 0.1.0
 */
import * as FlowDescription from "./FlowDescription.ts"
import * as HeaviestAntichain from "./HeaviestAntichain.ts"
import * as StepOrder from "./StepOrder.ts"
import * as StepId from "./StepId.ts"
import * as StopBound from "./StopBound.ts"

/**
 * What a bound is made of. `Steps` stop side by side, the longest of them counts; then each `CleanUp` of a group that
 * has begun and is not whole runs, one after the other.
 *
 * @since 0.1.0
 */
export type Part =
  | { readonly _tag: "Steps"; readonly steps: ReadonlyArray<string>; readonly millis: number }
  | { readonly _tag: "CleanUp"; readonly step: string; readonly millis: number }

/**
 * A bound and its parts; without a bound there are none. Where so many groups have a clean-up that only a limit for
 * their sum is known, all of them are named as parts and count together at most what the bound says.
 *
 * @since 0.1.0
 */
export interface WorstStop {
  readonly bound: StopBound.StopBound
  readonly parts: ReadonlyArray<Part>
}

/**
 * The bound of one step, as its definition states it.
 *
 * @since 0.1.0
 */
export const ofStep = (step: FlowDescription.StepDescription): StopBound.StopBound =>
  step.stopsWithinMillis === undefined
    ? { _tag: "None", steps: [step.id] }
    : { _tag: "Within", millis: step.stopsWithinMillis, steps: [step.id] }

/**
 * The worst stop of a flow.
 *
 * **Details**
 *
 * Which steps and groups can be under way together follows from their order: of two of which one must be over before the
 * other begins, one counts. Limits of how many run at a time are left out of account.
 *
 * @since 0.1.0
 */
export const make = (flow: FlowDescription.FlowDescription): WorstStop => {
  const worst = ofSteps(flow)
  const { cleanUpMillis = 0 } = flow
  if (worst.bound._tag === "None" || cleanUpMillis === 0) return worst
  return {
    bound: { ...worst.bound, millis: worst.bound.millis + cleanUpMillis },
    parts: [...worst.parts, { _tag: "CleanUp", step: StepId.ofFlow, millis: cleanUpMillis }]
  }
}

const ofSteps = (flow: FlowDescription.FlowDescription): WorstStop => {
  const leaves = FlowDescription.leaves(flow)
  if (flow.strategy._tag !== "FinishCurrent")
    return { bound: { _tag: "None", steps: leaves.map((s) => s.id) }, parts: [] }
  const slowest = StopBound.longest(leaves.map(ofStep))
  if (slowest._tag === "None") return { bound: slowest, parts: [] }
  // Most flows have none: they need no order.
  if (!flow.steps.some(FlowDescription.hasGroupCleanUp)) return of(slowest, [])
  const order = StepOrder.make(flow)
  const groups = order.steps.flatMap((step, node) =>
    order.kinds[node] === "open" && (step.cleanUpMillis ?? 0) > 0 ? [node] : []
  )
  return groups.length === 0 ? of(slowest, []) : withGroups(order, groups)
}

const of = (steps: StopBound.StopBound & { readonly _tag: "Within" }, cleanUps: ReadonlyArray<Part>): WorstStop => ({
  bound: steps,
  parts: [...(steps.millis === 0 ? [] : [{ ...steps, _tag: "Steps" as const }]), ...cleanUps]
})

/** Different sets of groups that are looked at by themselves; past these all groups count. */
const mostSets = 16

const withGroups = (order: StepOrder.StepOrder, groups: ReadonlyArray<number>): WorstStop => {
  const related = relations(order, groups)
  const weights = groups.map((node) => order.steps[node]!.cleanUpMillis!)
  const sets = new Map<string, HeaviestAntichain.Heaviest>()
  const heaviest = (of: ReadonlyArray<number>): HeaviestAntichain.Heaviest => {
    const found = HeaviestAntichain.make(
      of.map((k) => weights[k]!),
      (a, b) => related.isBefore(of[a]!, of[b]!)
    )
    return { weight: found.weight, of: found.of?.map((i) => of[i]!) ?? of }
  }
  const everything = heaviest(groups.map((_, k) => k))
  let best = { millis: -1, slowest: 0, steps: [] as Array<string>, cleanUps: everything }
  const leaves = order.steps.flatMap((step, node) => (order.kinds[node] === "step" ? [node] : []))
  leaves.sort((a, b) => order.steps[b]!.stopsWithinMillis! - order.steps[a]!.stopsWithinMillis!)
  for (const node of leaves) {
    const own = order.steps[node]!.stopsWithinMillis!
    if (own + everything.weight < best.millis) break
    const key = related.keyOf(node)
    let cleanUps = sets.get(key)
    if (cleanUps === undefined) {
      cleanUps = sets.size < mostSets ? heaviest(related.beside(node)) : everything
      sets.set(key, cleanUps)
    }
    const millis = own + cleanUps.weight
    const id = order.steps[node]!.id
    if (millis > best.millis) best = { millis, slowest: own, steps: [id], cleanUps }
    else if (millis === best.millis && own === best.slowest) best.steps.push(id)
  }
  return {
    bound: { _tag: "Within", millis: best.millis, steps: best.steps },
    parts: [
      ...(best.slowest === 0 ? [] : [{ _tag: "Steps" as const, steps: best.steps, millis: best.slowest }]),
      ...(best.cleanUps.of ?? []).map((k) => ({
        _tag: "CleanUp" as const,
        step: order.steps[groups[k]!]!.id,
        millis: weights[k]!
      }))
    ]
  }
}

/** Which of some groups are over before a node begins, and which begin only when it is over, as bits. */
const relations = (order: StepOrder.StepOrder, groups: ReadonlyArray<number>) => {
  const words = Math.ceil(groups.length / 32)
  const over = new Int32Array(order.size * words)
  const later = new Int32Array(order.size * words)
  const numberOf = new Map(groups.map((node, k) => [order.steps[node]!.id, k]))
  const set = (bits: Int32Array, node: number, k: number) => void (bits[node * words + (k >> 5)]! |= 1 << (k & 31))
  const has = (bits: Int32Array, node: number, k: number) => ((bits[node * words + (k >> 5)]! >> (k & 31)) & 1) === 1
  for (let node = 0; node < order.size; node++) {
    const closed = order.kinds[node] === "close" ? numberOf.get(order.steps[node]!.id) : undefined
    for (let e = order.first[node]!; e < order.first[node + 1]!; e++) {
      const next = order.successor[e]!
      for (let w = 0; w < words; w++) over[next * words + w]! |= over[node * words + w]!
      if (closed !== undefined) set(over, next, closed)
    }
  }
  for (let node = order.size - 1; node >= 0; node--)
    for (let e = order.first[node]!; e < order.first[node + 1]!; e++) {
      const next = order.successor[e]!
      for (let w = 0; w < words; w++) later[node * words + w]! |= later[next * words + w]!
      const opened = order.kinds[next] === "open" ? numberOf.get(order.steps[next]!.id) : undefined
      if (opened !== undefined) set(later, node, opened)
    }
  return {
    isBefore: (a: number, b: number) => has(over, groups[b]!, a),
    keyOf: (node: number) => {
      let key = ""
      for (let w = 0; w < words; w++) key += `${over[node * words + w]! | later[node * words + w]!},`
      return key
    },
    beside: (node: number) => groups.flatMap((_, k) => (has(over, node, k) || has(later, node, k) ? [] : [k]))
  }
}
