/**
 * The composition root: the only place that knows how `Executions` is made. Everything else is given what this returns.
 */
import {
  CommandParams,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  ExecutionsLocal,
  type ExecutionStatus,
  type ExecutionSummary,
  type Flow,
  type FlowError,
  type ModuleRunner,
  type ParentStep,
  type ProcessRunner
} from "@halte/engine"
import { CommandFlow, ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import type { ProjectDirectory } from "@halte/sdk/node"
import { Context, Effect, type FileSystem, Layer, type Scope } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import * as ServerOpen from "./server/ServerOpen.ts"
import type { ServerUnusable } from "./server/ServerUnusable.ts"

/** What the steps of a flow may need. */
export type StepServices = ProcessRunner.ProcessRunner | ModuleRunner.ModuleRunner | HttpClient.HttpClient

/** What opening a project may need: what its steps need, and what is known about processes here. */
export type Services = StepServices | ProcessRunnerNode.ProcessCapabilities

/** Why a project, or a server, can't be opened. */
export type OpenError =
  | FlowError.FlowError
  | ProjectDirectory.ProjectUnusable
  | ExecutionsError.ExecutionsUnavailable
  | ServerUnusable

/** An execution whose engine was found gone: it is Interrupted now. */
export interface Recovered {
  readonly execution: ExecutionId.ExecutionId
  readonly flow: string
  /** The step that it is a sub-flow of. */
  readonly parent?: ParentStep.ParentStep
  /** Processes that it had left behind: how many were ended, and which could not be. */
  readonly ended: number
  readonly left: ReadonlyArray<number>
}

/** Which executions go. Those that have not ended always stay. */
export interface PruneRequest {
  readonly olderThanMillis?: number | undefined
  /** So many of the newest of each flow stay. */
  readonly keepLast?: number | undefined
  readonly statuses?: ReadonlyArray<ExecutionStatus.EndedStatus> | undefined
  readonly flow?: string | undefined
  readonly dryRun: boolean
}

export interface Pruned {
  /** Newest first. */
  readonly executions: ReadonlyArray<ExecutionSummary.ExecutionSummary>
  readonly bytes: number
}

/** What a command is given to work with. */
export interface Assembly {
  readonly executions: Executions.ExecutionsShape
  /** Another process can go on with an execution of this one: only then a command for that is shown. */
  readonly resumable: boolean
  /** Why the last events of an execution of this engine are not in the store, if they are not. */
  readonly unrecorded: (id: ExecutionId.ExecutionId) => string | undefined
  /** What a person should know about the project. */
  readonly notices: ReadonlyArray<string>
  readonly recovered: ReadonlyArray<Recovered>
  readonly prune: (request: PruneRequest) => Effect.Effect<Pruned, ExecutionsError.ExecutionsUnavailable>
  /** The project of this machine, and the name of the engine of this process in it. */
  readonly project?: { readonly place: ProjectDirectory.ProjectDirectory; readonly owner: string } | undefined
  /** The server that has the executions, where they are not of this machine. */
  readonly server?: ServerOpen.Server | undefined
}

export interface OpenOptions {
  /** `--project`: the directory that holds `.halte`; found from the working directory when it is not given. */
  readonly project?: string | undefined
  /** Flows that this command brings along. */
  readonly flows?: ReadonlyArray<Flow.Flow<unknown, StepServices>> | undefined
  /** Whether something is to run in this process. */
  readonly engine: boolean
  /** The server to work with, instead of all the others. */
  readonly server?: ServerOpen.Place | undefined
}

/** What runs programs, modules and requests. */
export const services: Layer.Layer<Services> = Layer.mergeAll(
  ProcessRunnerNode.layer(),
  ModuleRunnerNode.layer(),
  FetchHttpClient.layer
)

/**
 * An engine in this process that keeps nothing: what it ran is gone with it. When the scope closes, what still runs is
 * asked to stop.
 */
export const ephemeral = (
  flows: ReadonlyArray<Flow.Flow<unknown, StepServices>>
): Effect.Effect<Assembly, FlowError.FlowError, StepServices | Scope.Scope> =>
  Effect.map(ExecutionsLocal.make({ flows }), (executions) => ({
    executions,
    resumable: executions.durable,
    unrecorded: executions.unrecorded,
    notices: [],
    recovered: [],
    prune: () => Effect.succeed({ executions: [], bytes: 0 })
  }))

/** The executions of a server: all of its work is done there. */
export const ofServer = (
  place: ServerOpen.Place,
  options?: ServerOpen.OpenOptions
): Effect.Effect<Assembly, ServerUnusable, FileSystem.FileSystem> =>
  Effect.map(ServerOpen.open(place, options), ({ executions, server }) => ({
    executions,
    resumable: true,
    unrecorded: () => undefined,
    notices: [],
    recovered: [],
    prune: () =>
      Effect.fail(
        new ExecutionsError.ExecutionsUnavailable({
          reason: `executions of \`${server.url}\` are removed where it runs`
        })
      ),
    server
  }))

/** Opens what a command works with. */
export const open = (
  options: OpenOptions
): Effect.Effect<Assembly, OpenError, Services | FileSystem.FileSystem | Scope.Scope> =>
  options.server === undefined ? ofProject(options) : ofServer(options.server)

/**
 * Opens the project: everything that is stored in it, and what its live engines run. What this needs is loaded only now:
 * most commands that look at flows alone do without.
 */
const ofProject = (options: OpenOptions): Effect.Effect<Assembly, OpenError, Services | Scope.Scope> =>
  Effect.gen(function* () {
    const { Project, ProjectDirectory } = yield* sdk
    const { Retention } = yield* Effect.promise(() => import("@halte/store-sqlite"))
    const place = ProjectDirectory.find({ dir: options.project })
    const { executions, local, notices, owner, recovered, store } = yield* Project.open({
      place,
      flows: options.flows,
      builtIn: { [CommandParams.flow]: ({ params }) => CommandFlow.ofParams(params) },
      engine: options.engine
    }).pipe(Effect.catchTag("StoreUnavailable", (error) => Effect.fail(unavailable(error))))
    return {
      executions,
      resumable: local.durable,
      unrecorded: local.unrecorded,
      notices,
      recovered,
      prune: (request) => Effect.mapError(Retention.prune(store, request), unavailable),
      project: { place, owner }
    }
  })

const sdk = Effect.promise(() => import("@halte/sdk/node"))

const unavailable = ({ message }: { readonly message: string }) =>
  new ExecutionsError.ExecutionsUnavailable({ reason: message.replace(/\.$/, "") })

/** The directory of the project, which paths of flows are kept relative to. Makes nothing. */
export const directory = (project: string | undefined): Effect.Effect<string> =>
  Effect.map(sdk, ({ ProjectDirectory }) => ProjectDirectory.find({ dir: project }).directory)

/** How a project is opened; tests put another one in its place. */
export const Opener = Context.Reference<{
  readonly open: (
    options: OpenOptions
  ) => Effect.Effect<Assembly, OpenError, Services | FileSystem.FileSystem | Scope.Scope>
}>("halte/Opener", { defaultValue: () => ({ open }) })
