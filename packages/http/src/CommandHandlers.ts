/**
 * Commands to executions, passed on as they are. Without a stated source they came through the door of
 * the one who asks.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { CommandBody, Problem } from "@halte/api"
import type { ExecutionId, Executions } from "@halte/engine"
import * as Answering from "./Answering.ts"
import * as Caller from "./Caller.ts"
import { ServedApi } from "./ServedApi.ts"

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
  /** Gives a command in the name of the door that it came through, and answers its receipt. */
  const give = <Said extends { readonly source?: CommandBody.StatedSource }>(
    said: Said,
    command: (
      request: Said & { readonly source: CommandBody.StatedSource }
    ) => Effect.Effect<Executions.Receipt, Problem.AnyError>,
    headers?: Record<string, string>
  ) =>
    answering(
      Effect.map(
        Effect.flatMap(Caller.Caller, (caller) => command({ ...said, source: Caller.source(caller, said.source) })),
        (receipt) =>
          HttpServerResponse.jsonUnsafe(receipt satisfies CommandBody.Receipt, {
            status: status[receipt.effect],
            headers: { "cache-control": "no-store", ...headers }
          })
      )
    )

  return HttpApiBuilder.group(ServedApi, "commands", (handlers) =>
    handlers.handleAll({
      interrupt: command(({ params, payload }) =>
        give(payload, (request) => executions.interrupt(idOf(params), request))
      ),
      pause: command(({ params, payload }) => give(payload, (request) => executions.pause(idOf(params), request))),
      resume: command(({ params, payload }) =>
        give(payload, (request) => executions.resume(idOf(params), request), {
          location: `/executions/${encodeURIComponent(params.id)}`
        })
      ),
      terminate: command(({ params, payload }) =>
        give(payload, (request) => executions.terminate(idOf(params), request))
      ),
      undo: command(({ params, payload }) =>
        give(payload, (request) => executions.undo(idOf(params), request), {
          location: `/executions/${encodeURIComponent(params.id)}`
        })
      ),
      answer: command(({ params, payload: { value, ...said } }) =>
        give(said, (request) => executions.answer(idOf(params), params.stepId, value, request))
      )
    })
  )
}
