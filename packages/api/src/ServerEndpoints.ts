/**
 * What a server says of itself.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import * as Problem from "./Problem.ts"
import * as Version from "./Version.ts"

/**
 * A server: its version, what it serves and what can be done there.
 *
 * @since 0.1.0
 */
export const ServerInfo = Schema.Struct({
  version: Schema.String,
  /** The version of the contract. */
  api: Schema.Int,
  /** The name of the project whose executions it has. */
  project: Schema.optionalKey(Schema.String),
  /** The one execution that it is there for: it belongs to a run in a terminal, and ends with it. */
  only: Schema.optionalKey(Schema.String),
  /** Whether single commands can be run: the Command view. */
  command: Schema.Boolean
})
export type ServerInfo = typeof ServerInfo.Type

/**
 * What a server says of itself that was told nothing.
 *
 * @since 0.1.0
 */
export const unnamed: ServerInfo = { version: Version.version, api: Version.api, command: false }

/**
 * The group `server`.
 *
 * @since 0.1.0
 */
export const ServerEndpoints = HttpApiGroup.make("server")
  .add(
    HttpApiEndpoint.get("info", "/server", { success: ServerInfo, error: Problem.reading }).annotateMerge(
      OpenApi.annotations({
        identifier: "getServer",
        summary: "What the server is",
        description: "Its version, the project that it serves, and whether single commands can be run there."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Server", description: "What the server says of itself." }))
