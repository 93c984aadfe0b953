/**
 * What the server says of itself.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { ServerEndpoints } from "@halte/api"
import { ServedApi } from "./ServedApi.ts"

/**
 * The handlers of the group `server`.
 *
 * @since 0.1.0
 */
export const layer = (info: () => ServerEndpoints.ServerInfo) =>
  HttpApiBuilder.group(ServedApi, "server", (handlers) => handlers.handleAll({ info: () => Effect.sync(info) }))
