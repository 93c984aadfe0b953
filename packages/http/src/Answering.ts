/**
 * What all handlers have in common.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { Problem } from "@halte/api"
import type { Executions } from "@halte/engine"
import * as ProblemResponse from "./ProblemResponse.ts"

/**
 * Ways to answer for an engine.
 *
 * @since 0.1.0
 */
export interface Answering {
  /** Answers an error with its problem. */
  readonly answering: <A, R>(
    effect: Effect.Effect<A, Problem.AnyError, R>
  ) => Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R>
  /** A command goes on when the one who asked goes away: what was asked is done whole, or not at all. */
  readonly command: <Handler>(handler: Handler) => {
    readonly handler: Handler
    readonly options: { readonly uninterruptible: true }
  }
}

/**
 * The ways for one engine.
 *
 * @since 0.1.0
 */
export const make = (executions: Executions.ExecutionsShape): Answering => ({
  answering: (effect) => Effect.catch(effect, (error) => ProblemResponse.fromError(executions, error)),
  command: (handler) => ({ handler, options: { uninterruptible: true } })
})
