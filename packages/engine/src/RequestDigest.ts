/**
 * What an idempotency key stands for: a digest of the start that it came with, by which the same request is told from
 * another one after any restart, and of which nothing can be read.
 *
 * It is a SHA-256 over the key and the request as JSON, its fields in the order of the alphabet. Secret params are left
 * out, and their names kept with it: a short secret could be found by trying, however the digest is made, by whoever
 * reads the store. All else that a flow takes stands in its record as it was given.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { StartRequest } from "./model/Executions.ts"
import * as JsonText from "./model/JsonText.ts"

/**
 * What counts of a request. Who asks, and through which door, does not.
 *
 * @since 0.1.0
 */
export type Requested = Pick<StartRequest, "flow" | "params" | "strategy" | "stopAfter" | "fingerprint">

/** The digest as it is stored: what it was made of is part of it. */
interface Digest {
  readonly v: 1
  readonly sha256: string
  /** The names of the secret params that it leaves out. */
  readonly without: ReadonlyArray<string>
}

/**
 * The digest of a request.
 *
 * @param secrets the names of params of which nothing may be kept
 *
 * @since 0.1.0
 */
export const of = (key: string, request: Requested, secrets: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.map(hash(key, request, secrets), (sha256) =>
    JSON.stringify({ v: 1, sha256, without: secrets } satisfies Digest)
  )

/**
 * Whether a digest was made of this request. One that a later version has made is of none that is known.
 *
 * @since 0.1.0
 */
export const matches = (digest: string, key: string, request: Requested): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const { sha256, v, without } = JSON.parse(digest) as Digest
    return v === 1 ? Effect.map(hash(key, request, without), (own) => own === sha256) : Effect.succeed(false)
  })

const hash = (key: string, request: Requested, secrets: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.promise(async () => {
    const { fingerprint, flow, params, stopAfter, strategy } = request
    const text = canonical([key, { fingerprint, flow, params: open(params, secrets), stopAfter, strategy }])
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  })

const isRecord = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null && !Array.isArray(u)

/** Without its secrets. */
const open = (params: unknown, secrets: ReadonlyArray<string>): unknown =>
  secrets.length > 0 && isRecord(params)
    ? Object.fromEntries(Object.entries(params).filter(([name]) => !secrets.includes(name)))
    : params

/** The same text for the same request, in this process or sent by another. */
const canonical = (value: object): string => {
  const plain = JsonText.normalize(value) as object
  try {
    return JSON.stringify(plain, inOrder)
  } catch {
    // Nested too deep to be put in order.
    return JsonText.stringify(plain)
  }
}

const inOrder = (_key: string, value: unknown): unknown =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
