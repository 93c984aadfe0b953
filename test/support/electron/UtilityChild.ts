/**
 * Loaded first in the process that `utilityProcess.fork` of the stand-in starts: gives it `process.parentPort`. The
 * process stays until it exits by itself, and dies with its parent, whatever it does: so do Chromium's.
 */
import { EventEmitter } from "node:events"
import { MessagePortMain } from "./MessagePorts.ts"
import * as PortsOverIpc from "./PortsOverIpc.ts"

class ParentPort extends EventEmitter {
  #waiting: Array<unknown> = []
  constructor() {
    super()
    // What comes before anybody listens is kept.
    this.on("newListener", (name) => {
      if (name === "message")
        setImmediate(() => this.#waiting.splice(0).forEach((event) => this.emit("message", event)))
    })
  }
  receive(event: unknown): void {
    if (this.listenerCount("message") === 0 || this.#waiting.length > 0) this.#waiting.push(event)
    else this.emit("message", event)
  }
  postMessage(message: unknown): void {
    try {
      ports.post(message, [])
    } catch {
      throw new Error("An object could not be cloned.")
    }
  }
  start(): void {
    return
  }
  pause(): void {
    return
  }
}

// Kept back from the program: to it there is no channel, and no `process.send`.
const send = process.send?.bind(process)
const ports = PortsOverIpc.make("child-", {
  // What can't be sent any more went to a parent that is gone: so will we.
  send: (frame) => void send?.(frame, undefined, undefined, () => undefined),
  message: (data, received) => parentPort.receive({ data, ports: received.map((port) => new MessagePortMain(port)) })
})
const parentPort = new ParentPort()

process.on("message", (frame) => ports.receive(frame))
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"))
Object.defineProperty(process, "parentPort", { value: parentPort, enumerable: true })
Object.defineProperty(process, "type", { value: "utility", enumerable: true })
delete process.send
