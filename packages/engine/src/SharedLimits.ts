/**
 * The port that keeps who holds a place of a limit that the executions of a project share, and who waits for one. It is
 * part of a store: a place belongs to a claim and goes with it, whoever ends the claim and however.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { Claim, Fenced, StoreUnavailable } from "./ExecutionStore.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"

/**
 * A place of a limit: for one step, or, without one, for the execution as a whole.
 *
 * @since 0.1.0
 */
export interface Place {
  readonly limit: string
  readonly step?: string | undefined
}

/**
 * A place that somebody holds or waits for. `size`: how many places there are, as its flow says.
 *
 * @since 0.1.0
 */
export interface TakenPlace extends Place {
  readonly execution: ExecutionId
  readonly size: number
  /** Holds it; else waits for it. */
  readonly held: boolean
}

/**
 * What a store does for shared limits. Its suite, `SharedLimitsTest` of `@halte/engine/testing`, says the same by running
 * it.
 *
 * Places are given in the order of asking, by whichever change makes room: a place that is given back is the next one's in
 * the same commit, so that between two looks nobody can overtake. One is given when nobody waits before, and fewer hold a
 * place than the smallest size says that a holder, or the one who asks, has named. It is one decision over all processes.
 *
 * @since 0.1.0
 */
export interface SharedLimitsShape {
  /**
   * Takes a place, or stands in line for one; again, it changes nothing. Answers everybody who holds or waits for a place
   * of this limit, in the order of asking, who asks included.
   */
  readonly take: (
    claim: Claim,
    place: Place & { readonly size: number }
  ) => Effect.Effect<ReadonlyArray<TakenPlace>, Fenced | StoreUnavailable>
  /** Gives a place back, or leaves the line; does nothing where there is neither. */
  readonly giveBack: (claim: Claim, place: Place) => Effect.Effect<void, Fenced | StoreUnavailable>
  /** Everybody who holds or waits for a place of a limit, or of any, in the order of asking. */
  readonly look: (limit?: string) => Effect.Effect<ReadonlyArray<TakenPlace>, StoreUnavailable>
}

/**
 * Who of those who hold or wait for places of one limit, in the order of asking, is given one now.
 *
 * @since 0.1.0
 */
export const given = <P extends Pick<TakenPlace, "size" | "held">>(places: ReadonlyArray<P>): ReadonlyArray<P> => {
  let held = 0
  let smallest = Number.POSITIVE_INFINITY
  const count = ({ size }: P): void => {
    held++
    smallest = Math.min(smallest, size)
  }
  for (const place of places) if (place.held) count(place)
  const found: Array<P> = []
  for (const place of places) {
    if (place.held) continue
    if (held >= Math.min(smallest, place.size)) break
    count(place)
    found.push(place)
  }
  return found
}

/**
 * Whether two are the same place.
 *
 * @since 0.1.0
 */
export const isSame = (one: Place & Partial<TakenPlace>, other: Place & Partial<TakenPlace>): boolean =>
  one.limit === other.limit && one.step === other.step && one.execution === other.execution
