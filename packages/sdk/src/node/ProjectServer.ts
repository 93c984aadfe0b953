/**
 * The server of a project: it listens, and other terminals of the project find it.
 *
 * @since 0.1.0
 */
import { basename } from "node:path"
import { Effect, type Scope } from "effect"
import { Version } from "@halte/api"
import type { Executions } from "@halte/engine"
import { type CannotListen, WebServer } from "@halte/http"
import type { ProjectDirectory, ProjectUnusable } from "./ProjectDirectory.ts"
import * as ServerRecord from "./ServerRecord.ts"

/**
 * @since 0.1.0
 */
export interface Options extends Omit<WebServer.Options, "info"> {
  /** The project whose record says where the server is, and its engine. Without, nobody finds it. */
  readonly record?: { readonly place: ProjectDirectory; readonly owner: string } | undefined
  /**
   * Single commands can be run: the flow `command` is among those of the engine.
   *
   * @default false
   */
  readonly command?: boolean | undefined
  /** The one execution that it is there for, once it is known. */
  readonly only?: (() => string | undefined) | undefined
}

/**
 * @since 0.1.0
 */
export interface ProjectServer extends WebServer.WebServer {
  /** Where the token is, for programs. */
  readonly tokenFile: string | undefined
}

/**
 * Listens until the scope closes, with its record in the project's `.halte/run`.
 *
 * @since 0.1.0
 */
export const listen = (
  executions: Executions.ExecutionsShape,
  options: Options
): Effect.Effect<ProjectServer, CannotListen | ProjectUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const { command = false, only, record, ...web } = options
    const project = record === undefined ? undefined : basename(record.place.directory)
    const server = yield* WebServer.listen(executions, {
      ...web,
      info: () => {
        const id = only?.()
        return {
          version: Version.version,
          api: Version.api,
          ...(project === undefined ? undefined : { project }),
          ...(id === undefined ? undefined : { only: id }),
          command
        }
      }
    })
    if (record === undefined) return { ...server, tokenFile: undefined }
    yield* ServerRecord.write(record.place, { url: server.url, token: server.token, owner: record.owner })
    return { ...server, tokenFile: ServerRecord.tokenFile(record.place, server.url) }
  })
