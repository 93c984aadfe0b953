/**
 * The flows of the engine, and starting one.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type CommandBody, HalteApi } from "@halte/api"
import { type Executions, ExecutionsError, ExecutionStateJson, JsonText } from "@halte/engine"
import * as Answering from "./Answering.ts"
import * as IdempotencyKeys from "./IdempotencyKeys.ts"

/**
 * The handlers of the group `flows`.
 *
 * @since 0.1.0
 */
export const layer = (executions: Executions.ExecutionsShape) => {
  const { answering, command } = Answering.make(executions)
  const guard = IdempotencyKeys.make()

  const start = (flow: string, body: CommandBody.Start, key: string | undefined) =>
    Effect.gen(function* () {
      const { source = "Http", ...rest } = body
      const request = { ...rest, flow, source, ...(key === undefined ? undefined : { idempotencyKey: key }) }
      const id = yield* guard(key, JsonText.stringify({ flow, ...body }), executions.start(request))
      const state = yield* executions.get(id)
      return HttpServerResponse.text(ExecutionStateJson.toJson(state), {
        status: 202,
        contentType: "application/json",
        headers: { location: `/executions/${encodeURIComponent(id)}`, "cache-control": "no-store" }
      })
    })

  return HttpApiBuilder.group(HalteApi.HalteApi, "flows", (handlers) =>
    handlers.handleAll({
      list: () => answering(Effect.map(executions.flows, (flows) => ({ flows }))),
      get: ({ params }) =>
        answering(
          Effect.flatMap(executions.flows, (flows) => {
            const flow = flows.find(({ name }) => name === params.flowId)
            if (flow !== undefined) return Effect.succeed(flow)
            return Effect.fail(
              new ExecutionsError.FlowNotFound({ flow: params.flowId, known: flows.map(({ name }) => name) })
            )
          })
        ),
      start: command(({ headers, params, payload }) =>
        answering(start(params.flowId, payload, headers["idempotency-key"]))
      )
    })
  )
}
