/**
 * Whether a server lives, and whether it takes work.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import * as Problem from "./Problem.ts"

/**
 * The group `health`. `live` asks the engine nothing; `ready` is answered 503 while the server ends.
 *
 * @since 0.1.0
 */
export const HealthEndpoints = HttpApiGroup.make("health").add(
  HttpApiEndpoint.get("live", "/health/live", {
    success: Schema.Struct({ status: Schema.Literal("live") }),
    error: Problem.always
  }),
  HttpApiEndpoint.get("ready", "/health/ready", {
    success: Schema.Struct({ status: Schema.Literal("ready") }),
    error: Problem.always
  })
)
