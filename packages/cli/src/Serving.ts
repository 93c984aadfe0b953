/**
 * What `halte serve` serves: a project with its flow files and single commands, on a port, found by other terminals.
 */
import { CommandParams, ExecutionsError, type FlowCatalog } from "@halte/engine"
import type { AccessLogEntry, CannotListen } from "@halte/http"
import { CommandFlow, CommandGuard } from "@halte/process"
import type { Project, ProjectDirectory, ProjectFlows, ProjectServer, ServerRecord } from "@halte/sdk/node"
import { Effect, type Scope } from "effect"
import type * as Assembly from "./Assembly.ts"

export interface Options {
  readonly place: ProjectDirectory.ProjectDirectory
  /** Files, and directories with files. @default the project's directory */
  readonly places?: ReadonlyArray<string> | undefined
  readonly host?: string | undefined
  /** @default 4280, or one of those after it */
  readonly port?: number | undefined
  readonly hosts?: ReadonlyArray<string> | undefined
  /** Whether single commands can be run. */
  readonly command: boolean
  readonly maxExecutions?: number | undefined
  /** Is told of each request. */
  readonly log?: ((entry: AccessLogEntry) => void) | undefined
  /** Is told when telemetry can't be sent. */
  readonly report?: ((problem: string) => void) | undefined
  /** Is told what a person should know about flow files. */
  readonly notify?: ((notice: ProjectFlows.Notice) => void) | undefined
}

export interface Serving {
  readonly project: Project.Project
  readonly server: ProjectServer.ProjectServer
  /** What can be started, when it began. */
  readonly flows: ReadonlyArray<ProjectFlows.Served>
  /** Other servers of the same project. */
  readonly others: ReadonlyArray<ServerRecord.ServerRecord>
  /** What a person should know about the variables of telemetry. */
  readonly notices: ReadonlyArray<string>
}

/** Ports that are tried after the first one, where nobody named one. */
const nextPorts = 20

/** Opens the project and listens, until the scope closes. */
export const open = (
  options: Options
): Effect.Effect<Serving, Assembly.OpenError | CannotListen, Assembly.Services | Scope.Scope> =>
  Effect.gen(function* () {
    const { Project, ProjectFlows, ProjectServer, ServerRecord, Telemetry } = yield* Effect.promise(
      () => import("@halte/sdk/node")
    )
    const { command, place } = options
    const files = ProjectFlows.make({
      project: place.directory,
      places: options.places,
      reserved: command ? [CommandParams.flow] : [],
      notify: options.notify
    })
    const telemetry = yield* Telemetry.make({ env: process.env, report: options.report })
    const project = yield* Project.open({
      place,
      engine: true,
      observe: telemetry.observe,
      provider: command ? withCommand(files) : files,
      builtIn: { [CommandParams.flow]: ({ params }) => CommandFlow.ofParams(params) },
      maxExecutions: options.maxExecutions
    }).pipe(
      Effect.catchTag("StoreUnavailable", ({ message }) =>
        Effect.fail(new ExecutionsError.ExecutionsUnavailable({ reason: message.replace(/\.$/, "") }))
      )
    )
    const others = ServerRecord.all(place)
    const flows = yield* files.served
    const { executions, local, owner } = project
    const server = yield* ProjectServer.listen(
      command ? CommandGuard.make(executions, { directory: place.directory, started: local.started }) : executions,
      {
        record: { place, owner },
        command,
        host: options.host,
        hosts: options.hosts,
        log: options.log,
        metrics: telemetry.metrics,
        ...(options.port === undefined ? { nextPorts } : { port: options.port })
      }
    )
    return { project, server, flows, others, notices: telemetry.notices }
  })

const single = CommandFlow.make()

/** The flow of a single command is made from the params of its start: its grace is known before it runs. */
const withCommand = (files: ProjectFlows.ProjectFlows): FlowCatalog.FlowProvider<Assembly.StepServices> => ({
  all: Effect.map(files.all, (flows) => [...flows, single]),
  get: (name, params) =>
    name === CommandParams.flow ? Effect.succeed(CommandFlow.ofParams(params)) : files.get(name, params)
})
