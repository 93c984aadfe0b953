/**
 * What somebody waits for who waits for a place of a limit that executions share: which limit, and who holds its places.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import * as DurationText from "./DurationText.ts"

/**
 * Who holds a place: a step of an execution, or, without one, the execution as a whole.
 *
 * @since 0.1.0
 */
export const Holder = Schema.Struct({ execution: Schema.String, step: Schema.optionalKey(Schema.String) })
export type Holder = typeof Holder.Type

/**
 * What events and states have of it. `ahead`: how many asked before and wait, too.
 *
 * @since 0.1.0
 */
export const fields = {
  limit: Schema.String,
  holders: Schema.Array(Holder),
  ahead: Schema.Int
}

/**
 * The Schema of it.
 *
 * @since 0.1.0
 */
export const Waiting = Schema.Struct(fields)
export type Waiting = typeof Waiting.Type

/** Holders that are named; the others are counted. */
const named = 2

/**
 * `waits for gpu, held by …8KKHG/encode; 2 are ahead`. Steps of the execution that waits are named by their ids alone.
 *
 * @since 0.1.0
 */
export const text = (waiting: Waiting, execution: string): string => {
  const { ahead, holders, limit } = waiting
  const held = holders.slice(0, named).map((holder) => holderText(holder, execution))
  if (holders.length > named) held.push(DurationText.plural(holders.length - named, "other"))
  const by = held.length === 0 ? "" : `, held by ${held.join(" and ")}`
  return `waits for ${limit}${by}${ahead === 0 ? "" : `; ${ahead} ${ahead === 1 ? "is" : "are"} ahead`}`
}

const holderText = ({ execution, step }: Holder, self: string): string => {
  if (execution === self) return step ?? "this execution"
  const id = `…${execution.slice(-6)}`
  return step === undefined ? id : `${id}/${step}`
}
