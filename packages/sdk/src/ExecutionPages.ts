/**
 * All executions that a filter lets through, however many: page after page, as they are asked for.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import type { Executions, ExecutionsError, ExecutionSummary } from "@halte/engine/model"

const pageSize = 200

/**
 * A stream of them, newest first. What starts meanwhile is not among them; nothing is left out and nothing comes twice.
 *
 * **Example** (Counting what failed)
 *
 * ```ts
 * import { ExecutionPages } from "@halte/sdk"
 *
 * const failed = yield* Stream.runCount(ExecutionPages.all(executions, { status: ["Failed"] }))
 * ```
 *
 * @since 0.1.0
 */
export const all = (
  executions: Executions.ExecutionsShape,
  filter: Executions.ListFilter = {}
): Stream.Stream<ExecutionSummary.ExecutionSummary, ExecutionsError.Always> =>
  Stream.paginate({ before: filter.before, left: filter.limit ?? Number.POSITIVE_INFINITY }, ({ before, left }) => {
    const limit = Math.min(left, pageSize)
    return Effect.map(executions.list({ ...filter, before, limit }), (page) => {
      const last = page.at(-1)
      const rest = left - page.length
      const next = last === undefined || page.length < limit || rest <= 0 ? undefined : { before: last.id, left: rest }
      return [page, Option.fromNullishOr(next)] as const
    })
  })
