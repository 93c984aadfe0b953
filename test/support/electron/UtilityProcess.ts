/** The stand-in's `utilityProcess`: a real process of Node, with real ports, that dies with its parent. */
import { type ChildProcess, fork as forkProcess } from "node:child_process"
import { EventEmitter } from "node:events"
import { constants } from "node:os"
import { fileURLToPath } from "node:url"
import type { ForkOptions } from "electron/main"
import { app, running } from "./App.ts"
import { record } from "./Journal.ts"
import { MessagePortMain } from "./MessagePorts.ts"
import * as PortsOverIpc from "./PortsOverIpc.ts"
import { StandInEvent } from "./StandInEvent.ts"

const child = fileURLToPath(new URL("UtilityChild.ts", import.meta.url))

/** Electron's own path is another one, in a program of its own. */
const node = process.execPath

/** Those whose `exit` is being told: whoever asks for one meanwhile crashes Electron. */
let ending = 0

/** All that were ever started, in order. */
export const utilityProcesses: Array<UtilityProcess> = []

export class UtilityProcess extends EventEmitter {
  readonly modulePath: string
  readonly args: ReadonlyArray<string>
  readonly options: ForkOptions
  readonly stdout: NodeJS.ReadableStream | null
  readonly stderr: NodeJS.ReadableStream | null
  pid: number | undefined = undefined
  /** Not Electron's: the process itself, for a test that ends it. */
  readonly process: ChildProcess
  readonly #ports: PortsOverIpc.PortsOverIpc
  #ended = false

  constructor(modulePath: string, args: ReadonlyArray<string>, options: ForkOptions) {
    super()
    this.modulePath = modulePath
    this.args = args
    this.options = options
    const [, out, err] = Array.isArray(options.stdio)
      ? options.stdio
      : ["ignore", options.stdio ?? "inherit", options.stdio ?? "inherit"]
    const kind = (value: string | undefined) => (value === "pipe" || value === "ignore" ? value : "inherit")
    this.process = forkProcess(modulePath, [...args], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...((options.env as NodeJS.ProcessEnv | undefined) ?? process.env) },
      execPath: node,
      execArgv: ["--conditions=@halte/source", "--import", child, ...(options.execArgv ?? [])],
      serialization: "advanced",
      stdio: ["ignore", kind(out), kind(err), "ipc"]
    })
    this.stdout = this.process.stdout
    this.stderr = this.process.stderr
    this.#ports = PortsOverIpc.make("parent-", {
      send: (frame) => {
        // To a process that is on its way out: its end is told by `exit`.
        if (this.process.connected) this.process.send(frame as object, () => undefined)
      },
      message: (data) => this.emit("message", data)
    })
    this.process.on("message", (frame) => this.#ports.receive(frame))
    this.process.once("spawn", () => {
      this.pid = this.process.pid
      this.emit("spawn")
    })
    this.process.on("error", () => this.#end(1))
    // Its last words before its end: `close` comes when the streams have ended, `exit` may come earlier.
    this.process.once("exit", (code, signal) => setImmediate(() => this.#end(code ?? signalNumber(signal))))
  }

  postMessage(message: unknown, transfer: ReadonlyArray<unknown> = []): void {
    const ports = transfer.map((port, index) => {
      if (!(port instanceof MessagePortMain)) throw new TypeError(`Port at index ${index} is not a valid port`)
      return port.take()
    })
    if (this.#ended || ending > 0) {
      for (const port of ports) port.close()
      throw new Error("Electron crashes: a message to a process that has exited, or while an exit is being told.")
    }
    try {
      this.#ports.post(message, ports)
    } catch {
      throw new Error("An object could not be cloned.")
    }
  }
  kill(): boolean {
    record("utilityProcess", "kill", this.pid)
    return !this.#ended && this.process.kill("SIGTERM")
  }
  get ended(): boolean {
    return this.#ended
  }
  #end(code: number): void {
    if (this.#ended) return
    this.#ended = true
    this.pid = undefined
    this.#ports.close()
    if (code !== 0)
      app.emit("child-process-gone", new StandInEvent(), {
        type: "Utility",
        reason: code > 128 || code < 0 ? "crashed" : "abnormal-exit",
        exitCode: code,
        name: this.options.serviceName ?? "Node Utility Process",
        serviceName: "node.mojom.NodeService"
      })
    ending++
    try {
      this.emit("exit", code)
    } finally {
      ending--
      // As Electron does: last words that were not read by now are for whoever listens again.
      for (const stream of [this.stdout, this.stderr]) stream?.removeAllListeners()
    }
  }
}

/** As `waitpid` says it. */
const signalNumber = (signal: NodeJS.Signals | null): number => (signal === null ? 9 : constants.signals[signal])

export const utilityProcess = {
  fork: (modulePath: string, args?: Array<string> | ForkOptions, options?: ForkOptions): UtilityProcess => {
    if (ending > 0) throw new Error("Electron crashes: a process is asked for while an exit is being told.")
    if (!app.isReady()) throw new Error("utilityProcess cannot be created before app is ready.")
    const given = Array.isArray(args) ? args : []
    const started = new UtilityProcess(modulePath, given, options ?? (Array.isArray(args) ? undefined : args) ?? {})
    record("utilityProcess", "fork", modulePath, given)
    utilityProcesses.push(started)
    return started
  }
}

/** Ends all that still run, as the end of the main process does. */
const endAll = (): void => {
  for (const one of utilityProcesses) if (!one.ended) one.process.kill("SIGKILL")
}
running.takeAlong.push(endAll)

export const resetUtilityProcesses = (): void => {
  endAll()
  for (const one of utilityProcesses) one.removeAllListeners()
  utilityProcesses.length = 0
}
