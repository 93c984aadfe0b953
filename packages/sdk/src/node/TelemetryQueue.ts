/**
 * What waits to be sent to a collector: bounded, so that one that is slow, silent or gone costs a fixed piece of memory and
 * no execution ever waits for it. What finds no room is dropped, and counted.
 *
 * One request is under way at a time. A collector that can't take it now is asked again, with growing pauses; what it
 * refuses for good is dropped.
 *
 * @since 0.1.0
 */
import { gzip } from "node:zlib"
import { Deferred, Duration, Effect, Fiber, Metric, type Scope } from "effect"
import type { HttpBody } from "effect/http"
import type { Target, Signal } from "./TelemetryConfig.ts"

/** How often a portion is sent in all, and the first pause, which doubles. */
const tries = 5
const firstPauseMillis = 1_000
const longestPauseMillis = 30_000

/** What is left when the scope closes has this long. */
const lastMillis = 3_000

/**
 * A queue of one signal.
 *
 * @since 0.1.0
 */
export interface TelemetryQueue<A> {
  /** Whether anything can wait here: who makes something large looks first. */
  readonly hasRoom: () => boolean
  /** Never waits. */
  readonly push: (item: A) => void
  /** Counts something that was not even made, for want of room. */
  readonly drop: () => void
}

/**
 * @since 0.1.0
 */
export interface Options<A> {
  readonly signal: Signal
  readonly target: Target
  readonly encode: (items: ReadonlyArray<A>) => HttpBody.HttpBody
  /** Is told when a collector begins to refuse, and not again until it has taken something. */
  readonly report: (problem: string) => void
}

/**
 * Sends for as long as the scope is open, and what is left when it closes, for at most three seconds.
 *
 * @since 0.1.0
 */
export const make = <A>(options: Options<A>): Effect.Effect<TelemetryQueue<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { encode, report, signal, target } = options
    const context = yield* Effect.context<never>()
    const counter = (name: string, description: string) => {
      const made = Metric.counter(name, { description, attributes: { signal }, incremental: true })
      made.updateUnsafe(0, context)
      return made
    }
    const dropped = counter("halte_telemetry_dropped_total", "Spans and log records that were dropped, not sent.")
    const sent = counter("halte_telemetry_sent_total", "Spans and log records that a collector has taken.")
    // What is under way stays in it, and takes room, until it is taken.
    let waiting: Array<A> = []
    let full = Deferred.makeUnsafe<void>()
    let isReported = false
    const closing = Deferred.makeUnsafe<void>()

    const post = (body: Uint8Array<ArrayBuffer>, contentType: string): Effect.Effect<Answer> =>
      Effect.callback<Answer>((resume, abort) => {
        fetch(target.url, {
          method: "POST",
          headers: {
            ...target.headers,
            "content-type": contentType,
            ...(target.gzip ? { "content-encoding": "gzip" } : undefined)
          },
          body,
          // A collector's address that moves says so to a person: what is sent there may be meant for nobody else.
          redirect: "error",
          signal: abort
        })
          .then(async (response) => {
            // Read, so that the connection can be used again.
            await response.arrayBuffer()
            resume(Effect.succeed(answerOf(response)))
          })
          .catch((error: unknown) => resume(Effect.succeed({ _tag: "Later", why: reasonOf(error) })))
      }).pipe(
        Effect.timeoutOrElse({
          duration: target.timeout,
          orElse: () =>
            Effect.succeed<Answer>({ _tag: "Later", why: `no answer within ${Duration.toMillis(target.timeout)} ms` })
        })
      )

    const refused = (why: string): void => {
      if (isReported) return
      isReported = true
      report(`The collector at ${withoutSecrets(target.url)} does not take ${signal}: ${why}. They are dropped.`)
    }

    const send = (items: ReadonlyArray<A>): Effect.Effect<void> =>
      Effect.gen(function* () {
        const { body, contentType } = bytesOf(encode(items))
        const packed = target.gzip ? yield* compressed(body) : body
        let pause = firstPauseMillis
        for (let left = tries - 1; ; left--) {
          const answer = yield* post(packed, contentType)
          if (answer._tag === "Taken") {
            isReported = false
            return sent.updateUnsafe(items.length, context)
          }
          // At the end nobody waits for one that is away.
          if (answer._tag === "Refused" || left === 0 || Deferred.isDoneUnsafe(closing)) {
            refused(answer.why)
            return dropped.updateUnsafe(items.length, context)
          }
          const wait = Math.min(answer.afterMillis ?? pause, longestPauseMillis)
          yield* Effect.raceFirst(Effect.sleep(wait), Deferred.await(closing))
          pause *= 2
        }
      })

    const sendAll: Effect.Effect<void> = Effect.suspend(() => {
      if (waiting.length === 0) return Effect.void
      const items = waiting.slice(0, target.batch)
      return Effect.andThen(
        Effect.onExit(send(items), (exit) =>
          Effect.sync(() => {
            waiting = waiting.slice(items.length)
            if (exit._tag === "Failure") dropped.updateUnsafe(items.length, context)
          })
        ),
        sendAll
      )
    })
    const loop = Effect.gen(function* () {
      while (!Deferred.isDoneUnsafe(closing) || waiting.length > 0) {
        yield* Effect.raceFirst(
          Effect.raceFirst(Effect.sleep(target.every), Deferred.await(full)),
          Deferred.await(closing)
        )
        full = Deferred.makeUnsafe<void>()
        yield* sendAll
      }
    })
    const running = yield* Effect.forkScoped(loop)
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        Deferred.doneUnsafe(closing, Effect.void)
        yield* Effect.timeoutOption(Effect.interruptible(Fiber.await(running)), lastMillis)
        yield* Fiber.interrupt(running)
        if (waiting.length > 0) dropped.updateUnsafe(waiting.length, context)
        waiting = []
      })
    )
    return {
      hasRoom: () => waiting.length < target.queue,
      drop: () => dropped.updateUnsafe(1, context),
      push: (item) => {
        if (waiting.length >= target.queue) return dropped.updateUnsafe(1, context)
        waiting.push(item)
        if (waiting.length >= target.batch) Deferred.doneUnsafe(full, Effect.void)
      }
    }
  })

type Answer =
  | { readonly _tag: "Taken" }
  | { readonly _tag: "Later"; readonly why: string; readonly afterMillis?: number }
  | { readonly _tag: "Refused"; readonly why: string }

/** What OTLP says may be sent again. */
const later = [429, 502, 503, 504]

const answerOf = (response: Response): Answer => {
  if (response.ok) return { _tag: "Taken" }
  const why = `it answers ${response.status}`
  if (!later.includes(response.status)) return { _tag: "Refused", why }
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN)
  return { _tag: "Later", why, ...(seconds >= 0 ? { afterMillis: seconds * 1_000 } : undefined) }
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

const withoutSecrets = (address: string): string => {
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname}`
}

const encoder = new TextEncoder()

const bytesOf = (body: HttpBody.HttpBody): { readonly body: Uint8Array<ArrayBuffer>; readonly contentType: string } => {
  if (body._tag === "Uint8Array") return { body: body.body as Uint8Array<ArrayBuffer>, contentType: body.contentType }
  if (body._tag === "Raw" && typeof body.body === "string")
    return { body: encoder.encode(body.body), contentType: body.contentType ?? "application/json" }
  throw new Error(`A body of the kind \`${body._tag}\` can't be sent`)
}

const compressed = (body: Uint8Array<ArrayBuffer>): Effect.Effect<Uint8Array<ArrayBuffer>> =>
  Effect.callback((resume) => {
    gzip(body, (error, packed) => resume(error === null ? Effect.succeed(new Uint8Array(packed)) : Effect.die(error)))
  })
