/**
 * A port of Node as Electron has them.
 */
import type { MessagePort } from "node:worker_threads"
import type { Port } from "../../src/bridge/Port.ts"

/** A port of Node as Electron has them: a message comes in an event. Says what it sends. */
export class NodePort implements Port {
  readonly port: MessagePort
  readonly sent: Array<Message> = []
  constructor(port: MessagePort) {
    this.port = port
  }
  postMessage(message: unknown): void {
    this.sent.push(message as Message)
    this.port.postMessage(message)
  }
  on(event: "message", listener: (event: { readonly data: unknown }) => void): unknown
  on(event: "close", listener: () => void): unknown
  on(event: "message" | "close", listener: (event: { readonly data: unknown }) => void): unknown {
    return this.port.on(event, (data: unknown) => listener({ data }))
  }
  start(): void {
    this.port.start()
  }
  close(): void {
    this.port.close()
  }
}

/** A message, as far as tests look into it. */
export interface Message {
  readonly _tag: string
  readonly id: number
  readonly bytes?: Uint8Array | number
}
