/**
 * A stream of a server that is read to its end, whatever happens to connections meanwhile: it comes back with the last
 * sequence that it has, and gives each item once.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Duration, Effect, Stream } from "effect"
import { Sse } from "effect/encoding"
import { isArrayNonEmpty } from "effect/Array"
import { EventFrame, Problem } from "@halte/api"
import { DurationText, type ExecutionsError } from "@halte/engine/model"
import * as Connection from "./Connection.ts"

type Failure = ExecutionsError.ExecutionNotFound | ExecutionsError.Always

/**
 * How a stream is opened and read.
 *
 * @since 0.1.0
 */
export interface Options<A> {
  readonly connection: Connection.Connection
  readonly path: string
  /** The last sequence that is known already. */
  readonly after: number
  /** Reads the data of a frame. Throws when it is something else. */
  readonly read: (data: string) => A
  /** Whether nothing more is to be expected after an item; `undefined` says neither. */
  readonly ends?: ((item: A) => boolean | undefined) | undefined
  /** How long it tries to come back. */
  readonly reconnect: Duration.Duration
  /** How long a connection may be silent before it counts as lost. */
  readonly silence: Duration.Duration
}

/** The longest data of one frame, in characters. */
const longest = 1 << 29

const firstWait = 50
const longestWait = 1000
/** A connection that held for so long is there, even if nothing was said meanwhile. */
const steadyMillis = 10_000

/**
 * Reads a stream.
 *
 * @since 0.1.0
 */
export const make = <A extends { readonly sequence: number }>(options: Options<A>): Stream.Stream<A, Failure> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const reading = new Reading(options)
      yield* Effect.addFinalizer(() => Effect.sync(() => reading.close()))
      return Stream.fromPull(Effect.succeed(reading.next))
    })
  )

interface Session {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly abort: () => void
  readonly decoder: InstanceType<typeof TextDecoder>
  readonly parser: Sse.Parser
  readonly frames: Array<Sse.Event>
  readonly openedAt: number
  /** The last characters that came. */
  tail: string
}

class Reading<A extends { readonly sequence: number }> {
  private readonly options: Options<A>
  private last: number
  /** Nothing more is to be expected: to find nobody there any more is the end, and no failure. */
  private over = false
  private session: Session | undefined
  private wasOpen = false
  /** When it was lost, in milliseconds, while nothing has come since. */
  private lostAt: number | undefined
  private wait = firstWait
  /** Why it could not come back the last time. */
  private reason = "the connection broke off"

  constructor(options: Options<A>) {
    this.options = options
    this.last = options.after
  }

  close(): void {
    this.session?.abort()
    this.session = undefined
  }

  readonly next = Effect.suspend(() => this.page())

  private page(): Effect.Effect<readonly [A, ...Array<A>], Failure | Cause.Done> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        this.session ??= yield* this.comeBack()
        const { session } = this
        if (session === undefined) return yield* Cause.done()
        const chunk = yield* this.receive(session)
        if (chunk === "lost") {
          if (session.tail === EventFrame.end) return yield* Cause.done()
          yield* this.lose(session)
          continue
        }
        const items = yield* this.items(session, chunk)
        if (isArrayNonEmpty(items)) {
          this.lostAt = undefined
          return items
        }
      }
    })
  }

  /** Opens a connection: at once, or after waits that grow, for as long as it may try. `undefined`: it is all read. */
  private comeBack(): Effect.Effect<Session | undefined, Failure> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        if (this.lostAt !== undefined) {
          const since = (yield* Clock.currentTimeMillis) - this.lostAt
          if (since > Duration.toMillis(this.options.reconnect)) {
            if (this.over) return undefined
            return yield* this.lostForGood()
          }
          yield* Effect.sleep(this.wait)
          this.wait = Math.min(longestWait, this.wait * 2)
        }
        const answer = yield* Effect.result(this.open())
        if (answer._tag === "Success") {
          if (this.lostAt !== undefined) this.options.connection.onChange?.({ _tag: "Back" })
          return answer.success
        }
        const error = answer.failure
        const mayPass =
          error._tag === "ExecutionsUnavailable" ||
          (error._tag === "Unauthorized" && this.options.connection.tokenIsFound === true)
        if (!this.wasOpen || !mayPass) return yield* error
        if (this.over) return undefined
        this.reason = error.reason
      }
    })
  }

  private lostForGood(): ExecutionsError.ExecutionsUnavailable {
    const { connection, reconnect } = this.options
    const bound = DurationText.short(Duration.toMillis(reconnect))
    return Connection.unavailable(
      connection,
      `was lost after sequence ${this.last} and did not come back within ${bound}: ${this.reason}`
    )
  }

  private open(): Effect.Effect<Session | undefined, Failure> {
    const { connection, path } = this.options
    const url = new URL(`${connection.url.replace(/\/$/, "")}${path}`)
    // Also as a part of the address: some that stand between drop headers that they don't know.
    url.searchParams.set("after", String(this.last))
    const gone = new AbortController()
    const headers = { accept: EventFrame.sse, "last-event-id": String(this.last) }
    const ask = Effect.tryPromise({
      try: async () => {
        const response = await connection.transport(new Request(url, { headers, signal: gone.signal }))
        if (response.status === 200 && response.body !== null) return response.body
        return response.status === 204 ? undefined : { status: response.status, text: await response.text() }
      },
      catch: (cause) => Connection.unreachable(connection, cause)
    })
    return Effect.gen({ self: this }, function* () {
      const answer = yield* Connection.inTime(connection, ask)
      if (answer === undefined) return undefined
      if (!(answer instanceof ReadableStream))
        return yield* Connection.errorOf(connection, answer.status, answer.text) as Failure
      this.wasOpen = true
      const frames: Array<Sse.Event> = []
      return {
        reader: answer.getReader(),
        abort: () => gone.abort(),
        decoder: new TextDecoder(),
        parser: Sse.makeParser((event) => (event._tag === "Event" ? frames.push(event) : undefined), {
          maxEventSize: longest
        }),
        frames,
        openedAt: yield* Clock.currentTimeMillis,
        tail: ""
      }
    }).pipe(Effect.onError(() => Effect.sync(() => gone.abort())))
  }

  /** The next text, or that none will come. */
  private receive(session: Session): Effect.Effect<{ readonly text: string } | "lost"> {
    const read = Effect.tryPromise(() => session.reader.read())
    return Effect.timeoutOption(read, this.options.silence).pipe(
      Effect.map((answer) => {
        if (answer._tag === "None" || answer.value.done) return "lost" as const
        return { text: session.decoder.decode(answer.value.value, { stream: true }) }
      }),
      Effect.catch(() => Effect.succeed("lost" as const))
    )
  }

  private lose(session: Session): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      session.abort()
      this.session = undefined
      // One that held for a while was a good one: what comes now is a new loss.
      const steady = Math.min(steadyMillis, Duration.toMillis(this.options.reconnect))
      if (this.lostAt === undefined || now - session.openedAt > steady) {
        if (!this.over) this.options.connection.onChange?.({ _tag: "Lost", reason: this.reason })
        this.lostAt = now
        this.wait = firstWait
      }
    })
  }

  private items(session: Session, chunk: { readonly text: string }): Effect.Effect<Array<A>, Failure> {
    return Effect.suspend(() => {
      const { connection, ends, read } = this.options
      session.tail = (session.tail + chunk.text).slice(-EventFrame.end.length)
      const items: Array<A> = []
      try {
        const tooLarge = session.parser.feed(chunk.text)
        if (tooLarge !== undefined) throw tooLarge
        for (const { data, event } of session.frames.splice(0)) {
          if (event === EventFrame.problem) {
            // What came before it is given out first: the problem comes again with the next connection, if it lasts.
            if (items.length > 0) break
            const error = Problem.errorFromJson(data)
            if (error === undefined || error._tag === "RequestRefused")
              return Effect.fail(Connection.errorOf(connection, 500, data) as Failure)
            return Effect.fail(error as Failure)
          }
          const item = read(data)
          if (item.sequence <= this.last) continue
          this.last = item.sequence
          this.over = ends?.(item) ?? this.over
          items.push(item)
        }
      } catch (error) {
        return Effect.fail(
          Connection.unavailable(
            connection,
            `sent something that can't be read: ${error instanceof Error ? error.message : String(error)}`
          )
        )
      }
      return Effect.succeed(items)
    })
  }
}
