/**
 * The stand-in's `MessageChannelMain`, over real ports of Node: real structured clone, a real end. Messages wait until
 * `start`, as Electron's do; a port that was sent elsewhere is of no use here any more.
 */
import { EventEmitter } from "node:events"
import { MessageChannel, type MessagePort } from "node:worker_threads"

export interface PortMessage {
  readonly data: unknown
  readonly ports: Array<MessagePortMain>
}

export class MessagePortMain extends EventEmitter {
  #port: MessagePort | undefined
  #started = false
  #closed = false

  constructor(port: MessagePort) {
    super()
    this.#port = port
    // Not ours to hear before `start`: a listener for messages starts a port of Node.
    port.once("close", () => this.#end())
    port.unref()
    open.add(this)
  }

  postMessage(message: unknown, transfer: ReadonlyArray<unknown> = []): void {
    const ports = transfer.map((port, index) => {
      if (!(port instanceof MessagePortMain)) throw new TypeError(`Port at index ${index} is not a valid port`)
      if (port === this) throw new TypeError(`Port at index ${index} contains the source port`)
      return port.take()
    })
    if (this.#closed) return
    try {
      this.#port?.postMessage({ message, ports }, ports)
    } catch {
      throw new Error("An object could not be cloned.")
    }
  }
  start(): void {
    if (this.#started || this.#port === undefined) return
    this.#started = true
    this.#port.on("message", (sent: { readonly message: unknown; readonly ports: ReadonlyArray<MessagePort> }) => {
      const event: PortMessage = { data: sent.message, ports: sent.ports.map((port) => new MessagePortMain(port)) }
      this.emit("message", event)
    })
  }
  close(): void {
    this.#port?.close()
  }
  /** Not Electron's: the port itself, on its way elsewhere. */
  take(): MessagePort {
    const port = this.#port
    if (port === undefined || this.#closed) throw new TypeError("Port at index 0 is already neutered")
    this.#port = undefined
    open.delete(this)
    port.removeAllListeners("close")
    port.removeAllListeners("message")
    port.removeAllListeners("messageerror")
    return port
  }
  #end(): void {
    if (this.#closed) return
    this.#closed = true
    open.delete(this)
    this.emit("close")
  }
}

const open = new Set<MessagePortMain>()

export class MessageChannelMain {
  readonly port1: MessagePortMain
  readonly port2: MessagePortMain
  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = new MessagePortMain(port1)
    this.port2 = new MessagePortMain(port2)
  }
}

/** Not Electron's: ports that nobody closed. */
export const openPorts = (): number => open.size

export const resetPorts = (): void => {
  for (const port of open) {
    port.removeAllListeners()
    port.close()
  }
  open.clear()
}
