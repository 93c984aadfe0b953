/**
 * The whole contract: what a server answers and a client asks.
 *
 * @since 0.1.0
 */
import { HttpApi } from "effect/http-api"
import { AccessEndpoints } from "./AccessEndpoints.ts"
import { CommandEndpoints } from "./CommandEndpoints.ts"
import { ExecutionEndpoints } from "./ExecutionEndpoints.ts"
import { FlowEndpoints } from "./FlowEndpoints.ts"
import { HealthEndpoints } from "./HealthEndpoints.ts"

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
  .add(HealthEndpoints)
