/**
 * Reading executions: lists, states, outputs of steps, and streams.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ExecutionEndpoints, GraphBody } from "@halte/api"
import { type ExecutionId, type Executions, type ExecutionState, ExecutionStateJson, JsonText } from "@halte/engine"
import * as Answering from "./Answering.ts"
import * as Digest from "./Digest.ts"
import * as EntityTag from "./EntityTag.ts"
import type * as LiveBody from "./LiveBody.ts"
import { ServedApi } from "./ServedApi.ts"
import * as StreamResponse from "./StreamResponse.ts"

const encodePage = Schema.encodeSync(ExecutionEndpoints.Page)

const idOf = (params: { readonly id: string }) => params.id as ExecutionId.ExecutionId

/**
 * The handlers of the group `executions`.
 *
 * @since 0.1.0
 */
export const layer = (executions: Executions.ExecutionsShape, pace: LiveBody.Pace) => {
  const { answering } = Answering.make(executions)
  const streams = StreamResponse.make(executions, pace)

  const list = (
    query: Omit<Executions.ListFilter, "children"> & {
      readonly children?: "true" | "false"
      readonly cursor?: string
    },
    ifNoneMatch: string | undefined
  ) => {
    const { children, cursor, limit = ExecutionEndpoints.pageSize, ...filter } = query
    const size = Math.min(limit, ExecutionEndpoints.largestPage)
    return Effect.gen(function* () {
      const found = yield* executions.list({
        ...filter,
        ...(children === undefined ? undefined : { children: children === "true" }),
        ...(cursor === undefined ? undefined : { before: cursor as ExecutionId.ExecutionId }),
        limit: size + 1
      })
      const page = found.slice(0, size)
      const last = page.at(-1)
      const next = found.length > size ? last?.id : undefined
      // What a line says changes with its events, and with who has the execution.
      const lines = page.map(({ id, owner, sequence }) => `${id} ${sequence} ${owner ?? ""}`)
      const digest = yield* Effect.promise(() => Digest.of([...lines, next ?? ""].join("\n")))
      const body = () =>
        JSON.stringify(encodePage({ executions: page, ...(next === undefined ? undefined : { next }) }))
      return EntityTag.respond(ifNoneMatch, `W/"${digest}"`, body)
    })
  }

  const ofState = (
    params: { readonly id: string },
    headers: { readonly "if-none-match"?: string },
    write: (state: ExecutionState.ExecutionState) => string
  ) =>
    answering(
      Effect.map(executions.get(idOf(params)), (state) =>
        EntityTag.respond(headers["if-none-match"], `"${state.sequence}"`, () => write(state))
      )
    )

  return HttpApiBuilder.group(ServedApi, "executions", (handlers) =>
    handlers.handleAll({
      list: ({ headers, query }) => answering(list(query, headers["if-none-match"])),
      counts: ({ query }) =>
        answering(
          Effect.map(executions.counts(query), (counts) =>
            HttpServerResponse.jsonUnsafe(
              {
                total: Object.values(counts).reduce((sum, n) => sum + n, 0),
                counts
              } satisfies ExecutionEndpoints.Counts,
              { headers: { "cache-control": "no-store" } }
            )
          )
        ),
      get: ({ headers, params }) => ofState(params, headers, ExecutionStateJson.toJson),
      graph: ({ headers, params }) =>
        ofState(params, headers, (state) => JSON.stringify(GraphBody.fromState(state) satisfies GraphBody.Graph)),
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
            return HttpServerResponse.text(JSON.stringify(JsonText.normalize(value)), {
              contentType: "application/json",
              headers: { "cache-control": "no-store" }
            })
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
