/**
 * Ports between a program and the process that it started, over the one channel that Node has there: each port that is
 * sent along gets a number, and what goes through it is marked by that number. Used on both sides.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads"

type Frame =
  /** A message to the process itself. */
  | { readonly _tag: "Message"; readonly data: unknown; readonly ports: ReadonlyArray<string> }
  /** A message to a port. */
  | { readonly _tag: "Port"; readonly id: string; readonly data: unknown; readonly ports: ReadonlyArray<string> }
  | { readonly _tag: "Close"; readonly id: string }

export interface Wire {
  /** Sends to the other process; false, or an error, when there is none any more. */
  readonly send: (frame: unknown) => void
  readonly message: (data: unknown, ports: ReadonlyArray<MessagePort>) => void
}

export interface PortsOverIpc {
  readonly post: (data: unknown, ports: ReadonlyArray<MessagePort>) => void
  readonly receive: (frame: unknown) => void
  /** The other process is gone: so is the other end of every port. */
  readonly close: () => void
}

/** `side` keeps the numbers of the two processes apart. */
export const make = (side: string, wire: Wire): PortsOverIpc => {
  const attached = new Map<string, MessagePort>()
  let count = 0
  const attach = (id: string, port: MessagePort): void => {
    attached.set(id, port)
    port.on("message", (sent: { readonly message: unknown; readonly ports: ReadonlyArray<MessagePort> }) => {
      wire.send({ _tag: "Port", id, data: sent.message, ports: sent.ports.map(give) } satisfies Frame)
    })
    port.on("close", () => {
      if (attached.delete(id)) wire.send({ _tag: "Close", id } satisfies Frame)
    })
    port.unref()
  }
  const give = (port: MessagePort): string => {
    const id = `${side}${++count}`
    attach(id, port)
    return id
  }
  const accept = (id: string): MessagePort => {
    const { port1, port2 } = new MessageChannel()
    attach(id, port1)
    return port2
  }
  return {
    post: (data, ports) => {
      // The channel keeps a Buffer a Buffer; Electron's gives a plain array of bytes, as any structured clone does.
      const plain: unknown = structuredClone(data)
      wire.send({ _tag: "Message", data: plain, ports: ports.map(give) } satisfies Frame)
    },
    receive: (received) => {
      const frame = received as Frame
      if (frame._tag === "Message") return wire.message(frame.data, frame.ports.map(accept))
      const port = attached.get(frame.id)
      if (port === undefined) return
      if (frame._tag === "Close") {
        attached.delete(frame.id)
        return port.close()
      }
      const ports = frame.ports.map(accept)
      port.postMessage({ message: frame.data, ports }, ports)
    },
    close: () => {
      for (const [id, port] of attached) {
        attached.delete(id)
        port.close()
      }
    }
  }
}
