/**
 * Events and log lines as they are streamed: server-sent events, or one line of JSON each.
 *
 * A frame has the sequence as `id`, the type as `event`, and as `data` exactly the bytes that the store has. A reader
 * that was cut off says the last id it has, and is given what follows.
 *
 * @since 0.1.0
 */
import { ExecutionEvent, type LogLine } from "@halte/engine/model"

/**
 * The media types of streams.
 *
 * @since 0.1.0
 */
export const sse = "text/event-stream"
export const ndjson = "application/x-ndjson"
export const text = "text/plain"

/**
 * How soon a reader that was cut off is to come back, in milliseconds.
 *
 * @since 0.1.0
 */
export const retryMillis = 2000

/**
 * The first frame of a stream.
 *
 * @since 0.1.0
 */
export const head = `retry: ${retryMillis}\n\n`

/**
 * What an idle stream says, so that both ends know that the other is there.
 *
 * @since 0.1.0
 */
export const keepAlive = ": still here\n\n"

/**
 * The last thing that a stream says which has come to its end: nothing follows, now or later. A stream that stops without
 * it broke off, and its reader comes back.
 *
 * @since 0.1.0
 */
export const end = ": end\n\n"

/**
 * The name of the frame that ends a stream which the server can't go on with. Its data is a problem; it has no id.
 *
 * @since 0.1.0
 */
export const problem = "problem"

/**
 * The name of the frame of a log line.
 *
 * @since 0.1.0
 */
export const line = "line"

/**
 * A frame. `data` is one line.
 *
 * @since 0.1.0
 */
export const make = (event: string, data: string, id?: number): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`

/**
 * The frame of an event.
 *
 * @since 0.1.0
 */
export const fromEvent = (event: ExecutionEvent.ExecutionEvent): string =>
  make(event.type, ExecutionEvent.toJson(event), event.sequence)

/**
 * The frame of a log line.
 *
 * @since 0.1.0
 */
export const fromLine = (value: LogLine.LogLine): string => make(line, JSON.stringify(value), value.sequence)
