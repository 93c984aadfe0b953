/**
 * The flows of the engine, and starting one.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type CommandBody, StateBody } from "@halte/api"
import { type Executions, ExecutionsError, ExecutionStateJson, type FlowDescription, JsonText } from "@halte/engine"
import * as Answering from "./Answering.ts"
import * as Caller from "./Caller.ts"
import * as Digest from "./Digest.ts"
import * as EntityTag from "./EntityTag.ts"
import * as IdempotencyKeys from "./IdempotencyKeys.ts"
import { ServedApi } from "./ServedApi.ts"

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
      const source = Caller.source(yield* Caller.Caller, body.source)
      const request = { ...body, flow, source, ...(key === undefined ? undefined : { idempotencyKey: key }) }
      const id = yield* guard(key, executions.start(request))
      const state = yield* executions.get(id)
      return HttpServerResponse.text(ExecutionStateJson.toJson(state), {
        status: 202,
        contentType: "application/json",
        headers: { location: `/executions/${encodeURIComponent(id)}`, "cache-control": "no-store" }
      })
    })

  return HttpApiBuilder.group(ServedApi, "flows", (handlers) =>
    handlers.handleAll({
      list: ({ headers }) =>
        answering(
          Effect.gen(function* () {
            const flows = yield* Effect.forEach(yield* executions.flows, written)
            const digest = yield* Effect.promise(() => Digest.of(flows.map(({ digest }) => digest).join()))
            const body = () => `{"flows":[${flows.map(({ text }) => text).join()}]}`
            return EntityTag.respond(headers["if-none-match"], `"${digest}"`, body)
          })
        ),
      get: ({ headers, params }) =>
        answering(
          Effect.gen(function* () {
            const flows = yield* executions.flows
            const flow = flows.find(({ name }) => name === params.flowId)
            if (flow === undefined)
              return yield* new ExecutionsError.FlowNotFound({
                flow: params.flowId,
                known: flows.map(({ name }) => name)
              })
            const { digest, text } = yield* written(flow)
            return EntityTag.respond(headers["if-none-match"], `"${digest}"`, () => text)
          })
        ),
      start: command(({ headers, params, payload }) =>
        answering(start(params.flowId, payload, headers["idempotency-key"]))
      )
    })
  )
}

interface Written {
  readonly text: string
  readonly digest: string
}

// A page asks every second: what a flow is like is written once, for as long as it is the same one.
const known = new WeakMap<FlowDescription.FlowDescription, Written>()
const encode = Schema.encodeSync(StateBody.Flow)

const written = (flow: FlowDescription.FlowDescription): Effect.Effect<Written> =>
  Effect.suspend(() => {
    const before = known.get(flow)
    if (before !== undefined) return Effect.succeed(before)
    const text = JsonText.stringify(encode(flow) as object)
    return Effect.map(
      Effect.promise(() => Digest.of(text)),
      (digest) => {
        const made = { text, digest }
        known.set(flow, made)
        return made
      }
    )
  })
