/**
 * Items of a loop on which the work failed.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { StepFailure } from "./StepFailure.ts"

/**
 * One of them. Of the first 100 of a step it is kept what the item is and why it failed; of others the index alone.
 *
 * @since 0.1.0
 */
export const ItemFailure = Schema.Struct({
  index: Schema.Int,
  item: Schema.optionalKey(Schema.Unknown),
  failure: Schema.optionalKey(StepFailure)
})
export type ItemFailure = typeof ItemFailure.Type

/**
 * An item that had failed and was done by a later try or attempt.
 *
 * @since 0.1.0
 */
export const ItemRecovered = Schema.Struct({ index: Schema.Int, result: Schema.optionalKey(Schema.Unknown) })
export type ItemRecovered = typeof ItemRecovered.Type

/**
 * Of so many failed items the item and its failure are kept.
 *
 * @since 0.1.0
 */
export const mostDetailed = 100

const longestItem = 1_000
const longestMessage = 1_000

/**
 * A failed item as it is kept: an item of more than 1,000 characters of JSON is cut to a text, the failure has no stack.
 *
 * @since 0.1.0
 */
export const make = (index: number, item: unknown, failure: StepFailure): ItemFailure => {
  const { message, stack: _stack, ...rest } = failure
  return {
    index,
    item: short(item),
    failure: { ...rest, message: message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message }
  }
}

const short = (item: unknown): unknown => {
  const text = textOf(item)
  return text.length > longestItem ? `${text.slice(0, longestItem)}…` : item
}

/**
 * An item as a person reads it, in one line of at most 60 characters.
 *
 * @since 0.1.0
 */
export const name = (item: unknown): string => {
  const text = typeof item === "string" ? item : textOf(item)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const textOf = (item: unknown): string => {
  try {
    return JSON.stringify(item) ?? String(item)
  } catch {
    return String(item)
  }
}

/**
 * Changes a list that is in the order of the indexes: adds those that failed, or puts them in the place of what an earlier
 * try said of them, and takes out those that are done now.
 *
 * @since 0.1.0
 */
export const change = (
  list: Array<ItemFailure>,
  failed: ReadonlyArray<ItemFailure>,
  recovered: ReadonlyArray<ItemRecovered>
): void => {
  for (const one of failed) {
    const at = placeOf(list, one.index)
    if (list[at]?.index === one.index) list[at] = one
    else list.splice(at, 0, one)
  }
  for (const { index } of recovered) {
    const at = placeOf(list, index)
    if (list[at]?.index === index) list.splice(at, 1)
  }
}

/** Where an index is, or would stand. Most come in their order, at the end. */
const placeOf = (list: ReadonlyArray<ItemFailure>, index: number): number => {
  let low = 0
  let high = list.length
  if (high === 0 || list[high - 1]!.index < index) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle]!.index < index) low = middle + 1
    else high = middle
  }
  return low
}
