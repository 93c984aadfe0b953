/**
 * One project and its window: the engine that runs it, what it runs, and what its page is told. The window comes and
 * goes; what runs does not depend on it.
 */
import { createHash } from "node:crypto"
import { ExecutionsRemote } from "@halte/client"
import { type ExecutionId, type Executions, ExecutionStatus, Words } from "@halte/engine/model"
import {
  type Address,
  channels,
  type DesktopSettings,
  type DesktopState,
  type PageItem,
  type Viewing
} from "@halte/web/DesktopBridge"
import { Effect, Result } from "effect"
import { session } from "electron/main"
import type { BrowserWindow, Rectangle } from "electron/main"
import * as AppProtocol from "./AppProtocol.ts"
import * as Coalesced from "./Coalesced.ts"
import type { EngineProcess } from "./EngineProcess.ts"
import { Listeners } from "./Listeners.ts"
import * as Notices from "./Notices.ts"
import * as PageAddress from "./PageAddress.ts"
import * as ProjectWindow from "./ProjectWindow.ts"
import * as RunningExecutions from "./RunningExecutions.ts"
import * as ToResume from "./ToResume.ts"

/** As menus, tray and quitting see it. */
export interface Desk {
  readonly number: number
  /** The project's; `undefined` of a window that has none yet. */
  readonly directory: string | undefined
  readonly engine: EngineProcess | undefined
  readonly executions: Executions.ExecutionsShape | undefined
  readonly running: RunningExecutions.RunningExecutions | undefined
  readonly viewing: Viewing
  /** `undefined` while it is in the background. */
  readonly window: BrowserWindow | undefined
  /** Opens the window if it is closed, brings it to the front, and goes there. */
  readonly show: (address?: Address) => void
  readonly go: (address: Address) => void
  /** Tells the page. */
  readonly menu: (item: PageItem) => void
  readonly tell: (notice: string) => void
  readonly setQuitting: (quitting: DesktopState["quitting"]) => void
  /** Calls back at each change of what a menu shows: window, view, engine, what runs. Answers what ends that. */
  readonly onChange: (listener: () => void) => () => void
}

/** As the desktop itself has it. */
export interface DeskControl extends Desk {
  readonly state: () => DesktopState
  /** The page has asked for the state: from now on it hears what it is told. */
  readonly heard: () => DesktopState
  readonly setViewing: (viewing: Viewing) => void
  readonly dismiss: (notice: number) => void
  /** Starts the engine again; rejects with the reason when it can't be used. */
  readonly restartEngine: (request: { readonly resume: boolean }) => Promise<void>
  /** Opens a flow file in this project, and shows its flow. */
  readonly openFile: (file: string) => Promise<void>
  /** Whether an execution of this id is in this project. */
  readonly knows: (id: string) => Promise<boolean>
  /** The page is told anew what it can't know: settings, recent projects. */
  readonly push: () => void
  /** Closes the window without asking. */
  readonly closeWindow: () => void
  /** Nothing more comes from here; the engine is not touched. */
  readonly close: () => void
}

export interface Options {
  readonly number: number
  readonly directory: string | undefined
  readonly engine: EngineProcess | undefined
  readonly preload: string
  readonly page: URL
  readonly icon?: string | undefined
  readonly devTools: boolean
  readonly settings: { readonly now: DesktopSettings; readonly recent: ReadonlyArray<string> }
  readonly user: string
  /** Where the window is, if it was never open before. */
  readonly bounds?: Rectangle | undefined
  /** Whether the window may be closed now. */
  readonly windowClosing: (desk: DeskControl) => boolean
  readonly windowClosed: (desk: DeskControl) => void
  /** Halte ends: nobody is asked about pages any more. */
  readonly isEnding?: (() => boolean) | undefined
  /** What ran in the background is lost until it is resumed: there is no window that says it. */
  readonly tellOutside: (text: string) => void
  readonly log: (line: string) => void
}

/** How often a page is told at most. */
const pushMillis = 30

/** Names a project where a directory's own name can't be used: its session, and the place of its window. */
export const keyOf = (directory: string | undefined): string =>
  directory === undefined ? "none" : `project-${createHash("sha256").update(directory).digest("hex").slice(0, 32)}`

export const make = (options: Options): DeskControl => new ProjectDesk(options)

const nothing: Viewing = { command: false }

class ProjectDesk implements DeskControl {
  readonly number: number
  readonly directory: string | undefined
  readonly engine: EngineProcess | undefined
  readonly executions: Executions.ExecutionsShape | undefined
  readonly running: RunningExecutions.RunningExecutions | undefined
  viewing: Viewing = nothing
  window: BrowserWindow | undefined = undefined

  private readonly options: Options
  private readonly changed = new Listeners()
  private readonly notices = Notices.make()
  private readonly pushing: Coalesced.Coalesced
  private readonly disposers: Array<() => void> = []
  private quitting: DesktopState["quitting"]
  /** The document that the window shows now has asked for its state. */
  private isHeard = false
  /** Where the window is; it opens there again. */
  private address: Address = "/"
  private readonly unheard: Array<PageItem> = []
  private readonly toResume: ToResume.ToResume | undefined
  private restarting: Promise<void> | undefined

  constructor(options: Options) {
    this.options = options
    const { directory, engine, number } = options
    this.number = number
    this.directory = directory
    this.engine = engine
    this.pushing = Coalesced.make(() => this.send(), pushMillis)
    this.serve()
    if (engine === undefined) return
    this.executions = ExecutionsRemote.make({
      transport: (request) => engine.fetch(request),
      url: AppProtocol.origin,
      name: "the engine",
      source: "Desktop"
    })
    this.running = RunningExecutions.make({ engine, executions: this.executions })
    this.toResume = ToResume.make(engine)
    this.disposers.push(
      engine.onChange(() => this.engineChanged(engine)),
      engine.onNotice((text) => this.tell(text)),
      this.running.onChange(() => this.change()),
      () => this.running?.close()
    )
  }

  readonly onChange = this.changed.on

  private change(): void {
    this.changed.tell()
  }

  private serve(): void {
    const { protocol } = this.session
    // A window of this project may have been closed, and its desk forgotten, before.
    if (protocol.isProtocolHandled(AppProtocol.scheme)) protocol.unhandle(AppProtocol.scheme)
    const answer = AppProtocol.make({
      page: this.options.page,
      engine: () => this.engine,
      why: () => "the window has no project yet"
    })
    protocol.handle(AppProtocol.scheme, answer)
    this.disposers.push(() => protocol.unhandle(AppProtocol.scheme))
  }

  private get session() {
    return session.fromPartition(`persist:${keyOf(this.directory)}`)
  }

  // ── the window ──────────────────────────────────────────────────────────────

  show(address?: Address): void {
    if (this.window === undefined) return this.open(address)
    ProjectWindow.focus(this.window)
    if (address !== undefined) this.go(address)
  }

  go(address: Address): void {
    const { window } = this
    if (window === undefined) this.address = address
    else if (this.isHeard) window.webContents.send(channels.go, address)
    else ProjectWindow.load(window, address, this.options.log)
  }

  menu(item: PageItem): void {
    if (this.window !== undefined && this.isHeard) return this.window.webContents.send(channels.menu, item)
    this.unheard.push(item)
    if (this.window === undefined) this.open()
  }

  private open(address: Address = this.address): void {
    const { bounds, devTools, icon, isEnding, log, preload } = this.options
    this.address = address
    this.isHeard = false
    const window = ProjectWindow.open({
      name: keyOf(this.directory),
      directory: this.directory,
      session: this.session,
      address,
      bounds,
      devTools,
      icon,
      isEnding,
      log,
      preload
    })
    this.window = window
    const { webContents } = window
    webContents.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (!isMainFrame || isSameDocument) return
      this.isHeard = false
      this.setViewing(nothing)
    })
    const onAddress = (_: unknown, url: string) => {
      const found = PageAddress.parse(url)
      if (found !== undefined) this.address = `${found.pathname}${found.search}`
    }
    webContents.on("did-navigate", onAddress)
    webContents.on("did-navigate-in-page", onAddress)
    for (const event of ["focus", "blur", "show", "hide", "minimize", "restore"] as const)
      window.on(event as "focus", () => this.change())
    window.on("close", (event) => {
      if (!this.options.windowClosing(this)) event.preventDefault()
    })
    window.once("closed", () => {
      this.window = undefined
      this.isHeard = false
      this.viewing = nothing
      this.unheard.length = 0
      this.change()
      this.options.windowClosed(this)
    })
    this.change()
  }

  closeWindow(): void {
    this.window?.close()
  }

  setViewing(viewing: Viewing): void {
    const before = this.viewing
    const isSame = (["execution", "name", "command"] as const).every((key) => before[key] === viewing[key])
    if (isSame) return
    this.viewing = viewing
    this.change()
  }

  // ── what the page is told ───────────────────────────────────────────────────

  state(): DesktopState {
    const { settings, user } = this.options
    return {
      engine: this.engineState,
      settings: settings.now,
      ...(this.directory === undefined ? undefined : { project: this.directory }),
      recent: settings.recent,
      user,
      ...(this.quitting === undefined ? undefined : { quitting: this.quitting }),
      notices: this.notices.all
    }
  }

  private get engineState(): DesktopState["engine"] {
    const state = this.engine?.state
    if (state === undefined) return { _tag: "None" }
    return state._tag === "Ended" ? { ...state, running: this.toResume?.running ?? state.running } : state
  }

  heard(): DesktopState {
    this.isHeard = true
    for (const item of this.unheard.splice(0)) this.window?.webContents.send(channels.menu, item)
    return this.state()
  }

  push(): void {
    this.pushing.ask()
  }

  private send(): void {
    const contents = this.window?.webContents
    // Whoever comes later asks first.
    if (this.isHeard && contents?.isDestroyed() === false) contents.send(channels.state, this.state())
  }

  tell(notice: string): void {
    this.options.log(`Told: ${notice}`)
    if (this.notices.add(notice)) this.push()
  }

  dismiss(notice: number): void {
    if (this.notices.dismiss(notice)) this.push()
  }

  setQuitting(quitting: DesktopState["quitting"]): void {
    this.quitting = quitting
    this.push()
    this.change()
  }

  // ── the engine ──────────────────────────────────────────────────────────────

  private engineChanged(engine: EngineProcess): void {
    this.toResume?.look()
    const state = this.engineState
    if (state._tag === "Ended" && state.running.length > 0 && this.window === undefined)
      this.options.tellOutside(lost(engine.directory, state.how, state.running))
    this.push()
    this.change()
  }

  restartEngine({ resume }: { readonly resume: boolean }): Promise<void> {
    this.restarting ??= this.restart(resume).finally(() => {
      this.restarting = undefined
    })
    return this.restarting
  }

  private async restart(resume: boolean): Promise<void> {
    const { engine, executions, toResume } = this
    if (engine === undefined || executions === undefined || toResume === undefined)
      throw new Error("This window has no project, so there is no engine to start. Open a project first.")
    if (engine.state._tag === "Ended" || engine.state._tag === "Failed") engine.start()
    const why = await this.untilRunning(engine)
    if (why !== undefined) throw new Error(`The engine could not be started again: ${why}`)
    if (!resume) return
    const ended = whenEnded(engine)
    try {
      for (const id of toResume.ids) {
        await this.resume(executions, toResume, id as ExecutionId.ExecutionId, ended.within)
        if (ended.how !== undefined)
          throw new Error(
            `The engine ended again before all of what it ran was resumed: it ${ended.how}. Restart and resume once more.`
          )
      }
    } finally {
      ended.leave()
    }
  }

  /**
   * What of an execution whose engine has died goes on; what does not is told. One that was resumed is off the list when
   * the engine says that it runs it: should it die before, nobody knows.
   */
  private async resume(
    executions: Executions.ExecutionsShape,
    toResume: ToResume.ToResume,
    id: ExecutionId.ExecutionId,
    hasEnded: () => Promise<boolean>
  ): Promise<void> {
    const found = await Effect.runPromise(Effect.result(executions.get(id)))
    if (Result.isFailure(found)) {
      const { failure } = found
      if (failure._tag === "ExecutionNotFound") toResume.settled(id)
      else if (failure._tag === "ExecutionsUnavailable" && (await hasEnded())) return
      return this.tell(notResumed(id, failure.message))
    }
    const { flow, status } = found.success
    // It has completed before, or somebody else has gone on with it meanwhile.
    if (status === "Completed" || !ExecutionStatus.isEnded(status)) return toResume.settled(id)
    const left = this.recovered.find(({ execution }) => execution === id)?.left ?? []
    if (left.length > 0)
      return this.tell(
        notResumed(flow, `programs that it left running could not be ended (${left.join(", ")}). End them first.`)
      )
    const resumed = await Effect.runPromise(Effect.result(executions.resume(id, { source: "Desktop", by: this.by })))
    if (Result.isSuccess(resumed)) return
    if (resumed.failure._tag === "ExecutionsUnavailable" && (await hasEnded())) return
    this.tell(notResumed(flow, resumed.failure.message))
  }

  private get recovered() {
    const state = this.engine?.state
    return state?._tag === "Running" ? state.recovered : []
  }

  private get by(): string {
    const { settings, user } = this.options
    return settings.now.name === "" ? user : settings.now.name
  }

  /** Settles once the engine runs, or with why it does not. */
  private untilRunning(engine: EngineProcess): Promise<string | undefined> {
    return new Promise((resolve) => {
      const look = () => {
        const { state } = engine
        if (state._tag === "Starting") return
        leave()
        resolve(state._tag === "Running" ? undefined : state._tag === "Failed" ? state.message : `it ${state.how}.`)
      }
      const leave = engine.onChange(look)
      look()
    })
  }

  async openFile(file: string): Promise<void> {
    if (this.engine === undefined) throw new Error("A flow file is opened in a project.")
    const opened = await this.engine.addFile(file)
    if (opened._tag === "Flow") this.go(`/flows/${encodeURIComponent(opened.name)}`)
    else this.tell(opened.text)
  }

  async knows(id: string): Promise<boolean> {
    const { engine, executions } = this
    if (engine === undefined || executions === undefined) return false
    if ((await this.untilRunning(engine)) !== undefined) return false
    return Result.isSuccess(await Effect.runPromise(Effect.result(executions.get(id as ExecutionId.ExecutionId))))
  }

  close(): void {
    for (const dispose of this.disposers.splice(0)) dispose()
    this.pushing.close()
    this.changed.clear()
  }
}

/** How long an engine that does not answer may take to be told as ended. */
const endMillis = 1_000

interface WhenEnded {
  /** How it ended, once it has. */
  readonly how: string | undefined
  /** Whether it has ended, or does so soon. */
  readonly within: () => Promise<boolean>
  readonly leave: () => void
}

/** Attends an engine that runs. */
const whenEnded = (engine: EngineProcess): WhenEnded => {
  let how: string | undefined
  let resolve: () => void = () => undefined
  const ended = new Promise<void>((done) => (resolve = done))
  const look = (): void => {
    const { state } = engine
    if (state._tag === "Running") return
    how ??= state._tag === "Ended" ? state.how : "is not there any more"
    resolve()
  }
  const leave = engine.onChange(look)
  look()
  return {
    get how() {
      return how
    },
    within: async () => {
      let timer: NodeJS.Timeout | undefined
      await Promise.race([ended, new Promise((done) => (timer = setTimeout(done, endMillis)))])
      clearTimeout(timer)
      return how !== undefined
    },
    leave
  }
}

const lost = (directory: string, how: string, running: ReadonlyArray<string>): string =>
  `The engine of ${directory} ended: it ${how}. ${Words.list(
    running.map((name) => `\`${name}\``),
    3
  )} ${running.length === 1 ? "was" : "were"} running, and can be resumed when the project is opened.`

const notResumed = (name: string, why: string): string => `\`${name}\` was not resumed: ${why}`
