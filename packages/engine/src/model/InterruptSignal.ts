/**
 * The application's own request to stop. It is not a signal of the operating system: front ends translate a Ctrl-C, a
 * click, an HTTP request or a deadline into one, and the engine knows nothing else.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { InterruptStrategy } from "./InterruptStrategy.ts"

/**
 * Through which door a request came. The first six belong to front ends, the others to the engine itself. `Undo` is no
 * request: it is why an attempt that only took back what had completed ended.
 *
 * @since 0.1.0
 */
export const InterruptSource = Schema.Literals([
  "Cli",
  "Http",
  "Page",
  "Desktop",
  "Sdk",
  "Cluster",
  "Deadline",
  "Parent",
  "Shutdown",
  "StopAfter",
  "StepFailed",
  "Crash",
  "Stalled",
  "Undo"
])
export type InterruptSource = typeof InterruptSource.Type

/**
 * A recorded request to stop.
 *
 * @since 0.1.0
 */
export const InterruptSignal = Schema.Struct({
  source: InterruptSource,
  /** Who asked, as the front end claims; by default the user name of the system. */
  by: Schema.optionalKey(Schema.String),
  /** Why, in the words of whoever asked. */
  reason: Schema.optionalKey(Schema.String),
  /** How the request arrived, for people: `SIGINT`, `Ctrl-C in this terminal`. */
  via: Schema.optionalKey(Schema.String),
  /** When, in milliseconds since 1970. */
  requestedAt: Schema.Int
})
export type InterruptSignal = typeof InterruptSignal.Type

/**
 * What a front end hands over when it asks: the signal without its time, and at most one strategy that replaces the
 * flow's (never the one that ignores interruptions).
 *
 * @since 0.1.0
 */
export const InterruptRequest = Schema.Struct({
  source: Schema.optionalKey(InterruptSource),
  by: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.String),
  via: Schema.optionalKey(Schema.String),
  strategy: Schema.optionalKey(InterruptStrategy)
})
export type InterruptRequest = typeof InterruptRequest.Type

/**
 * The signal that a request becomes at a moment.
 *
 * @since 0.1.0
 */
export const fromRequest = (request: InterruptRequest, requestedAt: number): InterruptSignal => ({
  source: request.source ?? "Sdk",
  ...(request.by === undefined ? undefined : { by: request.by }),
  ...(request.reason === undefined ? undefined : { reason: request.reason }),
  ...(request.via === undefined ? undefined : { via: request.via }),
  requestedAt
})
