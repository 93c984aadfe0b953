/**
 * The addresses of the contract: which methods each has, and which formats it can be read in.
 *
 * @since 0.1.0
 */
import { EventFrame, HalteApi } from "@halte/api"

type Formats = readonly [string, ...ReadonlyArray<string>]

/**
 * What is at an address.
 *
 * @since 0.1.0
 */
export interface Address {
  /** In the order of the header `Allow`. */
  readonly methods: ReadonlyArray<string>
  /** What a `GET` may be answered in, the usual one first. */
  readonly formats: Formats
}

interface Endpoint {
  readonly method: string
  readonly path: string
}

const endpoints: ReadonlyArray<Endpoint> = Object.values(HalteApi.HalteApi.groups).flatMap((group) =>
  Object.values(group.endpoints as Readonly<Record<string, Endpoint>>)
)

const json: Formats = ["application/json"]
const formatsOf = (path: string): Formats => {
  if (path.endsWith("/events")) return [EventFrame.sse, EventFrame.ndjson]
  if (path.includes("/logs")) return [EventFrame.text, EventFrame.sse, EventFrame.ndjson]
  return json
}

/** HEAD is where GET is; OPTIONS is everywhere. */
const withImplied = (methods: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])),
  "OPTIONS"
]

const patterns = Array.from(
  Map.groupBy(endpoints, ({ path }) => path),
  ([path, found]) => ({
    pattern: new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`),
    address: { methods: withImplied(found.map(({ method }) => method)), formats: formatsOf(path) }
  })
)

/**
 * What is at the path of an address; `undefined` where nothing is.
 *
 * @since 0.1.0
 */
export const at = (path: string): Address | undefined => patterns.find(({ pattern }) => pattern.test(path))?.address

/**
 * An address that can only be read, in one format.
 *
 * @since 0.1.0
 */
export const readOnly = (format: string): Address => ({ methods: withImplied(["GET"]), formats: [format] })
