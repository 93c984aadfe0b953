/**
 * The streams of an execution: its events, and the lines that its steps wrote.
 *
 * Whether the execution is there, and whether there is anything left to say, is found out before the first byte: after
 * it there is no other way to say so than to break off.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { EventFrame, Problem, RequestRefused } from "@halte/api"
import {
  ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  ExecutionStatus,
  type LogLine
} from "@halte/engine"
import { ControlSequences } from "@halte/engine/model"
import * as LiveBody from "./LiveBody.ts"
import * as MediaRange from "./MediaRange.ts"

type Id = ExecutionId.ExecutionId
type Failure = ExecutionsError.ExecutionNotFound | ExecutionsError.Always
type Answer = Effect.Effect<HttpServerResponse.HttpServerResponse, Failure | RequestRefused.RequestRefused>

/**
 * What a reader says it has already. A header counts more: a browser that comes back sends it, to the address that it
 * was given first.
 *
 * @since 0.1.0
 */
export const from = (
  headers: { readonly "last-event-id"?: string },
  query: { readonly after?: string }
): string | undefined => headers["last-event-id"] ?? query.after

/** A sequence; 0, where nothing is said. */
const sequence = (said: string | undefined): Effect.Effect<number, RequestRefused.RequestRefused> =>
  said === undefined
    ? Effect.succeed(0)
    : /^\d{1,15}$/.test(said)
      ? Effect.succeed(Number(said))
      : unknownSequence(`\`${said.slice(0, 40)}\` is no sequence: these are numbers from 0 on.`)

const unknownSequence = (detail: string) =>
  Effect.fail(new RequestRefused.RequestRefused({ code: "unknown-sequence", detail }))

const encoder = new TextEncoder()
const encode = (text: string): Uint8Array => encoder.encode(text)
const keepAlive = encode(EventFrame.keepAlive)

const nothing = HttpServerResponse.empty({ status: 204, headers: { "cache-control": "no-store" } })

/** What of an item each format has. */
interface Writer<A> {
  readonly frame: (item: A) => string
  readonly line: (item: A) => string
  readonly text: (item: A) => string
}

const ofEvent: Writer<ExecutionEvent.ExecutionEvent> = {
  frame: EventFrame.fromEvent,
  line: ExecutionEvent.toJson,
  text: ExecutionEvent.toJson
}
const ofLine: Writer<LogLine.LogLine> = {
  frame: EventFrame.fromLine,
  line: (line) => JSON.stringify(line),
  // `curl` writes it to a terminal, where control sequences of a step have no business.
  text: (line) => ControlSequences.strip(line.text)
}

/**
 * The streams of an engine's executions.
 *
 * @since 0.1.0
 */
export const make = (executions: Executions.ExecutionsShape, pace: LiveBody.Pace) => {
  /** What the listing says of an execution: it is there, and nothing is folded for that. */
  const known = (id: Id) =>
    Effect.flatMap(executions.list({ ending: id, limit: 1 }), ([summary]) =>
      summary?.id === id
        ? Effect.succeed(summary)
        : Effect.fail(new ExecutionsError.ExecutionNotFound({ execution: id }))
    )

  const respond = <A>(items: Stream.Stream<A, Failure>, format: string, writer: Writer<A>) => {
    const body =
      format === EventFrame.sse
        ? LiveBody.make(whole(pages(items, writer.frame)), { ...pace, keepAlive })
        : LiveBody.make(
            pages(items, (item) => `${format === EventFrame.ndjson ? writer.line(item) : writer.text(item)}\n`),
            { ...pace, keepAlive: undefined }
          )
    return HttpServerResponse.stream(body, {
      contentType: format === EventFrame.text ? `${format}; charset=utf-8` : format,
      headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
    })
  }

  return {
    known,

    events: (id: Id, said: string | undefined, accept: string | undefined): Answer =>
      Effect.gen(function* () {
        const after = yield* sequence(said)
        const summary = yield* known(id)
        if (after > summary.sequence) {
          // The listing may lag behind the events.
          const state = yield* executions.get(id)
          if (after > state.sequence)
            return yield* unknownSequence(
              `Execution \`${id}\` has no event ${after}: its last one is ${state.sequence}.`
            )
        } else if (after === summary.sequence && ExecutionStatus.isEnded(summary.status)) return nothing
        const format = MediaRange.choose(accept, [EventFrame.sse, EventFrame.ndjson])
        return respond(executions.events(id, after), format, ofEvent)
      }),

    logs: (id: Id, step: string | undefined, said: string | undefined, accept: string | undefined): Answer =>
      Effect.gen(function* () {
        const after = yield* sequence(said)
        const { status } = yield* known(id)
        const lines = executions.logs(id, { after, ...(step === undefined ? undefined : { step }) })
        const format = MediaRange.choose(accept, [EventFrame.text, EventFrame.sse, EventFrame.ndjson])
        // It has ended, so that the first line is there at once, or there is none.
        if (format === EventFrame.sse && ExecutionStatus.isEnded(status))
          if (Option.isNone(yield* Stream.runHead(lines))) return nothing
        return respond(lines, format, ofLine)
      })
  }
}

/** How many characters are written at a time, and one item more: what a reader that does not read costs beside its page. */
const pieceLength = 1 << 16

/** Text of a page is made when it is asked for, piece by piece: items may be large, and readers slow. */
const pages = <A, E>(items: Stream.Stream<A, E>, write: (item: A) => string): Stream.Stream<Uint8Array, E> =>
  Stream.transformPull(items, (pull) =>
    Effect.sync(() => {
      let page: ReadonlyArray<A> = []
      let at = 0
      const piece = (): readonly [Uint8Array] => {
        let text = ""
        while (at < page.length && text.length < pieceLength) text += write(page[at++]!)
        return [encode(text)]
      }
      return Effect.suspend(() =>
        at < page.length
          ? Effect.succeed(piece())
          : Effect.map(pull, (next) => {
              page = next
              at = 0
              return piece()
            })
      )
    })
  )

/** What a stream of events says around what it is asked for. */
const whole = (frames: Stream.Stream<Uint8Array, Failure>): Stream.Stream<Uint8Array> =>
  Stream.succeed(encode(EventFrame.head)).pipe(
    Stream.concat(frames),
    Stream.concat(Stream.succeed(encode(EventFrame.end))),
    Stream.catch((error) => Stream.succeed(encode(broken(error))))
  )

const broken = (error: Failure): string => EventFrame.make(EventFrame.problem, Problem.toJson(Problem.fromError(error)))
