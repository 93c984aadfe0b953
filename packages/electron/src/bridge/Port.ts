/**
 * One end of a pair of message ports, as much of it as is used here. `MessagePortMain` of Electron is one.
 */
export interface Port {
  /** Sends plain data, in order. */
  postMessage(message: unknown): void
  on(event: "message", listener: (event: { readonly data: unknown }) => void): unknown
  /** The other end is gone: it was closed, or its process has ended. */
  on(event: "close", listener: () => void): unknown
  /** Nothing is received before. */
  start(): void
  close(): void
}

/** The port is closed, and with it every request that was under way. `reason` says why, as it follows a colon. */
export class PortClosed extends Error {
  readonly _tag = "PortClosed"
  readonly reason: string
  constructor(reason: string) {
    super(`The connection to the engine is closed: ${reason}.`)
    this.name = "PortClosed"
    this.reason = reason
  }
}

/** The other end could not answer, or its answer broke off: its handler threw, or the stream of the body failed. */
export class AnswerFailed extends Error {
  readonly _tag = "AnswerFailed"
  constructor(message: string) {
    super(message)
    this.name = "AnswerFailed"
  }
}
