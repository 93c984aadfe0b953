/**
 * Whether the server lives, and whether it takes work.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { type Executions, ExecutionsError } from "@halte/engine"
import * as Answering from "./Answering.ts"
import { ServedApi } from "./ServedApi.ts"

/**
 * The handlers of the group `health`.
 *
 * @since 0.1.0
 */
export const layer = (executions: Executions.ExecutionsShape, draining: () => boolean) => {
  const { answering } = Answering.make(executions)
  return HttpApiBuilder.group(ServedApi, "health", (handlers) =>
    handlers.handleAll({
      live: () => Effect.succeed({ status: "live" as const }),
      ready: () =>
        answering(
          Effect.suspend(() =>
            draining()
              ? Effect.fail(new ExecutionsError.ExecutionsUnavailable({ reason: "its server is ending" }))
              : // The store has to answer, too.
                Effect.as(executions.list({ limit: 1 }), { status: "ready" as const })
          )
        )
    })
  )
}
