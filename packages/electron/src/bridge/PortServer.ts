/**
 * The end of a port that answers.
 */
import type { Port } from "./Port.ts"
import { isToServer, longestPiece, type ToClient, type ToServer, window } from "./PortMessage.ts"

export interface PortServer {
  /** Answers nothing any more, breaks off what is under way, and closes the port. */
  readonly close: () => void
  /** Settles as soon as nothing is under way. */
  readonly idle: () => Promise<void>
}

type Asked = Extract<ToServer, { readonly _tag: "Request" }>

/** Responses with these have no body, as `fetch` has it. */
const withoutBody = [204, 205, 304]

export const serve = (port: Port, handler: (request: Request) => Promise<Response>): PortServer => {
  const open = new Map<number, Answer>()
  let isClosed = false
  const waiting = new Set<() => void>()

  const leave = (id: number): void => {
    open.delete(id)
    if (open.size > 0) return
    for (const idle of waiting) idle()
    waiting.clear()
  }

  const send = (message: ToClient): void => {
    if (isClosed) return
    try {
      port.postMessage(message)
    } catch {
      // Nobody is there any more.
      close()
    }
  }

  const close = (): void => {
    if (isClosed) return
    isClosed = true
    for (const answer of open.values()) answer.cancel()
    open.clear()
    leave(0)
    port.close()
  }

  const answer = async (asked: Asked): Promise<void> => {
    const { id } = asked
    const answer = new Answer(asked)
    open.set(id, answer)
    try {
      await answer.give(handler, send)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (open.get(id) === answer) send({ _tag: "Failed", id, message })
      answer.cancel()
    }
    if (open.get(id) === answer) leave(id)
  }

  port.on("message", ({ data }) => {
    if (isClosed || !isToServer(data)) return
    switch (data._tag) {
      case "Request":
        // A number that is in use belongs to the one that has it.
        if (!open.has(data.id)) void answer(data)
        return
      case "Credit":
        return open.get(data.id)?.allow(data.bytes)
      case "Cancel": {
        const canceled = open.get(data.id)
        leave(data.id)
        return canceled?.cancel()
      }
    }
  })
  port.on("close", close)
  port.start()
  return {
    close,
    idle: () => new Promise((resolve) => (open.size === 0 ? resolve() : waiting.add(resolve)))
  }
}

/** The answer to one request. */
class Answer {
  private readonly asked: Asked
  private readonly gone = new AbortController()
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  private credit = window
  private wake: (() => void) | undefined

  constructor(asked: Asked) {
    this.asked = asked
  }

  /** Nobody reads it any more. */
  cancel(): void {
    this.gone.abort()
    // What a stream says to that interests nobody.
    void this.reader?.cancel().catch(() => {})
    this.wake?.()
  }

  allow(bytes: number): void {
    this.credit = Math.min(this.credit + bytes, window)
    this.wake?.()
  }

  async give(handler: (request: Request) => Promise<Response>, send: (message: ToClient) => void): Promise<void> {
    const { body: bytes, headers: sent, id, method, url } = this.asked
    const request = new Request(url, {
      method,
      headers: sent.map(([name, value]): [string, string] => [name, value]),
      // It came out of a clone, and has its memory for itself.
      body: bytes as Uint8Array<ArrayBuffer> | null,
      signal: this.gone.signal
    })
    const response = await handler(request)
    const { body, status, statusText } = response
    if (status < 200 || status > 599) throw new Error(`The handler answered the status ${status}, which is none.`)
    const hasBody = body !== null && method !== "HEAD" && !withoutBody.includes(status)
    if (body !== null && (!hasBody || this.gone.signal.aborted)) void body.cancel().catch(() => {})
    if (this.gone.signal.aborted) return
    send({ _tag: "Head", id, status, statusText, headers: [...response.headers], hasBody })
    if (!hasBody) return
    this.reader = body.getReader()
    for (;;) {
      // First the credit: what nobody asked for is not even made.
      await this.allowed()
      const { done, value } = await this.reader.read()
      if (this.gone.signal.aborted) return
      if (done) return send({ _tag: "End", id })
      if (!(value instanceof Uint8Array)) throw new Error("The body of the response has something that is no bytes.")
      for (let at = 0; at < value.byteLength;) {
        await this.allowed()
        if (this.gone.signal.aborted) return
        const length = Math.min(value.byteLength - at, this.credit, longestPiece)
        this.credit -= length
        send({ _tag: "Piece", id, bytes: piece(value, at, length) })
        at += length
      }
    }
  }

  /** Waits until something may be sent, or nobody is there. */
  private async allowed(): Promise<void> {
    while (this.credit === 0 && !this.gone.signal.aborted)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
  }
}

/** With memory of its own: a clone of a part is one of all that it is a part of. */
const piece = (bytes: Uint8Array, at: number, length: number): Uint8Array =>
  length === bytes.buffer.byteLength ? bytes : bytes.slice(at, at + length)
