/**
 * `Executions` of another process: a client of its server. What it answers, and what it fails with, is what the engine
 * there answers and fails with. It runs in browsers as well.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Layer, Redacted, Schedule, Schema, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { CommandBody, ExecutionEndpoints, HalteApi, RequestRefused } from "@halte/api"
import {
  ExecutionEvent,
  type ExecutionId,
  Executions,
  ExecutionsError,
  type ExecutionSummary,
  JsonText,
  LogLine
} from "@halte/engine/model"
import * as Connection from "./Connection.ts"
import * as RemoteStream from "./RemoteStream.ts"

/**
 * Which server, how it is reached, and how long anything may take.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * What carries requests.
   *
   * @default `fetch`
   */
  readonly transport?: Connection.Transport | undefined
  /**
   * What all addresses begin with. A transport that knows its server needs none.
   *
   * @default "http://localhost"
   */
  readonly url?: string | undefined
  /**
   * What errors call the server: a path, a host.
   *
   * @default `url`
   */
  readonly name?: string | undefined
  /**
   * The token of a server that wants one: itself, or what finds it, which is asked before every request, so that a server
   * that was started again under another token is reached again. A page of the server itself has a cookie instead.
   */
  readonly token?: Token | (() => Token | undefined) | undefined
  /**
   * The door that requests come through, where they state none.
   *
   * @default "Sdk"
   */
  readonly source?: CommandBody.StatedSource | undefined
  /**
   * How long a command or a read may take, and an open stream to begin.
   *
   * @default "5 seconds"
   */
  readonly timeout?: Duration.Input | undefined
  /**
   * How long a stream whose connection was lost tries to come back before it fails.
   *
   * @default "10 seconds"
   */
  readonly reconnect?: Duration.Input | undefined
  /**
   * How long the connection of a stream may be silent before it counts as lost. A server says something every 15 seconds.
   *
   * @default "45 seconds"
   */
  readonly silence?: Duration.Input | undefined
  /** Is told when a stream loses its connection and tries to come back, and when it is back. */
  readonly onConnection?: ((change: Connection.Change) => void) | undefined
}

/**
 * What a server is shown. `Redacted`, it does not come out in logs.
 *
 * @since 0.1.0
 */
export type Token = string | Redacted.Redacted<string>

const urls = HttpApiClient.urlBuilder(HalteApi.HalteApi)

const isStated = Schema.is(CommandBody.StatedSource)

/** Only what is there: a field that is `undefined` is none. */
type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> }
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>

/** A path with a segment that is nothing, or dots, is another path. No step has such a name: nor has what stands for it. */
const segment = (name: string): string => (/^\.{0,2}$/.test(name) ? "-" : name)

/**
 * A connection that was kept open may be ended by the server in the very moment of its use, as by one that is started
 * again. What only reads is then asked once more; whether a command was carried out, nobody knows.
 */
const fetching: Connection.Transport = async (request) => {
  if (request.method !== "GET") return fetch(request)
  try {
    return await fetch(request)
  } catch (error) {
    if (request.signal.aborted) throw error
    return fetch(request)
  }
}

const identified = (transport: Connection.Transport, token: Options["token"]): Connection.Transport => {
  if (token === undefined) return transport
  return (request) => {
    const found = typeof token === "function" ? token() : token
    if (found !== undefined)
      request.headers.set("authorization", `Bearer ${Redacted.isRedacted(found) ? Redacted.value(found) : found}`)
    return transport(request)
  }
}

const readLine = Schema.decodeUnknownSync(Schema.fromJsonString(LogLine.LogLine))

/** Of an execution that has ended nothing is missing, unless it began anew. */
const endsWith = (event: ExecutionEvent.ExecutionEvent): boolean | undefined =>
  event.type === "execution-ended" ? true : event.type === "execution-started" ? false : undefined

/**
 * The client of a server.
 *
 * **Details**
 *
 * Nothing is asked before a method is used. Commands and reads fail with `ExecutionsUnavailable` when the server is not
 * there or does not answer in time. Commands are not sent again: whether one that got no answer was carried out, only
 * the record tells. Streams come back after a lost connection, with what they have, and give nothing twice.
 *
 * A source that belongs to the engine itself is not sent: requests of a client have the source of a front end.
 *
 * **Example** (The engine behind a socket)
 *
 * ```ts
 * import { SocketClient } from "@halte/http"
 * import { ExecutionsRemote } from "@halte/client"
 *
 * const executions = ExecutionsRemote.make({
 *   transport: SocketClient.make({ socket: ".halte/run/engine.sock" }),
 *   name: ".halte/run/engine.sock"
 * })
 * yield* executions.interrupt(id, { reason: "forgot the changelog" })
 * ```
 *
 * @since 0.1.0
 */
export const make = (options: Options = {}): Executions.ExecutionsShape => {
  const url = options.url ?? "http://localhost"
  const connection: Connection.Connection = {
    transport: identified(options.transport ?? fetching, options.token),
    onChange: options.onConnection,
    tokenIsFound: typeof options.token === "function",
    url,
    name: options.name ?? url,
    timeout: Duration.fromInputUnsafe(options.timeout ?? "5 seconds")
  }
  const { transport } = connection
  const client = Effect.runSync(
    Effect.provide(HttpApiClient.make(HalteApi.HalteApi, { baseUrl: url }), FetchHttpClient.layer)
  )

  type Fault = HttpClientError.HttpClientError | Schema.SchemaError

  /** Asks, and turns what is no answer of the engine into an error that says so. */
  const ask = <A, E>(
    request: Effect.Effect<A, E | RequestRefused.RequestRefused | Fault>
  ): Effect.Effect<A, Exclude<E, RequestRefused.RequestRefused | Fault> | ExecutionsError.ExecutionsUnavailable> =>
    request.pipe(
      // A key that is being accepted is answered in a moment.
      Effect.retry({
        while: (error) => error instanceof ExecutionsError.KeyRefused && error.code === "idempotency-key-in-use",
        schedule: Schedule.spaced("50 millis")
      }),
      Effect.provideService(FetchHttpClient.Fetch, (input, init) => transport(new Request(input, init))),
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      (asked) => Connection.inTime(connection, asked),
      Effect.mapError((error) => (isFault(error) ? explain(error) : error))
    ) as Effect.Effect<A, Exclude<E, RequestRefused.RequestRefused | Fault> | ExecutionsError.ExecutionsUnavailable>

  const isFault = (error: unknown): error is RequestRefused.RequestRefused | Fault =>
    error instanceof RequestRefused.RequestRefused ||
    error instanceof HttpClientError.HttpClientError ||
    Schema.isSchemaError(error)

  const explain = (error: RequestRefused.RequestRefused | Fault): ExecutionsError.ExecutionsUnavailable => {
    if (error instanceof RequestRefused.RequestRefused)
      return Connection.unavailable(connection, `refused the request: ${error.message.replace(/\.$/, "")}`)
    if (error instanceof HttpClientError.HttpClientError && error.reason._tag === "TransportError")
      return Connection.unreachable(connection, error.reason.cause)
    const status = error instanceof HttpClientError.HttpClientError ? error.response?.status : undefined
    return Connection.unavailable(
      connection,
      `answered ${status === undefined ? "something" : status}, which is no answer of a Halte server of this version`
    )
  }

  /** Asks for a body that has a validator. Who says of none that it is known is answered a whole one. */
  const whole = <A, E>(
    request: Effect.Effect<{ readonly body: A } | void, E | RequestRefused.RequestRefused | Fault>
  ) =>
    Effect.flatMap(ask(request), (answer) =>
      answer === undefined
        ? Effect.fail(Connection.unavailable(connection, "answered nothing"))
        : Effect.succeed(answer.body)
    )

  const asker = <T extends Executions.Asker>(request: T | undefined) => {
    const { source, ...rest } = request ?? ({} as T)
    return { ...defined(rest), source: isStated(source) ? source : (options.source ?? "Sdk") }
  }

  const json = (fields: { readonly params?: unknown }) =>
    fields.params === undefined ? undefined : { params: JsonText.normalize(fields.params) }

  const follow = <A extends { readonly sequence: number }>(
    path: string,
    after: number | undefined,
    read: (data: string) => A,
    ends?: (item: A) => boolean | undefined
  ) =>
    RemoteStream.make({
      connection,
      path,
      after: after ?? 0,
      read,
      ends,
      reconnect: Duration.fromInputUnsafe(options.reconnect ?? "10 seconds"),
      silence: Duration.fromInputUnsafe(options.silence ?? "45 seconds")
    })

  /** An id that is no segment of a path belongs to no execution. */
  const known = <A, E, R>(id: ExecutionId.ExecutionId, then: () => Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | ExecutionsError.ExecutionNotFound, R> =>
      segment(id) === id ? then() : Effect.fail(new ExecutionsError.ExecutionNotFound({ execution: id }))
    )

  const list = (filter: Executions.ListFilter = {}) =>
    Effect.gen(function* () {
      const { before, children, limit = ExecutionEndpoints.pageSize, ...others } = filter
      const rest = { ...others, children: children === undefined ? undefined : (`${children}` as const) }
      const found: Array<ExecutionSummary.ExecutionSummary> = []
      // No status at all is not every status.
      if (rest.status?.length === 0) return found
      let cursor: string | undefined = before
      while (found.length < limit) {
        const size = Math.min(limit - found.length, ExecutionEndpoints.largestPage)
        const page: ExecutionEndpoints.Page = yield* whole(
          client.executions.list({ query: defined({ ...rest, cursor, limit: size }), headers: {} })
        )
        found.push(...page.executions)
        cursor = page.next
        if (cursor === undefined) break
      }
      return found
    })

  return {
    flows: Effect.map(whole(client.flows.list({ headers: {} })), ({ flows }) => flows),

    start: ({ flow, idempotencyKey, ...request }) =>
      ask(
        client.flows.start({
          params: { flowId: segment(flow) },
          headers: defined({ "idempotency-key": idempotencyKey }),
          payload: { ...asker(request), ...json(request) }
        })
      ).pipe(
        Effect.map(({ body }) => body.id),
        Effect.catchTag("ExecutionNotFound", (error) =>
          Effect.fail(Connection.unavailable(connection, `started an execution that is gone: ${error.message}`))
        )
      ),

    get: (id) => known(id, () => whole(client.executions.get({ params: { id }, headers: {} }))),

    list,

    counts: (filter) =>
      Effect.map(ask(client.executions.counts({ query: defined({ flow: filter?.flow }) })), ({ counts }) => counts),

    output: (id, step) => known(id, () => ask(client.executions.output({ params: { id, stepId: segment(step) } }))),

    events: (id, after) =>
      Stream.unwrap(
        known(id, () =>
          Effect.sync(() =>
            follow(urls.executions.events({ params: { id }, query: {} }), after, ExecutionEvent.fromJson, endsWith)
          )
        )
      ),

    logs: (id, { after, step } = {}) =>
      Stream.unwrap(
        known(id, () =>
          Effect.sync(() =>
            follow(
              step === undefined
                ? urls.executions.logs({ params: { id }, query: {} })
                : urls.executions.stepLogs({ params: { id, stepId: segment(step) }, query: {} }),
              after,
              (data) => readLine(data)
            )
          )
        )
      ),

    interrupt: (id, request) =>
      known(id, () => ask(client.commands.interrupt({ params: { id }, payload: asker(request) }))),

    pause: (id, request) => known(id, () => ask(client.commands.pause({ params: { id }, payload: asker(request) }))),

    resume: (id, request) =>
      known(id, () =>
        ask(client.commands.resume({ params: { id }, payload: { ...asker(request), ...json(request ?? {}) } }))
      ),

    terminate: (id, request) =>
      known(id, () => ask(client.commands.terminate({ params: { id }, payload: asker(request) }))),

    undo: (id, request) =>
      known(id, () =>
        ask(client.commands.undo({ params: { id }, payload: { ...asker(request), ...json(request ?? {}) } }))
      ),

    answer: (id, step, value, request) =>
      known(id, () =>
        ask(
          client.commands.answer({
            params: { id, stepId: segment(step) },
            payload: {
              ...asker(request),
              ...(request?.reject === undefined ? undefined : { reject: request.reject }),
              ...(request?.reason === undefined ? undefined : { reason: request.reason }),
              ...(value === undefined ? undefined : { value: JsonText.normalize(value) })
            }
          })
        )
      )
  }
}

/**
 * The client as a layer.
 *
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<Executions.Executions> =>
  Layer.sync(Executions.Executions, () => make(options))
