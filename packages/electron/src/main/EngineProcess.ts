/**
 * The engine of one window's project, as the main process has it: it starts its process, passes requests on to it, knows
 * what it runs, and says what became of it.
 */
import type { EngineState } from "@halte/web/DesktopBridge"
import { MessageChannelMain, type UtilityProcess, utilityProcess } from "electron/main"
import * as EngineNotRunning from "../bridge/EngineNotRunning.ts"
import { connect, PortClosed, type PortClient } from "../bridge/RequestPort.ts"
import type { FromHost, LiveExecution, OpenProject, ToHost } from "../host/HostMessage.ts"
import * as EngineExit from "./EngineExit.ts"
import * as LastOutput from "./LastOutput.ts"
import { Listeners } from "./Listeners.ts"
import * as OpenedFiles from "./OpenedFiles.ts"

/** The engine of a desk. */
export interface EngineProcess {
  /** Before the first `start` it is Starting. One that was asked to stop, and has, is Ended. */
  readonly state: Exclude<EngineState, { readonly _tag: "None" }>
  /** The ids that it runs now. */
  readonly live: ReadonlyArray<string>
  /** What a person calls one of them, also while nothing else is known of it. */
  readonly name: (id: string) => string | undefined
  /** The project's, once it is open; what was opened, before. */
  readonly directory: string
  /** While there is a process. */
  readonly pid: number | undefined
  /** Never rejects because of the engine: where there is none it answers the problem `executions-unavailable` itself. */
  readonly fetch: (request: Request) => Promise<Response>
  /** Calls back after each change of what is above. Answers what ends that. */
  readonly onChange: (listener: () => void) => () => void
  /** Calls back with what a person should know. */
  readonly onNotice: (listener: (text: string) => void) => () => void
  /**
   * Starts its process: first, and again after it is Ended or Failed. One that has failed may still have its process: the
   * next one starts when that is gone. Otherwise it does nothing.
   */
  readonly start: () => void
  /**
   * A further flow file, for every engine from now on. Settles with the flow that it is, or with what is wrong: with the
   * file, or with the engine, where that does not run. One that starts is waited for, but not for ever.
   */
  readonly addFile: (file: string) => Promise<OpenedFiles.OpenedFile>
  /** Asks it to stop. Settles when its process is gone; at once when there is none. Said again, it changes nothing. */
  readonly stop: (request?: { readonly by?: string; readonly via?: string }) => Promise<void>
  /** Ends by force what it runs, and then itself. */
  readonly terminate: (request?: { readonly by?: string; readonly via?: string }) => void
  /** SIGKILL: the last resort. What it ran is ended by its supervisor. */
  readonly kill: () => void
}

export interface Options {
  readonly project: OpenProject
  /** The bundled `host/Main.ts`. */
  readonly hostPath: string
  /** That of its programs, too. */
  readonly env: NodeJS.ProcessEnv
  readonly execArgv?: ReadonlyArray<string>
  /** Takes what it says of itself, and what became of it. What steps write is not among it. */
  readonly log: (line: string) => void
  /** How long a request waits for an engine that starts, and a file for what the engine says. @default 30,000 */
  readonly startMillis?: number
}

export const make = (options: Options): EngineProcess => new Engine(options)

/** In characters: what is longer is cut. */
const longestEntry = 8_192

class Engine implements EngineProcess {
  state: EngineProcess["state"] = { _tag: "Starting" }
  directory: string
  private readonly options: Options
  private readonly files: Array<string>
  private readonly opened: OpenedFiles.OpenedFiles
  private readonly changes = new Listeners()
  private readonly notices = new Listeners<[text: string]>()
  private running: ReadonlyArray<LiveExecution> = []
  private process: Running | undefined
  /** It is to be started again as soon as its process is gone: what it was before that was asked. */
  private again: EngineProcess["state"] | undefined

  constructor(options: Options) {
    this.options = options
    this.directory = options.project.directory
    this.files = [...options.project.files]
    this.opened = OpenedFiles.make({ waitMillis: options.startMillis ?? 30_000 })
  }

  get live(): ReadonlyArray<string> {
    return this.running.map(({ id }) => id)
  }

  readonly name = (id: string): string | undefined => this.running.find((one) => one.id === id)?.name

  get pid(): number | undefined {
    return this.process?.pid
  }

  readonly onChange: EngineProcess["onChange"] = (listener) => this.changes.on(listener)
  readonly onNotice: EngineProcess["onNotice"] = (listener) => this.notices.on(listener)

  readonly start = (): void => {
    if (this.process !== undefined) return this.startAfter(this.process)
    const { env, execArgv = [], hostPath, project } = this.options
    this.state = { _tag: "Starting" }
    try {
      const child = utilityProcess.fork(hostPath, [], {
        serviceName: "Halte engine",
        stdio: "pipe",
        env: Object.fromEntries(
          Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
        ),
        execArgv: [...execArgv]
      })
      this.process = this.attend(child, { ...project, files: [...this.files] })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.fail(message.replace(/\.$/, ""))
    }
    this.changes.tell()
  }

  /** It has failed and is on its way out, which must not take for ever. */
  private startAfter(running: Running): void {
    if (this.state._tag !== "Failed") return
    this.again = this.state
    this.state = { _tag: "Starting" }
    running.killLate(this.options.startMillis ?? 30_000)
    this.changes.tell()
  }

  /** Whoever wants it to end does not want it to start. */
  private startNoMore(): void {
    if (this.again === undefined) return
    this.state = this.again
    this.again = undefined
    this.opened.unsaid(this.whyNot)
    this.changes.tell()
  }

  readonly addFile: EngineProcess["addFile"] = (file) => {
    if (!this.files.includes(file)) this.files.push(file)
    const opened = this.opened.wait(file)
    if (this.state._tag === "Ended" || this.state._tag === "Failed") this.opened.unsaid(this.whyNot)
    else this.tell({ _tag: "AddFile", file })
    return opened
  }

  readonly stop: EngineProcess["stop"] = (request = {}) => {
    const { process: running } = this
    if (running === undefined) return Promise.resolve()
    running.isAsked = true
    this.startNoMore()
    this.tell({ _tag: "Stop", ...request })
    return running.gone
  }

  readonly terminate: EngineProcess["terminate"] = (request = {}) => {
    if (this.process === undefined) return
    this.process.isAsked = true
    this.startNoMore()
    this.tell({ _tag: "Terminate", ...request })
  }

  readonly kill = (): void => {
    this.startNoMore()
    this.process?.kill()
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.state._tag === "Starting") await this.started(request.signal)
    const client = this.state._tag === "Running" ? this.process?.client : undefined
    if (client === undefined) return EngineNotRunning.answer(request, this.why)
    try {
      return await client.fetch(request)
    } catch (error) {
      if (!(error instanceof PortClosed)) throw error
      return EngineNotRunning.answer(request, this.process === undefined ? this.why : error.reason)
    }
  }

  /** As it follows a colon. */
  private get why(): string {
    switch (this.state._tag) {
      case "Starting":
        return "it is still starting"
      case "Running":
        return "it is about to end"
      case "Failed":
        return this.state.message
      case "Ended":
        return `it ${this.state.how}`
    }
  }

  private get whyNot(): string {
    return `the engine does not run: ${this.why}`
  }

  /** Waits until it is known how the start went, but not for ever. Whoever goes away waits no longer. */
  private started(signal: AbortSignal): Promise<void> {
    const { startMillis = 30_000 } = this.options
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(late)
        off()
        signal.removeEventListener("abort", done)
        resolve()
      }
      const late = setTimeout(done, startMillis)
      const off = this.changes.on(() => {
        if (this.state._tag !== "Starting") done()
      })
      signal.addEventListener("abort", done, { once: true })
      if (signal.aborted) done()
    })
  }

  private tell(message: ToHost): void {
    // What is told to one that is gone crashes Electron.
    if (this.process?.isGone === false) this.process.child.postMessage(message)
  }

  private attend(child: UtilityProcess, project: OpenProject): Running {
    const { log } = this.options
    const running = new Running(child)
    const { startMillis = 30_000 } = this.options
    // A process that can't be started is not told of by every system.
    const late = setTimeout(() => this.notStarted(running, startMillis), startMillis)
    const say = (text: string) => log(`engine ${running.pid ?? "?"}: ${text.slice(0, longestEntry)}`)
    const output = LastOutput.read([child.stdout, child.stderr])
    child.once("spawn", () => {
      clearTimeout(late)
      running.spawned()
      say(`started for ${project.directory}`)
      this.changes.tell()
    })
    child.on("error", (type, location) => {
      running.fatal = location
      say(`${type} at ${location}`)
    })
    child.on("message", (message: FromHost) => {
      if (message._tag === "Log") say(message.text)
      else this.hear(running, message)
    })
    // Later: it is told while Electron takes the process apart, and asking another one for something then crashes.
    child.once("exit", (code) => {
      clearTimeout(late)
      running.exited()
      const isUntold = EngineExit.isUntold(code, running.fatal)
      // As soon as Electron has taken all listeners away: what comes while there is none is lost.
      const last = isUntold ? Promise.resolve().then(output.whole) : Promise.resolve("")
      setImmediate(() => {
        this.ended(running, code, say)
        void last.then((text) => text !== "" && say(`what its process wrote last:\n${text}`))
      })
    })
    child.postMessage({ _tag: "Open", project } satisfies ToHost, [running.theirs])
    // They have come before there was a process to ask.
    for (const file of this.opened.files()) child.postMessage({ _tag: "AddFile", file } satisfies ToHost)
    return running
  }

  private hear(running: Running, message: Exclude<FromHost, { readonly _tag: "Log" }>): void {
    if (running !== this.process) return
    switch (message._tag) {
      case "Opened":
        this.directory = message.directory
        this.state = { _tag: "Running", recovered: message.recovered }
        return this.changes.tell()
      case "Live":
        this.running = message.executions
        return this.changes.tell()
      case "Notice":
        return this.notices.tell(message.text)
      case "Failed":
        this.state = { _tag: "Failed", code: message.code, message: message.message }
        running.client.close("it could not be opened")
        this.opened.unsaid(this.whyNot)
        return this.changes.tell()
      case "File":
        return this.opened.said(message.file, { _tag: "Flow", name: message.flow })
      case "FileRefused":
        return this.opened.said(message.file, { _tag: "Wrong", text: message.text })
      case "Stopped":
        running.hasStopped = true
        // That is what it waits for: now it ends.
        running.client.close("it has stopped")
    }
  }

  private notStarted(running: Running, millis: number): void {
    running.kill()
    this.fail(`its process did not start within ${millis / 1_000} s`)
    this.leave(running, "it did not start")
  }

  private fail(why: string): void {
    this.state = {
      _tag: "Failed",
      code: "engine-not-started",
      message: `The engine can't be started: ${why}. Try again, or look into the log.`
    }
    this.opened.unsaid(this.whyNot)
  }

  private ended(running: Running, code: number, say: (text: string) => void): void {
    const isOrderly = running.hasStopped || (running.isAsked && code === 0)
    const how = isOrderly ? "was stopped" : EngineExit.how(code, running.fatal)
    say(how)
    if (running !== this.process) return
    if (this.state._tag !== "Failed" && this.again === undefined)
      this.state = { _tag: "Ended", how, running: isOrderly ? [] : this.running.map(({ name }) => name) }
    this.leave(running, `it ${how}`)
  }

  /** From now on there is no process. */
  private leave(running: Running, why: string): void {
    this.running = []
    this.process = undefined
    running.client.close(why)
    if (this.again === undefined) {
      this.opened.unsaid(this.whyNot)
      this.changes.tell()
    } else {
      this.again = undefined
      this.start()
    }
    running.left()
  }
}

/** One process of an engine: from its start to its end. */
class Running {
  readonly child: UtilityProcess
  readonly client: PortClient
  /** The end of the port of requests that is sent to it. */
  readonly theirs: MessageChannelMain["port2"]
  /** Settles when it is gone. */
  readonly gone: Promise<void>
  left!: () => void
  /** Asked to stop. */
  isAsked = false
  hasStopped = false
  fatal: string | undefined
  /** Also when it is gone: Electron takes its own away before the end is told. */
  pid: number | undefined
  /** Its end was told. */
  isGone = false
  private isToBeKilled = false
  private late: NodeJS.Timeout | undefined

  constructor(child: UtilityProcess) {
    const { port1, port2 } = new MessageChannelMain()
    this.child = child
    this.client = connect(port1)
    this.theirs = port2
    this.gone = new Promise((resolve) => {
      this.left = resolve
    })
  }

  spawned(): void {
    this.pid = this.child.pid
    if (this.isToBeKilled) this.kill()
  }

  killLate(millis: number): void {
    this.late = setTimeout(() => this.kill(), millis)
  }

  exited(): void {
    this.isGone = true
    clearTimeout(this.late)
  }

  /** Electron's own `kill` is SIGTERM, which an engine does not hear, and SIGKILL seconds later. */
  kill(): void {
    const { pid } = this.child
    this.isToBeKilled = true
    if (pid === undefined) return
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It is gone, and that will be told.
    }
  }
}
