/**
 * What is counted and timed of requests, in the metrics of the process. Labels are bounded: the addresses of the contract
 * instead of paths, and names of methods that are known.
 *
 * @since 0.1.0
 */
import { Context, Metric } from "effect"
import { HttpApi } from "effect/http-api"
import { HalteApi } from "@halte/api"

const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

// The registry of the process, unless a program has put another one in the context of its own metrics.
const context = Context.empty()

const took = Metric.histogram("halte_http_request_seconds", {
  description: "From a request's headers to the head of its answer; how long a stream is open is not in it.",
  boundaries: requestSeconds
})
const open = Metric.gauge("halte_http_streams_open", {
  description: "Streams of events and of log lines that are open."
})
const stalled = Metric.counter("halte_http_readers_dropped_total", {
  description: "Readers that took nothing of an answer for too long, and were cut off.",
  incremental: true
})
const counters = new Map<string, Metric.Counter<number>>()

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

/**
 * Counts a request whose answer has a head now.
 *
 * @since 0.1.0
 */
export const answered = (method: string, url: string, status: number, seconds: number): void => {
  const verb = methods.has(method) ? method : "other"
  const route = routeOf(url)
  const key = `${verb} ${status} ${route}`
  let counter = counters.get(key)
  if (counter === undefined) {
    counter = Metric.counter("halte_http_requests_total", {
      description: "Requests that were answered, by the address that they asked for; `other` where there is none.",
      attributes: { method: verb, route, status: String(status) },
      incremental: true
    })
    counters.set(key, counter)
    // There from the first request on, also while there is nothing to count.
    stalled.updateUnsafe(0, context)
    open.modifyUnsafe(0, context)
  }
  counter.updateUnsafe(1, context)
  took.updateUnsafe(seconds, context)
}

/**
 * Counts a stream as open until the returned function is called.
 *
 * @since 0.1.0
 */
export const streamOpened = (): (() => void) => {
  open.modifyUnsafe(1, context)
  return () => open.modifyUnsafe(-1, context)
}

/**
 * Counts a reader that was cut off.
 *
 * @since 0.1.0
 */
export const readerDropped = (): void => stalled.updateUnsafe(1, context)

/** The addresses of the contract, by how many segments they have. */
const templates = (): ReadonlyMap<number, ReadonlyArray<ReadonlyArray<string>>> => {
  const found = new Map<number, Array<ReadonlyArray<string>>>()
  const seen = new Set<string>()
  HttpApi.reflect(HalteApi.HalteApi, {
    onGroup: () => {},
    onEndpoint: ({ endpoint: { path } }) => {
      if (seen.has(path)) return
      seen.add(path)
      const segments = path.split("/")
      found.set(segments.length, [...(found.get(segments.length) ?? []), segments])
    }
  })
  // What names its segments comes before what takes any.
  for (const some of found.values()) some.sort((a, b) => params(a) - params(b))
  return found
}

const params = (segments: ReadonlyArray<string>): number => segments.filter((one) => one.startsWith(":")).length

/** Beside the contract: what a server shows to people and machines. */
const others: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\/$/, "/"],
  [/^\/metrics$/, "/metrics"],
  [/^\/openapi\.json$/, "/openapi.json"],
  [/^\/docs(\/|$)/, "/docs"],
  [/^\/problems\/[^/]+$/, "/problems/:code"],
  [/^\/(command|flows|executions)$/, "page"],
  [/^\/(assets\/.+|[^/]+\.(svg|png|ico|js|css|woff2|webmanifest))$/, "page"]
]

let known: ReturnType<typeof templates> | undefined

/**
 * The address of the contract that a request asks for.
 *
 * @since 0.1.0
 */
export const routeOf = (url: string): string => {
  const end = url.search(/[?#]/)
  const path = end < 0 ? url : url.slice(0, end)
  known ??= templates()
  const segments = path.split("/")
  const found = known
    .get(segments.length)
    ?.find((template) => template.every((one, i) => (one.startsWith(":") ? segments[i] !== "" : one === segments[i])))
  return found?.join("/") ?? others.find(([pattern]) => pattern.test(path))?.[1] ?? "other"
}
