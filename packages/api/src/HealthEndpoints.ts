/**
 * Whether a server lives, and whether it takes work.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import * as Problem from "./Problem.ts"

/**
 * The group `health`. `live` asks the engine nothing; `ready` is answered 503 while the server ends.
 *
 * @since 0.1.0
 */
export const HealthEndpoints = HttpApiGroup.make("health")
  .add(
    HttpApiEndpoint.get("live", "/health/live", {
      success: Schema.Struct({ status: Schema.Literal("live") }),
      error: Problem.reading
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "getLive",
        summary: "Whether the server lives",
        description: "Asks the engine nothing."
      })
    ),
    HttpApiEndpoint.get("ready", "/health/ready", {
      success: Schema.Struct({ status: Schema.Literal("ready") }),
      error: Problem.reading
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "getReady",
        summary: "Whether the server takes work",
        description: "503 while it ends, and while its store does not answer."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Health", description: "For supervisors and load balancers." }))
