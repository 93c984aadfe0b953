/**
 * Halte for programs on Node: executions that are kept in a project directory, as the command line keeps them, and
 * connections that find the token of a server of this machine by themselves.
 *
 * @since 0.1.0
 */
import { resolve } from "node:path"
import { Context, Effect, Layer, Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import { ExecutionsRemote } from "@halte/client"
import { type ExecutionStore, Executions, type ExecutionsError, type Flow, type FlowError } from "@halte/engine"
import { FlowFile, type FlowFileError } from "@halte/flow-file"
import { SocketClient } from "@halte/http"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import * as Halte from "../Halte.ts"
import * as ServerAddress from "../ServerAddress.ts"
import type * as FlowSources from "./FlowSources.ts"
import * as Project from "./Project.ts"
import * as ProjectDirectory from "./ProjectDirectory.ts"
import * as ProjectFlows from "./ProjectFlows.ts"
import * as ServedProject from "./ServedProject.ts"
import * as ServerRecord from "./ServerRecord.ts"
import * as SystemUser from "./SystemUser.ts"

export { fromExecutions } from "../Halte.ts"
export type { Given, Halte, Options, StartOptions } from "../Halte.ts"

/**
 * What a flow of `local` may be: one that was made in this program, or the path of a flow file, from the project's
 * directory on.
 *
 * @since 0.1.0
 */
export type FlowOrFile = Flow.Flow<unknown, FlowSources.Services> | string

/**
 * Which project is opened, and what can be started in it.
 *
 * @since 0.1.0
 */
export interface LocalOptions
  extends Halte.Options, Pick<Project.Options, "builtIn" | "engine" | "env" | "maxExecutions" | "synchronous"> {
  /** The directory that holds `.halte`. @default found from the working directory, as the command line finds it */
  readonly project?: string | undefined
  /**
   * @default the flow files of the project, as they are when they are started, and single commands as the flow `command`
   */
  readonly flows?: ReadonlyArray<FlowOrFile> | undefined
  /** Is told what a person should know about the flow files that were found. @default nobody */
  readonly onNotice?: ((notice: ProjectFlows.Notice) => void) | undefined
  /**
   * Whether a small process waits beside this one, from the first program on, to end the programs when this one is killed.
   *
   * @default true
   */
  readonly supervised?: boolean | undefined
}

/**
 * The executions of a project, in promises.
 *
 * @since 0.1.0
 */
export interface HalteProject extends Halte.Halte {
  /** What was opened: its directory, what its engines had left behind, what a person should know. */
  readonly project: Omit<Project.Project, "executions">
}

/**
 * Why a project can't be opened.
 *
 * @since 0.1.0
 */
export type OpenError =
  | FlowError.FlowError
  | FlowFileError
  | ProjectDirectory.ProjectUnusable
  | ExecutionStore.StoreUnavailable

/**
 * Opens a project and an engine in it. What runs is kept in `.halte` and can be seen, stopped and resumed from other
 * processes: `halte list` shows it. Steps may run programs, modules and HTTP requests.
 *
 * **Details**
 *
 * Executions whose engine was found gone are Interrupted then, and in `project.recovered`. Closing it asks what runs here
 * to stop (source `Shutdown`), and waits.
 *
 * **Gotchas**
 *
 * An open project keeps the process alive, since others may ask it something: close it.
 *
 * **Example** (A flow file of the project)
 *
 * ```ts
 * import { Halte } from "@halte/sdk/node"
 *
 * await using halte = await Halte.local()
 * const outcome = await halte.run("release", { version: "2.4.0" })
 * console.log(outcome._tag)
 * ```
 *
 * @throws `invalid-flow`, `invalid-flow-file`, `project-unusable`, `StoreUnavailable`
 *
 * @since 0.1.0
 */
export const local = async (options: LocalOptions = {}): Promise<HalteProject> => {
  let found: Project.Project | undefined
  const opening = Effect.map(opened(options), (project) => (found = project).executions)
  const halte = await Halte.open(opening, { by: options.by ?? SystemUser.name() })
  const { executions: _, ...project } = found!
  return { ...halte, project }
}

/**
 * The same as a layer, for programs that are written with Effect.
 *
 * **Example** (The project as a service)
 *
 * ```ts
 * import { Executions } from "@halte/sdk"
 * import { Halte } from "@halte/sdk/node"
 *
 * const program = Effect.gen(function* () {
 *   const executions = yield* Executions.Executions
 *   return yield* executions.list({ status: ["Interrupted"] })
 * })
 * const found = Effect.runPromise(Effect.provide(program, Halte.layerLocal({ engine: false })))
 * ```
 *
 * @since 0.1.0
 */
export const layerLocal = (options: LocalOptions = {}): Layer.Layer<Executions.Executions, OpenError> =>
  Layer.effect(
    Executions.Executions,
    Effect.map(opened(options), ({ executions }) => executions)
  )

const opened = (options: LocalOptions): Effect.Effect<Project.Project, OpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const { by: _, flows, onNotice: notify, project, supervised, ...rest } = options
    const place = ProjectDirectory.find({ dir: project, env: options.env })
    const { directory } = place
    const loaded = yield* Effect.forEach(flows ?? [], (flow) =>
      typeof flow === "string"
        ? Effect.map(
            FlowFile.load(resolve(directory, flow), { cwd: directory, project: directory, env: options.env }),
            (file) => file.flow
          )
        : Effect.succeed(flow)
    )
    // What `halte serve` has as well: the files of the project, and single commands.
    const provider =
      flows === undefined
        ? ServedProject.withCommand(
            ProjectFlows.make({
              project: directory,
              env: options.env,
              notify,
              reserved: [ServedProject.command]
            })
          )
        : undefined
    // Services live longer than the engine: what it still runs when it closes needs them.
    const services = yield* Layer.build(
      Layer.mergeAll(ProcessRunnerNode.layer({ supervised }), ModuleRunnerNode.layer(), FetchHttpClient.layer)
    )
    return yield* Project.open({
      provider,
      ...rest,
      place,
      flows: loaded,
      builtIn: { ...ServedProject.builtIn, ...options.builtIn }
    }).pipe(Effect.provideContext(Context.add(services, Scope.Scope, yield* Effect.scope)))
  })

/**
 * How a server is reached from Node.
 *
 * @since 0.1.0
 */
export interface ConnectOptions extends Halte.ConnectOptions {
  /** The directory whose servers' tokens are known here. @default found from the working directory */
  readonly project?: string | undefined
}

/**
 * Connects to a server by its address, or to a live engine of this machine by the path of its socket. The token of a
 * server of this machine's project is found by itself, anew after a restart.
 *
 * **Example** (The server of this project)
 *
 * ```ts
 * import { Halte } from "@halte/sdk/node"
 *
 * await using halte = await Halte.connect("http://127.0.0.1:4280")
 * for (const { flow, id, status } of await halte.list({ limit: 5 })) console.log(id, flow, status)
 * ```
 *
 * @throws `unauthorized`, `executions-unavailable`
 *
 * @since 0.1.0
 */
export const connect = (place: string, options: ConnectOptions = {}): Promise<Halte.Halte> =>
  Halte.connected(remote(place, options), { by: options.by ?? SystemUser.name() })

/**
 * The same as a layer, for programs that are written with Effect.
 *
 * **Example** (An engine behind a socket, as a service)
 *
 * ```ts
 * import { Executions } from "@halte/sdk"
 * import { Halte } from "@halte/sdk/node"
 *
 * const program = Effect.flatMap(Executions.Executions, ({ pause }) => pause(id))
 * const paused = Effect.runPromise(Effect.provide(program, Halte.layerConnect(".halte/run/engine.sock")))
 * ```
 *
 * @since 0.1.0
 */
export const layerConnect = (
  place: string,
  options: ConnectOptions = {}
): Layer.Layer<Executions.Executions, ExecutionsError.Always> =>
  Layer.effect(Executions.Executions, remote(place, options))

const remote = (place: string, options: ConnectOptions) =>
  Effect.gen(function* () {
    const { by: _, project, ...rest } = options
    if (!/^\w[\w+.-]+:\/\//.test(place)) {
      const transport = SocketClient.make({ socket: resolve(place) })
      return yield* Halte.asked(ExecutionsRemote.make({ transport, name: place, ...rest }))
    }
    const named = yield* ServerAddress.parse(place)
    const find = () => ServerRecord.tokenFor(ProjectDirectory.find({ dir: project }), named)
    // A token that was found is sent to the address in its record, and to no other one.
    const url = rest.token === undefined ? (find()?.url ?? named) : named
    const token = () => {
      const found = find()
      return found?.url === url ? found.token : undefined
    }
    return yield* Halte.asked(ExecutionsRemote.make({ token, name: named, ...rest, url }))
  })
