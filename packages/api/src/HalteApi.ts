/**
 * The whole contract: what a server answers and a client asks.
 *
 * @since 0.1.0
 */
import { HttpApi, OpenApi } from "effect/http-api"
import { AccessEndpoints } from "./AccessEndpoints.ts"
import { CommandEndpoints } from "./CommandEndpoints.ts"
import { ExecutionEndpoints } from "./ExecutionEndpoints.ts"
import { FlowEndpoints } from "./FlowEndpoints.ts"
import { HealthEndpoints } from "./HealthEndpoints.ts"
import { ServerEndpoints } from "./ServerEndpoints.ts"
import * as Version from "./Version.ts"

/**
 * The contract of Halte over HTTP.
 *
 * @since 0.1.0
 */
export const HalteApi = HttpApi.make("Halte")
  .add(FlowEndpoints)
  .add(ExecutionEndpoints)
  .add(CommandEndpoints)
  .add(AccessEndpoints)
  .add(ServerEndpoints)
  .add(HealthEndpoints)
  .annotateMerge(
    OpenApi.annotations({
      title: "Halte",
      version: Version.version,
      summary: "Automation you can stop",
      description:
        "Start flows, follow their executions, and stop, pause, resume or terminate them. Commands are requests: they are answered once they are recorded, and the events tell what became of them.",
      license: { name: "MIT", identifier: "MIT" },
      servers: [{ url: "/", description: "The server that this document comes from." }]
    })
  )
