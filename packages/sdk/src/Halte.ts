/**
 * Halte for programs, in promises: executions of an engine in this process, or of a server, behind one interface. It
 * runs in Node and in browsers; `@halte/sdk/node` has the same with executions that are kept.
 *
 * Programs that are written with Effect use the layers, and `Executions` as their service.
 *
 * @since 0.1.0
 */
import { Effect, Exit, Layer, Scope } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import { ExecutionsRemote } from "@halte/client"
import { type ExecutionStore, ExecutionsLocal, type Flow, type FlowError } from "@halte/engine"
import {
  ExecutionHandle,
  type ExecutionId,
  Executions,
  type ExecutionsError,
  type ExecutionSummary,
  type FlowDescription,
  type Outcome
} from "@halte/engine/model"
import { Calls, type Waiting, wasClosed } from "./Calls.ts"
import * as Execution from "./Execution.ts"
import * as ExecutionPages from "./ExecutionPages.ts"
import * as ServerAddress from "./ServerAddress.ts"

/**
 * What a start may say besides the flow and its params.
 *
 * @since 0.1.0
 */
export interface StartOptions extends Omit<Executions.StartRequest, "flow" | "params">, ExecutionHandle.SignalSource {}

/**
 * Params as a call takes them: they may be left out where none is required.
 *
 * @since 0.1.0
 */
export type Given<P> = {} extends P
  ? readonly [params?: P, options?: StartOptions]
  : readonly [params: P, options?: StartOptions]

/**
 * Executions, wherever they are. Every method may be called at any time; promises reject with the typed errors of Halte,
 * which `isHalteError` tells apart by their code.
 *
 * @since 0.1.0
 */
export interface Halte extends AsyncDisposable {
  /**
   * The same in Effect: the port that every front end is given.
   *
   * **Example** (From here to Effect)
   *
   * ```ts
   * const flows = await Effect.runPromise(halte.executions.flows)
   * ```
   */
  readonly executions: Executions.ExecutionsShape

  /**
   * The flows that can be started, as data: names, params as JSON Schema, steps.
   *
   * **Example** (Names of flows)
   *
   * ```ts
   * for (const { name, description } of await halte.flows()) console.log(name, description)
   * ```
   *
   * @throws `unauthorized`, `executions-unavailable`
   */
  flows(waiting?: Waiting): Promise<ReadonlyArray<FlowDescription.FlowDescription>>

  /**
   * Starts an execution and answers it once its start is recorded: none of its steps may have begun, or all may have
   * ended. A flow of this program may be given itself: its params are checked by the compiler then, and an engine that
   * has another flow of that name refuses with `flow-differs`.
   *
   * **Details**
   *
   * `interruptOn`, an `AbortSignal` or an Effect, asks the execution to stop gracefully when it fires; a source that
   * never comes interrupts nothing. Halte installs no handler of signals. The same `idempotencyKey` twice starts one
   * execution, also after a restart of whoever keeps it; for another request it is refused.
   *
   * **Example** (Starting, stoppable by an AbortSignal)
   *
   * ```ts
   * const stop = new AbortController()
   * const execution = await halte.start("index-files", { folder: "docs" }, { interruptOn: stop.signal })
   * console.log(execution.id)
   * ```
   *
   * @throws `flow-not-found`, `flow-differs`, `flow-busy`, `invalid-params`, `idempotency-key-reused`,
   * `idempotency-key-in-use`, `unauthorized`, `executions-unavailable`
   */
  start<P>(flow: Flow.Flow<P>, ...given: Given<P>): Promise<Execution.Execution>
  start(flow: string, params?: unknown, options?: StartOptions): Promise<Execution.Execution>

  /**
   * Starts an execution and waits for its outcome: what `start` and then `outcome` give.
   *
   * **Example** (Running to the end)
   *
   * ```ts
   * const outcome = await halte.run("index-files", { folder: "docs" })
   * if (outcome._tag === "Completed") console.log(outcome.values)
   * ```
   *
   * @throws what `start` and `outcome` reject with
   */
  run<P>(flow: Flow.Flow<P>, ...given: Given<P>): Promise<Outcome.Outcome>
  run(flow: string, params?: unknown, options?: StartOptions): Promise<Outcome.Outcome>

  /**
   * An execution that was started before, or by somebody else. It asks nothing: an unknown id is found out at its first
   * use.
   *
   * **Example** (Taking one in hand)
   *
   * ```ts
   * const outcome = await halte.execution("01KB3D9QSZ8M4XJ6WYVT").outcome()
   * ```
   */
  execution(id: string): Execution.Execution

  /**
   * Summaries of executions, newest first: as many as `limit` says. Of an id whose end is known: `ending`.
   *
   * **Example** (What can go on)
   *
   * ```ts
   * const stopped = await halte.list({ flow: "index-files", status: ["Interrupted", "Failed"], limit: 10 })
   * if (stopped[0] !== undefined) await halte.execution(stopped[0].id).resume()
   * ```
   *
   * @throws `unauthorized`, `executions-unavailable`
   */
  list(filter?: Executions.ListFilter, waiting?: Waiting): Promise<ReadonlyArray<ExecutionSummary.ExecutionSummary>>

  /**
   * The same without a limit, unless one is given: page after page is asked for as the loop goes on.
   *
   * **Example** (All that failed)
   *
   * ```ts
   * for await (const { id, flow } of halte.listAll({ status: ["Failed"] })) console.log(id, flow)
   * ```
   *
   * @throws `unauthorized`, `executions-unavailable`
   */
  listAll(filter?: Executions.ListFilter, waiting?: Waiting): AsyncIterable<ExecutionSummary.ExecutionSummary>

  /**
   * How many executions are in each state, of one flow or of all; a state that none is in is absent.
   *
   * **Example** (How many run)
   *
   * ```ts
   * const { Running = 0, Interrupted = 0 } = await halte.counts({ flow: "index-files" })
   * console.log(`${Running} running, ${Interrupted} can go on`)
   * ```
   *
   * @throws `unauthorized`, `executions-unavailable`
   */
  counts(filter?: Pick<Executions.ListFilter, "flow">, waiting?: Waiting): Promise<Executions.Counts>

  /**
   * Ends what was opened. An engine of this process asks what it runs to stop (source `Shutdown`) and waits for it; a
   * connection is let go of, and the executions of its server go on. What is still waited for rejects.
   *
   * **Example** (Closing at the end of a block)
   *
   * ```ts
   * {
   *   await using other = await Halte.connect("http://127.0.0.1:4280")
   *   await other.run("index-files")
   * }
   * ```
   */
  close(): Promise<void>
}

/**
 * What holds for every call of a `Halte`, unless the call says it itself.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Who asks, as it is recorded with starts and requests. */
  readonly by?: string | undefined
}

/**
 * An engine in this process.
 *
 * @since 0.1.0
 */
export interface LocalOptions<R = never> extends Options, Omit<ExecutionsLocal.Options<R>, "store"> {
  /** Where what happens is kept. @default in memory, for as long as it is open */
  readonly store?: ExecutionStore.ExecutionStoreShape | undefined
}

/**
 * How a server is reached: `token` where it wants one, `onConnection` to be told when a stream loses its connection and
 * when it is back, and how long anything may take.
 *
 * @since 0.1.0
 */
export interface ConnectOptions extends Options, Omit<ExecutionsRemote.Options, "url"> {}

/**
 * The promise form of any `Executions`: of those that a front end is given, of a cluster, of a test. Closing it closes
 * nothing but what is waited for.
 *
 * **Example** (Around an engine that Effect has made)
 *
 * ```ts
 * import { Halte } from "@halte/sdk"
 *
 * const halte = Halte.fromExecutions(executions, { by: "ada" })
 * const outcome = yield* Effect.promise(() => halte.run("index-files"))
 * ```
 *
 * @since 0.1.0
 */
export const fromExecutions = (executions: Executions.ExecutionsShape, options: Options = {}): Halte =>
  make(executions, options)

/**
 * Opens an engine in this process. It keeps nothing, unless it is given a store: what it ran is gone when it is closed.
 * Steps that make HTTP requests use `fetch`.
 *
 * **Gotchas**
 *
 * Steps that run programs or worker threads need Node: use `local` of `@halte/sdk/node`.
 *
 * **Example** (A flow of this program)
 *
 * ```ts
 * import { Flow, Halte, Step } from "@halte/sdk"
 *
 * const build = Step.make("build", { run: async () => "app.tar" })
 * const upload = Step.make("upload", { input: { build }, run: async ({ build }) => `uploaded ${build}` })
 * const release = Flow.make("release", { steps: [build, upload] })
 *
 * await using halte = await Halte.local({ flows: [release] })
 * const outcome = await halte.run(release)
 * console.log(outcome.values["upload"]) // uploaded app.tar
 * ```
 *
 * @throws `invalid-flow`
 *
 * @since 0.1.0
 */
export const local = (options: LocalOptions<HttpClient.HttpClient>): Promise<Halte> =>
  open(ExecutionsLocal.make(options).pipe(Effect.provide(FetchHttpClient.layer)), options)

/**
 * The same as a layer, for programs that are written with Effect. Flows may need services: what they need, it needs.
 *
 * **Example** (`Executions` as a service)
 *
 * ```ts
 * import { Executions, Halte } from "@halte/sdk"
 *
 * const release = Flow.make("release", { steps: [Step.make("build", { run: () => Effect.succeed("app.tar") })] })
 * const program = Effect.gen(function* () {
 *   const executions = yield* Executions.Executions
 *   return yield* ExecutionHandle.run(executions, { flow: "release" })
 * })
 * const outcome = Effect.runPromise(Effect.provide(program, Halte.layerLocal({ flows: [release] })))
 * ```
 *
 * @since 0.1.0
 */
export const layerLocal = <R = never>(
  options: LocalOptions<R>
): Layer.Layer<Executions.Executions, FlowError.FlowError, R> => ExecutionsLocal.layer<R>(options)

/**
 * Connects to a server, as `halte serve` is one, and asks it once, so that a wrong address or token is found out here.
 * Streams come back after a lost connection, commands are never sent twice. A page of the server itself needs no token:
 * its cookie goes with every request.
 *
 * **Example** (Start, watch, stop)
 *
 * ```ts
 * import { Halte } from "@halte/sdk"
 *
 * const halte = await Halte.connect("http://127.0.0.1:4280", { token: "…" })
 * const execution = await halte.start("index-files", { folder: "docs" })
 * for await (const event of execution.events()) console.log(event.type)
 * await execution.interrupt({ reason: "wrong folder" })
 * const outcome = await execution.outcome()
 * ```
 *
 * @throws `unauthorized`, `executions-unavailable`
 *
 * @since 0.1.0
 */
export const connect = (url: string, options: ConnectOptions = {}): Promise<Halte> =>
  connected(remote(url, options), options)

/**
 * The same as a layer, for programs that are written with Effect.
 *
 * **Example** (The executions of a server as a service)
 *
 * ```ts
 * import { Executions, Halte } from "@halte/sdk"
 *
 * const program = Effect.flatMap(Executions.Executions, ({ interrupt }) => interrupt(id, { reason: "wrong folder" }))
 * const stopped = Effect.runPromise(
 *   Effect.provide(program, Halte.layerConnect("http://127.0.0.1:4280", { token: "…" }))
 * )
 * ```
 *
 * @since 0.1.0
 */
export const layerConnect = (
  url: string,
  options: ConnectOptions = {}
): Layer.Layer<Executions.Executions, ExecutionsError.Always> =>
  Layer.effect(Executions.Executions, remote(url, options))

const remote = (
  url: string,
  options: ConnectOptions
): Effect.Effect<Executions.ExecutionsShape, ExecutionsError.Always> =>
  Effect.flatMap(ServerAddress.parse(url), (address) => asked(ExecutionsRemote.make({ ...options, url: address })))

/**
 * A client that has been answered once.
 *
 * @since 0.1.0
 */
export const asked = (
  executions: Executions.ExecutionsShape
): Effect.Effect<Executions.ExecutionsShape, ExecutionsError.Always> =>
  Effect.as(executions.list({ limit: 1 }), executions)

/**
 * The promise form of a client, once it was answered.
 *
 * @since 0.1.0
 */
export const connected = async <E>(
  connecting: Effect.Effect<Executions.ExecutionsShape, E>,
  options: Options
): Promise<Halte> => fromExecutions(await new Calls().run(connecting), options)

/**
 * Opens executions for as long as the `Halte` around them is open.
 *
 * @since 0.1.0
 */
export const open = async <E>(
  opening: Effect.Effect<Executions.ExecutionsShape, E, Scope.Scope>,
  options: Options = {}
): Promise<Halte> => {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  try {
    return make(await new Calls().run(Scope.provide(opening, scope)), options, close)
  } catch (error) {
    await close()
    throw error
  }
}

/** How long those who follow what the engine has ended may take to read the rest. */
const readingMillis = 1000

const make = (executions: Executions.ExecutionsShape, options: Options, end?: () => Promise<void>): Halte => {
  const calls = new Calls()
  const asker: Executions.Asker = options.by === undefined ? {} : { by: options.by }
  const inHand = (id: ExecutionId.ExecutionId) => Execution.make(calls, executions, id, asker)

  const started = (flow: string | Flow.Any, params: unknown, { interruptOn, ...rest }: StartOptions = {}) =>
    Effect.gen(function* () {
      const request = typeof flow === "string" ? { flow, params } : yield* own(flow, params)
      const id = yield* executions.start({ ...request, ...asker, ...rest })
      yield* Execution.listen(calls, ExecutionHandle.make(executions, id), interruptOn)
      return id
    })

  let closing: Promise<void> | undefined
  const closeAll = async () => {
    if (end !== undefined) {
      await end()
      await calls.settled(readingMillis)
    }
    await calls.close(wasClosed())
  }
  const close = () => (closing ??= closeAll())
  return {
    executions,
    flows: (waiting) => calls.run(executions.flows, waiting),
    start: async (flow: string | Flow.Any, params?: unknown, given?: StartOptions) =>
      inHand(await calls.run(started(flow, params, given))),
    run: (flow: string | Flow.Any, params?: unknown, given?: StartOptions) =>
      calls.run(Effect.flatMap(started(flow, params, given), (id) => ExecutionHandle.make(executions, id).outcome)),
    execution: (id) => inHand(id as ExecutionId.ExecutionId),
    list: (filter, waiting) => calls.run(executions.list(filter), waiting),
    listAll: (filter, waiting) => calls.iterate(ExecutionPages.all(executions, filter), waiting),
    counts: (filter, waiting) => calls.run(executions.counts(filter), waiting),
    close,
    [Symbol.asyncDispose]: close
  }
}

/**
 * A flow of this program as a request: params as they are recorded, which every engine reads, and what the flow is known
 * by. What computes that is loaded when it is needed: who starts flows by their names needs no graph.
 */
const own = (flow: Flow.Any, params: unknown) =>
  Effect.tryPromise({
    try: async () => ({
      flow: flow.name,
      params: flow.params.encode === undefined ? params : flow.params.encode((params ?? {}) as never),
      fingerprint: flow.fingerprint ?? (await import("./FlowFingerprint.ts")).of(flow)
    }),
    catch: (error) => error as FlowError.FlowError
  })
