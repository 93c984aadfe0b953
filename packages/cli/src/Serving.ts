/**
 * What `halte serve` serves: a project with its flow files and single commands, on a port, found by other terminals.
 */
import type { AccessLogEntry, CannotListen } from "@halte/http"
import type { Project, ProjectFlows, ProjectServer, ServedProject, ServerRecord } from "@halte/sdk/node"
import { Effect, type Scope } from "effect"
import type * as Assembly from "./Assembly.ts"

export interface Options extends Pick<
  ServedProject.Options,
  "place" | "places" | "maxExecutions" | "report" | "notify"
> {
  /** Whether single commands can be run. */
  readonly command: boolean
  readonly host?: string | undefined
  /** @default 4280, or one of those after it */
  readonly port?: number | undefined
  readonly hosts?: ReadonlyArray<string> | undefined
  /** Is told of each request. */
  readonly log?: ((entry: AccessLogEntry) => void) | undefined
}

export interface Serving {
  readonly project: Project.Project
  readonly server: ProjectServer.ProjectServer
  /** What can be started, when it began. */
  readonly flows: ReadonlyArray<ProjectFlows.Served>
  /** Other servers of the same project. */
  readonly others: ReadonlyArray<ServerRecord.ServerRecord>
  /** What a person should know. */
  readonly notices: ReadonlyArray<string>
}

/** Ports that are tried after the first one, where nobody named one. */
const nextPorts = 20

/** Opens the project and listens, until the scope closes. */
export const open = (
  options: Options
): Effect.Effect<Serving, Assembly.OpenError | CannotListen, Assembly.Services | Scope.Scope> =>
  Effect.gen(function* () {
    const { ProjectServer, ServedProject, ServerRecord } = yield* Effect.promise(() => import("@halte/sdk/node"))
    const { command, host, hosts, log, place, port } = options
    const { executions, files, metrics, notices, project } = yield* ServedProject.open(options)
    const others = ServerRecord.all(place)
    const flows = yield* files.served
    const server = yield* ProjectServer.listen(executions, {
      record: { place, owner: project.owner },
      command,
      host,
      hosts,
      log,
      metrics,
      ...(port === undefined ? { nextPorts } : { port })
    })
    return { project, server, flows, others, notices }
  })
