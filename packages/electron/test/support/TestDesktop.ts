/**
 * The desktop as `Main.ts` starts it, over the stand-in of Electron. Its engines are in this process, and in the test's
 * hands: what they answer is real, when they start and die the test says.
 */
import { EventEmitter } from "node:events"
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert } from "@effect/vitest"
import type { Executions } from "@halte/engine/model"
import { HttpHandler } from "@halte/http"
import type { Answers, CallName, calls, DesktopState } from "@halte/web/DesktopBridge"
import { channels } from "@halte/web/DesktopBridge"
import { Effect, type Scope } from "effect"
import * as Scripted from "../../../http/test/support/Scripted.ts"
import type { BrowserWindow } from "../../../../test/support/electron/BrowserWindow.ts"
import { electronControl } from "../../../../test/support/electron/Control.ts"
import { eventually } from "../../../../test/support/Eventually.ts"
import * as Repository from "../../../../test/support/Repository.ts"
import * as EngineNotRunning from "../../src/bridge/EngineNotRunning.ts"
import * as Desktop from "../../src/main/Desktop.ts"
import type * as EngineProcess from "../../src/main/EngineProcess.ts"
import { Listeners } from "../../src/main/Listeners.ts"
import type { OpenedFile } from "../../src/main/OpenedFiles.ts"

/** An engine that does what a test says. */
export class TestEngine implements EngineProcess.EngineProcess {
  state: EngineProcess.EngineProcess["state"] = { _tag: "Starting" }
  live: ReadonlyArray<string> = []
  readonly names = new Map<string, string>()
  readonly name = (id: string): string | undefined => this.names.get(id)
  pid: number | undefined = undefined
  directory: string
  readonly options: EngineProcess.Options
  /** What it was told, in order. */
  readonly told: Array<string> = []
  /** What the project was at each start. */
  readonly starts: Array<EngineProcess.Options["project"]> = []
  /** Whether it opens its project at once. */
  opens = true
  handler: (request: Request) => Promise<Response>
  /** What it says of files that are opened. */
  opened: (file: string) => OpenedFile | Promise<OpenedFile> = (file) => ({
    _tag: "Flow",
    name: basename(file).replace(/\.flow\.yaml$/, "")
  })
  private readonly changed = new Listeners()
  private readonly notices = new Listeners<[string]>()

  constructor(options: EngineProcess.Options, executions: Executions.ExecutionsShape) {
    this.options = options
    this.directory = options.project.directory
    const handle = HttpHandler.make(executions)
    this.handler = (request) => handle(request, { door: "Desktop" })
  }

  readonly onChange = this.changed.on
  readonly onNotice = this.notices.on

  readonly fetch = async (request: Request): Promise<Response> =>
    this.state._tag === "Running" ? this.handler(request) : EngineNotRunning.answer(request, "it is not there")

  readonly start = (): void => {
    this.starts.push({ ...this.options.project })
    this.pid = this.starts.length
    this.set({ state: { _tag: "Starting" } })
    if (this.opens) this.set({ state: { _tag: "Running", recovered: [] } })
  }
  readonly addFile = async (file: string): Promise<OpenedFile> => {
    this.told.push(`add ${file}`)
    return this.opened(file)
  }
  readonly stop: EngineProcess.EngineProcess["stop"] = (request = {}) => {
    this.told.push(`stop ${JSON.stringify(request)}`)
    if (this.pid !== undefined)
      this.set({ pid: undefined, live: [], state: { _tag: "Ended", how: "was stopped", running: [] } })
    return Promise.resolve()
  }
  readonly terminate = (request = {}): void => void this.told.push(`terminate ${JSON.stringify(request)}`)
  readonly kill = (): void => void this.told.push("kill")

  set(changes: Partial<Pick<TestEngine, "state" | "live" | "pid">>): void {
    Object.assign(this, changes)
    this.changed.tell()
  }
  say(text: string): void {
    this.notices.tell(text)
  }
  die(running: ReadonlyArray<string> = []): void {
    this.set({ pid: undefined, live: [], state: { _tag: "Ended", how: "was killed by SIGKILL", running } })
  }
}

export interface TestDesktop {
  readonly desktop: Desktop.Desktop
  readonly engines: ReadonlyArray<TestEngine>
  /** The directory that everything of this test is in. */
  readonly scratch: string
  /** A project there; flow files by their names. */
  readonly project: (name: string, files?: Readonly<Record<string, string>>) => string
  readonly window: (n?: number) => BrowserWindow
  /** The page of a window asks. */
  readonly call: <N extends CallName>(
    name: N,
    argument: (typeof calls)[N]["Type"],
    from?: BrowserWindow
  ) => Effect.Effect<Answers[N]>
  /** The page of a window asks for the state, as each does first. */
  readonly state: (from?: BrowserWindow) => Effect.Effect<DesktopState>
  /** Waits until something is so. */
  readonly until: <A>(look: () => A | undefined | false, what: string) => Effect.Effect<A>
  /** Waits until the log has such a line. */
  readonly logged: (line: RegExp) => Effect.Effect<unknown>
  /** What the system, or another part of this process, says. */
  readonly source: EventEmitter
}

export interface Options {
  readonly executions?: Executions.ExecutionsShape | undefined
  readonly args?: ReadonlyArray<string> | undefined
  readonly platform?: NodeJS.Platform | undefined
  readonly prepare?: ((scratch: string) => void) | undefined
  readonly opens?: boolean | undefined
  /** What is to be said of the places where things are kept. */
  readonly notices?: ReadonlyArray<string> | undefined
  /** What engines say of files that are opened. */
  readonly opened?: TestEngine["opened"] | undefined
}

export const notFound = Scripted.make()

/** Directories are there before the program starts. */
export const make = (options: Options = {}): Effect.Effect<TestDesktop, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scratch = realpathSync(yield* Repository.scratch("desktop"))
    electronControl.reset()
    yield* Effect.addFinalizer(() => Effect.sync(() => electronControl.reset()))
    const page = join(scratch, "page")
    mkdirSync(page)
    writeFileSync(join(page, "index.html"), "<title>Halte</title>")
    options.prepare?.(scratch)
    const engines: Array<TestEngine> = []
    const source = new EventEmitter()
    const paths = {
      host: join(scratch, "Host.js"),
      preload: join(scratch, "Preload.cjs"),
      page: pathToFileURL(`${page}/`),
      resources: Repository.root + "/packages/electron/resources",
      settings: join(scratch, "settings.json"),
      logs: join(scratch, "logs"),
      notices: options.notices
    }
    const started = Desktop.start({
      paths,
      docs: "https://docs.example.org/",
      argv: ["halte", ...(options.args ?? []).map((arg) => arg.replace("SCRATCH", scratch))],
      cwd: scratch,
      env: { USER: "ada" },
      namesApp: false,
      sweeper: ["halte", "--halte-sweep"],
      platform: options.platform ?? "linux",
      source: source as never,
      isTrayShown: () => Promise.resolve(true),
      engine: (given) => {
        const engine = new TestEngine(given, options.executions ?? Scripted.make())
        engine.opens = options.opens ?? true
        if (options.opened !== undefined) engine.opened = options.opened
        engines.push(engine)
        return engine
      }
    })
    const desktop = yield* Effect.promise(() => started)
    if (desktop === undefined) throw new Error("Another desktop was there.")
    yield* Effect.addFinalizer(() =>
      Effect.promise(() => {
        for (const desk of desktop.desks.all) desk.close()
        return desktop.close()
      })
    )
    const window = (n = 0): BrowserWindow => {
      const found = electronControl.openWindows()[n]
      if (found === undefined) throw new Error(`There are ${electronControl.openWindows().length} windows.`)
      return found
    }
    const call: TestDesktop["call"] = (name, argument, from = window()) =>
      Effect.promise(() => electronControl.invoke(from, channels.call, [name, argument])) as never
    return {
      desktop,
      engines,
      scratch,
      source,
      logged: (line) =>
        eventually(
          () =>
            existsSync(join(paths.logs, "halte.log")) && line.test(readFileSync(join(paths.logs, "halte.log"), "utf8")),
          `a line of the log like ${line}`,
          { millis: 10_000 }
        ),
      window,
      call,
      project: (name, files = {}) => project(scratch, name, files),
      state: (from) => call("state", null, from),
      until: (look, what) => eventually(look, what, { millis: 10_000 })
    }
  })

export const project = (scratch: string, name: string, files: Readonly<Record<string, string>> = {}): string => {
  const directory = join(scratch, name)
  mkdirSync(join(directory, ".halte"), { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  return directory
}

/** What a page was told over a channel. */
export const sent = (window: BrowserWindow, channel: string): ReadonlyArray<unknown> =>
  window.contents.sent.filter((message) => message.channel === channel).map(({ args }) => args[0])

/** What a call is refused with. */
export const refusal = (window: BrowserWindow, args: ReadonlyArray<unknown>): Effect.Effect<string> =>
  Effect.promise(() =>
    electronControl.invoke(window, channels.call, args).then(
      () => assert.fail("The call was answered."),
      (error: unknown) => (error as Error).message
    )
  )
