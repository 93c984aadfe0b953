/**
 * Both ends of a real pair of message ports, in one process: what passes between them, a test can see, and add to.
 */
import { MessageChannel } from "node:worker_threads"
import { Effect, type Scope } from "effect"
import { Bounded } from "@halte/engine/testing"
import * as RequestPort from "../../src/bridge/RequestPort.ts"
import { type Message, NodePort } from "./NodePort.ts"

export interface Bridge {
  readonly client: RequestPort.PortClient
  readonly server: RequestPort.PortServer
  readonly fetch: (request: Request) => Promise<Response>
  /** The client's port, and all that it has sent. */
  readonly asking: NodePort
  /** The server's port, and all that it has sent. */
  readonly answering: NodePort
}

export type Handler = (request: Request) => Promise<Response>

export const make = (handler: Handler): Effect.Effect<Bridge, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { port1, port2 } = new MessageChannel()
      const asking = new NodePort(port1)
      const answering = new NodePort(port2)
      const server = RequestPort.serve(answering, handler)
      const client = RequestPort.connect(asking)
      return { client, server, fetch: client.fetch, asking, answering }
    }),
    ({ client }) => Effect.sync(() => client.close("the test is over"))
  )

export const url = "halte://app/things"

/** Waits for a promise, with a bound. */
export const within = <A>(promise: Promise<A> | (() => Promise<A>), what: string): Effect.Effect<A> =>
  Bounded.within(
    Effect.promise(() => (typeof promise === "function" ? promise() : promise)),
    what,
    15_000
  )

/** What a promise rejects with. */
export const rejection = (promise: Promise<unknown>, what: string): Effect.Effect<unknown> =>
  within(
    promise.then(
      () => {
        throw new Error(`Nothing was wrong with ${what}.`)
      },
      (error: unknown) => error
    ),
    what
  )

/** How many bytes of bodies were sent. */
export const bytesOf = (messages: ReadonlyArray<Message>): number =>
  messages.reduce((sum, { _tag, bytes }) => sum + (_tag === "Piece" ? (bytes as Uint8Array).byteLength : 0), 0)

/** A body that a test makes piece by piece. */
export interface Source {
  readonly body: ReadableStream<Uint8Array>
  readonly push: (piece: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
  /** Whether nobody reads it any more. */
  readonly isCanceled: () => boolean
}

export const source = (): Source => {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let isCanceled = false
  const body = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own
    },
    cancel: () => {
      isCanceled = true
    }
  })
  return {
    body,
    push: (piece) => controller.enqueue(piece),
    end: () => controller.close(),
    fail: (error) => controller.error(error),
    isCanceled: () => isCanceled
  }
}

export const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
export const textOf = (piece: Uint8Array | undefined): string => new TextDecoder().decode(piece)
