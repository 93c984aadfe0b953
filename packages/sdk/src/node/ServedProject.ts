/**
 * A project as a server or a desktop has it: its flow files and single commands can be started, one command at a time, and
 * it can be observed. What asks it, and how that comes here, is for others to add.
 *
 * @since 0.1.0
 */
import { Effect, type Scope } from "effect"
import {
  CommandParams,
  type Executions,
  ExecutionsError,
  type FlowCatalog,
  type FlowError,
  ObservedStore
} from "@halte/engine"
import { CommandFlow, CommandGuard, type ProcessRunnerNode } from "@halte/process"
import * as FlowNotice from "./FlowNotice.ts"
import type * as FlowSources from "./FlowSources.ts"
import * as Project from "./Project.ts"
import type { ProjectDirectory, ProjectUnusable } from "./ProjectDirectory.ts"
import * as ProjectFlows from "./ProjectFlows.ts"
import * as Telemetry from "./Telemetry.ts"

/**
 * @since 0.1.0
 */
export interface Options extends Pick<Project.Options, "env" | "maxExecutions" | "synchronous"> {
  readonly place: ProjectDirectory
  /** Files, and directories with files. @default the project's directory */
  readonly places?: ReadonlyArray<string> | undefined
  /** Whether single commands can be run. @default true */
  readonly command?: boolean | undefined
  /** Is told what the executions of this engine record, as telemetry is. */
  readonly observe?: ObservedStore.ExecutionObserver | undefined
  /** Is told when telemetry can't be sent. @default writes to standard error */
  readonly report?: ((problem: string) => void) | undefined
  /** Is told what a person should know about flow files, and how to say it. */
  readonly notify?: ((notice: ProjectFlows.Notice, text: string) => void) | undefined
}

/**
 * @since 0.1.0
 */
export interface ServedProject {
  readonly project: Project.Project
  /** What others are given: everything of the project, with one single command at a time. */
  readonly executions: Executions.ExecutionsShape
  readonly files: ProjectFlows.ProjectFlows
  /** All metrics of this process, in the text format of Prometheus. */
  readonly metrics: () => string
  /** What a person should know: of the project, and of the variables of telemetry. */
  readonly notices: ReadonlyArray<string>
}

/**
 * Why it can't be opened.
 *
 * @since 0.1.0
 */
export type OpenError = FlowError.FlowError | ProjectUnusable | ExecutionsError.ExecutionsUnavailable

/**
 * Opens it for the length of a scope. Its flow files are read when somebody asks for them.
 *
 * @since 0.1.0
 */
export const open = (
  options: Options
): Effect.Effect<
  ServedProject,
  OpenError,
  FlowSources.Services | ProcessRunnerNode.ProcessCapabilities | Scope.Scope
> =>
  Effect.gen(function* () {
    const { command: hasCommand = true, env, notify, place } = options
    const files = ProjectFlows.make({
      project: place.directory,
      places: options.places,
      reserved: hasCommand ? [command] : [],
      env,
      notify: notify && ((notice) => notify(notice, FlowNotice.text(notice)))
    })
    const telemetry = yield* Telemetry.make({ env, report: options.report })
    const project = yield* Project.open({
      place,
      observe: options.observe ? ObservedStore.together([telemetry.observe, options.observe]) : telemetry.observe,
      provider: hasCommand ? withCommand(files) : files,
      builtIn,
      maxExecutions: options.maxExecutions,
      synchronous: options.synchronous,
      env
    }).pipe(
      Effect.catchTag("StoreUnavailable", ({ message }) =>
        Effect.fail(new ExecutionsError.ExecutionsUnavailable({ reason: message.replace(/\.$/, "") }))
      )
    )
    const { executions, local, notices } = project
    return {
      project,
      executions: hasCommand
        ? CommandGuard.make(executions, { directory: place.directory, started: local.started })
        : executions,
      files,
      metrics: telemetry.metrics,
      notices: [...notices, ...telemetry.notices]
    }
  })

/**
 * The name of the flow of single commands.
 *
 * @since 0.1.0
 */
export const command = CommandParams.flow

/**
 * What stored executions of single commands are made from, for `Project.open`.
 *
 * @since 0.1.0
 */
export const builtIn: NonNullable<Project.Options["builtIn"]> = {
  [command]: ({ params }) => CommandFlow.ofParams(params)
}

const single = CommandFlow.make()

/**
 * Flow files, and single commands beside them. The flow of a command is made from the params of its start: its grace is
 * known before it runs.
 *
 * @since 0.1.0
 */
export const withCommand = (
  files: FlowCatalog.FlowProvider<FlowSources.Services>
): FlowCatalog.FlowProvider<FlowSources.Services> => ({
  all: Effect.map(files.all, (flows) => [...flows, single]),
  get: (name, params) => (name === command ? Effect.succeed(CommandFlow.ofParams(params)) : files.get(name, params))
})
