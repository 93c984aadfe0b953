/**
 * Commands to executions, passed on as they are. Without a stated source they came through the door `Http`.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type CommandBody, HalteApi, type Problem } from "@halte/api"
import type { ExecutionId, Executions } from "@halte/engine"
import * as Answering from "./Answering.ts"

/** An id is what the path has: one that can't be an id is one that is not found. */
const idOf = (params: { readonly id: string }) => params.id as ExecutionId.ExecutionId

/** 202: it was passed on, or had been. 200: nothing changes. */
const status: { readonly [Effect in CommandBody.Receipt["effect"]]: number } = {
  done: 202,
  repeat: 202,
  late: 200,
  none: 200
}

/**
 * The handlers of the group `commands`.
 *
 * @since 0.1.0
 */
export const layer = (executions: Executions.ExecutionsShape) => {
  const { answering, command } = Answering.make(executions)
  const receipt = (effect: Effect.Effect<Executions.Receipt, Problem.AnyError>, headers?: Record<string, string>) =>
    answering(
      Effect.map(effect, (receipt) =>
        HttpServerResponse.jsonUnsafe(receipt satisfies CommandBody.Receipt, {
          status: status[receipt.effect],
          headers: { "cache-control": "no-store", ...headers }
        })
      )
    )

  return HttpApiBuilder.group(HalteApi.HalteApi, "commands", (handlers) =>
    handlers.handleAll({
      interrupt: command(({ params, payload }) =>
        receipt(executions.interrupt(idOf(params), { source: "Http", ...payload }))
      ),
      pause: command(({ params, payload }) => receipt(executions.pause(idOf(params), { source: "Http", ...payload }))),
      resume: command(({ params, payload }) =>
        receipt(executions.resume(idOf(params), { source: "Http", ...payload }), {
          location: `/executions/${encodeURIComponent(params.id)}`
        })
      ),
      terminate: command(({ params, payload }) =>
        receipt(executions.terminate(idOf(params), { source: "Http", ...payload }))
      ),
      answer: command(({ params, payload: { value, ...asker } }) =>
        receipt(executions.answer(idOf(params), params.stepId, value, { source: "Http", ...asker }))
      )
    })
  )
}
