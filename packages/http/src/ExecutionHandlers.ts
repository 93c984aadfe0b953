/**
 * Reading executions: lists, states, outputs of steps, and streams.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ExecutionEndpoints, HalteApi } from "@halte/api"
import { type ExecutionId, type Executions, ExecutionStateJson, JsonText } from "@halte/engine"
import * as Answering from "./Answering.ts"
import type * as LiveBody from "./LiveBody.ts"
import * as StreamResponse from "./StreamResponse.ts"

const idOf = (params: { readonly id: string }) => params.id as ExecutionId.ExecutionId

const json = (text: string, headers?: Record<string, string>) =>
  HttpServerResponse.text(text, {
    contentType: "application/json",
    headers: { "cache-control": "no-store", ...headers }
  })

/**
 * The handlers of the group `executions`.
 *
 * @since 0.1.0
 */
export const layer = (executions: Executions.ExecutionsShape, pace: LiveBody.Pace) => {
  const { answering } = Answering.make(executions)
  const streams = StreamResponse.make(executions, pace)

  const list = (query: Executions.ListFilter & { readonly cursor?: string }) => {
    const { cursor, limit = ExecutionEndpoints.pageSize, ...filter } = query
    const size = Math.min(limit, ExecutionEndpoints.largestPage)
    return Effect.map(
      executions.list({
        ...filter,
        ...(cursor === undefined ? undefined : { before: cursor as ExecutionId.ExecutionId }),
        limit: size + 1
      }),
      (found): ExecutionEndpoints.Page => {
        const page = found.slice(0, size)
        const last = page.at(-1)
        return { executions: page, ...(found.length > size && last !== undefined ? { next: last.id } : undefined) }
      }
    )
  }

  return HttpApiBuilder.group(HalteApi.HalteApi, "executions", (handlers) =>
    handlers.handleAll({
      list: ({ query }) => answering(list(query)),
      get: ({ headers, params }) =>
        answering(
          Effect.map(executions.get(idOf(params)), (state) => {
            const etag = `"${state.sequence}"`
            const known = headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""))
            if (known?.includes(etag) === true) return HttpServerResponse.empty({ status: 304, headers: { etag } })
            return json(ExecutionStateJson.toJson(state), { etag })
          })
        ),
      output: ({ params }) =>
        answering(
          Effect.gen(function* () {
            const id = idOf(params)
            // An output that is not there and an execution that is not there are answered apart.
            const value = yield* executions.output(id, params.stepId)
            if (value === undefined) {
              yield* streams.known(id)
              return HttpServerResponse.empty({ status: 204 })
            }
            return json(JSON.stringify(JsonText.normalize(value)))
          })
        ),
      events: ({ headers, params, query, request }) =>
        answering(streams.events(idOf(params), StreamResponse.from(headers, query), request.headers["accept"])),
      logs: ({ headers, params, query, request }) =>
        answering(
          streams.logs(idOf(params), query.step, StreamResponse.from(headers, query), request.headers["accept"])
        ),
      stepLogs: ({ headers, params, query, request }) =>
        answering(
          streams.logs(idOf(params), params.stepId, StreamResponse.from(headers, query), request.headers["accept"])
        )
    })
  )
}
