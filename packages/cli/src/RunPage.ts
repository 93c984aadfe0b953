/**
 * The page beside a run in a terminal: `halte run --web`. Both show the same execution, and both can stop it.
 */
import type { ExecutionId, Executions } from "@halte/engine/model"
import type { CannotListen } from "@halte/http"
import type { ProjectDirectory } from "@halte/sdk/node"
import { Deferred, Effect, type Scope } from "effect"
import * as OnlyExecution from "./OnlyExecution.ts"
import { lines, type Output } from "./terminal/Output.ts"
import { padEnd } from "./view/TextWidth.ts"

export interface Options {
  readonly executions: Executions.ExecutionsShape
  /** The flow that is run. */
  readonly flow: string
  readonly output: Output
  /** Where other terminals find the server; nowhere when nothing is kept. */
  readonly record?: { readonly place: ProjectDirectory.ProjectDirectory; readonly owner: string } | undefined
}

/** Says which execution it is, the moment that it is started. */
export type RunPage = (id: ExecutionId.ExecutionId) => void

/** Ports that are tried after the first one. */
const nextPorts = 20

/** Listens until the scope closes, which is when the run has ended and its watchers have seen that. */
export const listen = ({
  executions,
  flow,
  output,
  record
}: Options): Effect.Effect<RunPage, CannotListen | ProjectDirectory.ProjectUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const { ProjectServer } = yield* Effect.promise(() => import("@halte/sdk/node"))
    const started = Deferred.makeUnsafe<ExecutionId.ExecutionId>()
    let only: ExecutionId.ExecutionId | undefined
    const server = yield* ProjectServer.listen(OnlyExecution.make(executions, flow, started), {
      nextPorts,
      record,
      only: () => only
    })
    return (id) => {
      only = id
      Deferred.doneUnsafe(started, Effect.succeed(id))
      lines(output, "stderr", [`${padEnd("Page", 6)}${server.signInUrl()}`])
    }
  })
