/**
 * A project directory as one place of executions: those that are stored, those of this engine, and those of every other
 * live engine of the project, behind one `Executions`.
 *
 * @since 0.1.0
 */
import { join } from "node:path"
import { Context, Effect, Exit, Scope } from "effect"
import { ExecutionsRemote } from "@halte/client"
import {
  type ExecutionId,
  type Executions,
  ExecutionsLocal,
  type ExecutionStore,
  type Flow,
  type FlowCatalog,
  type FlowError,
  ObservedStore,
  type ParentStep
} from "@halte/engine"
import { HttpHandler, NodeServer, SocketClient } from "@halte/http"
import { ProcessRunnerNode } from "@halte/process"
import { SqliteStore } from "@halte/store-sqlite"
import * as EngineRecord from "./EngineRecord.ts"
import * as EngineRecovery from "./EngineRecovery.ts"
import * as FlowSources from "./FlowSources.ts"
import * as ProcessIdentity from "./ProcessIdentity.ts"
import * as ProjectDirectory from "./ProjectDirectory.ts"
import * as ProjectExecutions from "./ProjectExecutions.ts"

/**
 * An execution whose engine was found gone when the project was opened. It is Interrupted now (cause `Crash`).
 *
 * @since 0.1.0
 */
export interface Recovered {
  readonly execution: ExecutionId.ExecutionId
  readonly flow: string
  /** The step that it is a sub-flow of: it goes on with its parent. */
  readonly parent?: ParentStep.ParentStep
  /** How many processes that it had left behind were ended, and which could not be. */
  readonly ended: number
  readonly left: ReadonlyArray<number>
}

/**
 * An opened project.
 *
 * @since 0.1.0
 */
export interface Project {
  /** The directory that paths of flows are relative to. */
  readonly directory: string
  /** Its `.halte`. */
  readonly state: string
  /** Everything in the project: what is live in this process, in another one, and what is only stored. */
  readonly executions: Executions.ExecutionsShape
  /** What only the engine of this process knows of what it runs. */
  readonly local: Pick<ExecutionsLocal.LocalExecutions, "durable" | "outcome" | "started" | "unrecorded">
  readonly store: SqliteStore.SqliteStore
  /** The name of the engine of this process, in claims. */
  readonly owner: string
  /**
   * Asks what runs here to stop (source `Shutdown`) and waits until it has; from then on nothing can be started here.
   * Happens by itself when the scope closes; a server does it before, so that its clients see it.
   */
  readonly stop: Effect.Effect<void>
  /** What a person should know: a corrupt file that was kept aside, an engine that does not answer. */
  readonly notices: ReadonlyArray<string>
  readonly recovered: ReadonlyArray<Recovered>
}

/**
 * @since 0.1.0
 */
export interface Options {
  /** The project. @default found from the working directory */
  readonly place?: ProjectDirectory.ProjectDirectory | undefined
  /** Flows that can be started. Those of stored executions are found where they came from. */
  readonly flows?: ReadonlyArray<Flow.Flow<unknown, FlowSources.Services>> | undefined
  /** Flows that are made when somebody asks for them, beside `flows`. */
  readonly provider?: FlowCatalog.FlowProvider<FlowSources.Services> | undefined
  /** Flows of the program itself, made from what an execution has stored of them. */
  readonly builtIn?:
    | Readonly<Record<string, (stored: FlowCatalog.StoredFlow) => Flow.Flow<unknown, FlowSources.Services>>>
    | undefined
  /**
   * Whether executions may run here: the engine then has a record in `run/` and answers on a socket. Without, the project is
   * only looked at and asked; one that has no `.halte` is empty then, and none is made.
   *
   * @default true
   */
  readonly engine?: boolean | undefined
  /** @default "full" */
  readonly synchronous?: "full" | "normal" | undefined
  readonly maxExecutions?: number | undefined
  /** Is told what the executions of this engine record, as it is stored: `observe` of a `Telemetry`. @default nobody */
  readonly observe?: ObservedStore.ExecutionObserver | undefined
  /** What params with `env` and expressions with `env.NAME` read. @default the environment of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/**
 * Opens a project for the length of a scope. What engines that are gone have left behind is recovered first: their
 * processes are ended, their executions are Interrupted.
 *
 * **Details**
 *
 * When the scope closes, what runs here is asked to stop (source `Shutdown`) and waited for, while others can still watch
 * it; then the socket and the record go.
 *
 * @since 0.1.0
 */
export const open = (
  options: Options = {}
): Effect.Effect<
  Project,
  ProjectDirectory.ProjectUnusable | ExecutionStore.StoreUnavailable | FlowError.FlowError,
  FlowSources.Services | ProcessRunnerNode.ProcessCapabilities | Scope.Scope
> =>
  Effect.gen(function* () {
    const place = options.place ?? ProjectDirectory.find({ env: options.env })
    const runs = options.engine ?? true
    yield* ProjectDirectory.own(place)
    if (runs) yield* ProjectDirectory.make(place)
    const file = runs || place.exists ? join(place.state, "halte.db") : ":memory:"
    const store = yield* SqliteStore.open({ file, synchronous: options.synchronous })
    const notices = [...store.notices]
    const { engine: mark } = yield* ProcessRunnerNode.ProcessCapabilities
    const owner = EngineRecord.newOwner(mark)
    const socket = EngineRecord.socketOf(place, owner)
    if (runs) yield* EngineRecord.write(place, owner, socket)
    const recover = EngineRecovery.recoverAll({ project: place, store, owner })
    const recovered = yield* recover

    const work = yield* Scope.make()
    const local = yield* ExecutionsLocal.make<FlowSources.Services>({
      flows: options.flows ?? [],
      provider: options.provider,
      store: options.observe === undefined ? store : ObservedStore.make(store, options.observe),
      owner,
      maxExecutions: options.maxExecutions,
      // Who waits for a place that an engine held which is gone finds that out by itself.
      recover,
      source: FlowSources.make({ project: place.directory, env: options.env, builtIn: options.builtIn })
    }).pipe(Effect.provideContext(Context.add(yield* Effect.context<FlowSources.Services>(), Scope.Scope, work)))
    if (runs)
      yield* EngineRecord.makePrivate(socket).pipe(
        Effect.andThen(NodeServer.listen(HttpHandler.make(local), { socket })),
        // What runs here can be seen by others, and stopped from this process only.
        Effect.catch((error) =>
          Effect.sync(() => void notices.push(`${error.message} Other terminals can't reach what runs here.`))
        )
      )
    const stop = yield* Effect.cached(Effect.uninterruptible(Scope.close(work, Exit.void)))
    // After the server, so that it is closed before it: others watch how what runs here stops.
    yield* Effect.addFinalizer(() => stop)

    const executions = ProjectExecutions.make({
      local,
      runs,
      store,
      owner,
      recover,
      engineOf: (other) => {
        const record = EngineRecord.all(place).find((r) => r.owner === other)
        if (record === undefined || ProcessIdentity.look(record.process) === "gone") return undefined
        return ExecutionsRemote.make({
          transport: SocketClient.make({ socket: record.socket }),
          name: `process ${record.process.pid}`,
          reconnect: "2 seconds"
        })
      }
    })
    return {
      directory: place.directory,
      state: place.state,
      executions,
      local,
      owner,
      stop,
      store,
      notices,
      recovered
    }
  })
