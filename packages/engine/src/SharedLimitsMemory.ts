/**
 * The shared limits of a store in memory.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Claim, Fenced } from "./ExecutionStore.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import * as SharedLimits from "./SharedLimits.ts"

interface Kept extends SharedLimits.TakenPlace {
  held: boolean
}

/**
 * Shared limits, and what the store tells them: that an execution has lost its claim.
 *
 * @since 0.1.0
 */
export interface SharedLimitsMemory {
  readonly limits: SharedLimits.SharedLimitsShape
  readonly free: (execution: ExecutionId) => void
}

/**
 * Makes them. `fenced` answers why a claim no longer counts.
 *
 * @since 0.1.0
 */
export const make = (fenced: (claim: Claim) => Fenced | undefined): SharedLimitsMemory => {
  /** By limit, in the order of asking. */
  const lines = new Map<string, Array<Kept>>()
  const lineOf = (limit: string): Array<Kept> => lines.get(limit) ?? []
  const give = (limit: string, line: Array<Kept>): void => {
    for (const place of SharedLimits.given(line)) place.held = true
    if (line.length === 0) lines.delete(limit)
    else lines.set(limit, line)
  }
  const shown = (line: ReadonlyArray<Kept>) => line.map((place) => ({ ...place }))
  const owned = <A>(claim: Claim, run: () => A): Effect.Effect<A, Fenced> =>
    Effect.suspend(() => {
      const refusal = fenced(claim)
      return refusal === undefined ? Effect.succeed(run()) : Effect.fail(refusal)
    })
  return {
    limits: {
      take: (claim, { limit, size, step }) =>
        owned(claim, () => {
          const line = lineOf(limit)
          const place: Kept = { limit, step, size, execution: claim.execution, held: false }
          if (!line.some((other) => SharedLimits.isSame(other, place))) {
            line.push(place)
            give(limit, line)
          }
          return shown(line)
        }),
      giveBack: (claim, { limit, step }) =>
        owned(claim, () => {
          const place = { limit, step, execution: claim.execution }
          const line = lineOf(limit)
          give(
            limit,
            line.filter((other) => !SharedLimits.isSame(other, place))
          )
        }),
      look: (limit) => Effect.sync(() => shown(limit === undefined ? [...lines.values()].flat() : lineOf(limit)))
    },
    free: (execution) => {
      for (const [limit, line] of lines) {
        const rest = line.filter((place) => place.execution !== execution)
        if (rest.length < line.length) give(limit, rest)
      }
    }
  }
}
