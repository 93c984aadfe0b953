/**
 * The items of a loop on which the work failed, while the loop goes on: what is kept of them, and the error that names
 * them in the end.
 *
 * @since 0.1.0
 */
import * as DurationText from "./model/DurationText.ts"
import * as ItemFailure from "./model/ItemFailure.ts"
import type { Described, StepFailure } from "./model/StepFailure.ts"

/** So many items are named in a message. */
const mostNamed = 20

/**
 * What a loop does about a failed item.
 *
 * @since 0.1.0
 */
export type OnItemFailure = "stop" | "continue" | "collect"

/**
 * A failed item in the value of its step: what other steps work with. What people read, a message with a time in it or the
 * last output, is in the state: a value is the same whether or not the step was stopped in between.
 *
 * @since 0.1.0
 */
export interface FailedItem {
  readonly index: number
  readonly item?: unknown
  readonly code?: string
  readonly exitCode?: number
}

/**
 * The failed items of one step.
 *
 * @since 0.1.0
 */
export class FailedItems {
  readonly list: Array<ItemFailure.ItemFailure>
  private readonly mode: OnItemFailure
  /** Indexes of those of which more than the index is kept. */
  private readonly detailed: Set<number>

  constructor(mode: OnItemFailure, earlier: ReadonlyArray<ItemFailure.ItemFailure> | undefined) {
    this.mode = mode
    this.list = [...(earlier ?? [])]
    this.detailed = new Set(this.list.flatMap(({ failure, index }) => (failure === undefined ? [] : [index])))
  }

  /** Adds those of a batch, and takes out those that are done now; answers what is to be recorded of them. */
  change(
    failed: ReadonlyArray<{ readonly index: number; readonly item: unknown; readonly failure: StepFailure }>,
    recovered: ReadonlyArray<ItemFailure.ItemRecovered>
  ): ReadonlyArray<ItemFailure.ItemFailure> {
    const kept = failed.flatMap(({ failure, index, item }) => {
      if (this.detailed.size < ItemFailure.mostDetailed || this.detailed.has(index)) {
        this.detailed.add(index)
        return [ItemFailure.make(index, item, failure)]
      }
      // Who goes over them again must know every one; who only counts on need not.
      return this.mode === "collect" ? [{ index }] : []
    })
    ItemFailure.change(this.list, kept, recovered)
    for (const { index } of recovered) this.detailed.delete(index)
    return kept
  }

  get values(): ReadonlyArray<FailedItem> {
    return this.list.map(({ failure, ...rest }) => ({
      ...rest,
      ...(failure === undefined ? undefined : { code: failure.code }),
      ...(failure?.exitCode === undefined ? undefined : { exitCode: failure.exitCode })
    }))
  }

  /** Batches of the failed items, each of at most so many; `neighbours`: of items that follow one upon the other. */
  batches(every: number, neighbours: boolean): ReadonlyArray<ReadonlyArray<number>> {
    const batches: Array<Array<number>> = []
    for (const { index } of this.list) {
      const last = batches.at(-1)
      if (last === undefined || last.length >= every || (neighbours && last.at(-1) !== index - 1)) batches.push([index])
      else last.push(index)
    }
    return batches
  }
}

/**
 * A loop that worked through all of its items and on some of them in vain.
 *
 * @since 0.1.0
 */
export class ItemsFailed extends Error implements Described {
  readonly _tag = "ItemsFailed"
  readonly count: number
  readonly failed: number
  readonly failures: ReadonlyArray<ItemFailure.ItemFailure>
  constructor(count: number, failed: number, failures: ReadonlyArray<ItemFailure.ItemFailure>) {
    super(text(count, failed, failures))
    this.count = count
    this.failed = failed
    this.failures = failures
  }
  toStepFailure(): StepFailure {
    return {
      code: "items-failed",
      message: this.message,
      hint: "A resume takes these items again, and no others."
    }
  }
}

const text = (count: number, failed: number, failures: ReadonlyArray<ItemFailure.ItemFailure>): string => {
  const named = failures
    .slice(0, mostNamed)
    .map(({ index, item }) => (item === undefined ? String(index) : `${index} (${ItemFailure.name(item)})`))
  const more = failed - named.length
  const first = failures[0]?.failure
  return (
    `${failed} of ${DurationText.plural(count, "item")} failed: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}` +
    (first === undefined ? "" : `; item ${failures[0]!.index}: ${first.message}`)
  )
}
