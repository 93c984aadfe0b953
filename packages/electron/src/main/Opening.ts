/**
 * What is asked to be opened, from wherever: arguments, a second start, a file of the system, a link, a drop, a dialog, the
 * list of recent ones. Opening shows; it starts and stops nothing.
 */
import { dirname } from "node:path"
import { app, dialog } from "electron/main"
import type { OpenDialogOptions } from "electron/main"
import type { DeskControl } from "./Desk.ts"
import type { Desks } from "./Desks.ts"
import type { NextStart } from "./NextStart.ts"
import * as OpenRequests from "./OpenRequests.ts"

export interface Opening {
  /**
   * What is asked for from outside: by a second start, or by the system. Nothing at all asks for Halte itself. While it ends
   * that is left to the next start.
   */
  readonly asked: (requests: ReadonlyArray<OpenRequests.OpenRequest>) => Promise<void>
  /** Opens one after the other. Answers whether something was opened. */
  readonly open: (requests: ReadonlyArray<OpenRequests.OpenRequest>, from?: DeskControl | undefined) => Promise<boolean>
  /** By its path: a directory or a flow file. */
  readonly openPath: (path: string, from?: DeskControl | undefined) => Promise<boolean>
  /** Lets a person choose a flow file, or a directory, and opens it. */
  readonly chooseFile: (from?: DeskControl | undefined) => Promise<boolean>
  readonly chooseProject: (from?: DeskControl | undefined) => Promise<boolean>
  /** The project that was open last, where it is still there; else a window without one. */
  readonly openLast: () => Promise<void>
  /** The window that was looked at last, or one. */
  readonly showLast: () => void
}

export interface Options {
  readonly desks: Desks
  readonly settings: {
    readonly recent: ReadonlyArray<string>
    readonly opened: (path: string) => void
  }
  /** The program ends: nothing new is opened. */
  readonly isEnding: () => boolean
  readonly nextStart: Pick<NextStart, "ask">
  /** What a person should know although no window may be left. */
  readonly tell: (text: string) => void
  readonly log: (line: string) => void
  readonly platform?: NodeJS.Platform | undefined
}

export const make = (options: Options): Opening => new Opens(options)

class Opens implements Opening {
  private readonly options: Options

  constructor(options: Options) {
    this.options = options
  }

  async asked(requests: ReadonlyArray<OpenRequests.OpenRequest>): Promise<void> {
    const { isEnding } = this.options
    if (requests.length === 0) {
      if (isEnding()) this.leave([])
      else this.showLast()
    }
    // It may begin to end between one and the other.
    for (const request of requests)
      if (isEnding()) this.leave([request])
      else await this.openOne(request, undefined)
  }

  /** Leaves it to the next start; what can't be opened is not. */
  private leave(requests: ReadonlyArray<OpenRequests.OpenRequest>): void {
    const { desks, nextStart, tell } = this.options
    const [request] = requests
    if (request?._tag === "Refused") return tell(request.text)
    nextStart.ask(requests)
    const seen = desks.all.filter(({ window }) => window !== undefined)
    // What it waits for is shown there.
    const last = desks.last()
    const first = last?.window === undefined ? seen[0] : last
    first?.show()
    const then = request === undefined ? "" : " and opens what was asked for"
    for (const desk of seen) desk.tell(`Halte is about to end. When it has, it starts once more${then}.`)
  }

  async open(requests: ReadonlyArray<OpenRequests.OpenRequest>, from?: DeskControl): Promise<boolean> {
    let isOpened = false
    for (const request of requests) isOpened = (await this.openOne(request, from)) || isOpened
    return isOpened
  }

  private async openOne(request: OpenRequests.OpenRequest, from: DeskControl | undefined): Promise<boolean> {
    const { desks, isEnding, log } = this.options
    if (isEnding()) {
      log("Something was asked to be opened while Halte ends")
      for (const desk of desks.all) desk.tell("Halte is about to end. Nothing else is opened now.")
      return false
    }
    switch (request._tag) {
      case "Project":
        this.project(request.directory).show()
        return true
      case "FlowFile": {
        const desk = this.project(dirname(request.file))
        this.remember(request.file)
        desk.show()
        // Whether it is a flow is found out meanwhile, and told in the window.
        desk.openFile(request.file).catch((error: unknown) => desk.tell(messageOf(error)))
        return true
      }
      case "Execution":
        return this.showExecution(request.id)
      case "Refused": {
        const desk = from ?? this.shown()
        desk.tell(request.text)
        return false
      }
    }
  }

  private project(directory: string): DeskControl {
    const desk = this.options.desks.project(directory)
    this.remember(desk.directory ?? directory)
    return desk
  }

  private remember(path: string): void {
    this.options.settings.opened(path)
    app.addRecentDocument(path)
  }

  /** It belongs to the project that knows it. Those that are not open are not looked through. */
  private async showExecution(id: string): Promise<boolean> {
    const { desks } = this.options
    const first = desks.last()
    const ordered = [...(first === undefined ? [] : [first]), ...desks.all.filter((desk) => desk !== first)]
    for (const desk of ordered)
      if (await desk.knows(id)) {
        desk.show(`/executions/${encodeURIComponent(id)}`)
        return true
      }
    this.shown().tell(`Execution \`${id}\` is in none of the open projects. Open its project, then the link once more.`)
    return false
  }

  openPath(path: string, from?: DeskControl): Promise<boolean> {
    return this.open([OpenRequests.ofPath(path)], from)
  }

  chooseFile(from?: DeskControl): Promise<boolean> {
    const { platform = process.platform } = this.options
    return this.choose(from, {
      title: "Open a flow file",
      properties: ["openFile"],
      // macOS knows no ending with two parts.
      filters: [
        {
          name: "Flow files",
          extensions: platform === "darwin" ? ["yaml", "yml", "json"] : ["flow.yaml", "flow.yml", "flow.json"]
        }
      ]
    })
  }

  chooseProject(from?: DeskControl): Promise<boolean> {
    return this.choose(from, { title: "Open a project", properties: ["openDirectory", "createDirectory"] })
  }

  private async choose(from: DeskControl | undefined, options: OpenDialogOptions): Promise<boolean> {
    const window = from?.window
    const where: OpenDialogOptions = { ...options, ...(from?.directory && { defaultPath: from.directory }) }
    const { canceled, filePaths } = await (window === undefined
      ? dialog.showOpenDialog(where)
      : dialog.showOpenDialog(window, where))
    const [path] = filePaths
    return canceled || path === undefined ? false : this.openPath(path, from)
  }

  async openLast(): Promise<void> {
    const { recent } = this.options.settings
    const found = recent.map((path) => OpenRequests.ofPath(path)).find(({ _tag }) => _tag === "Project")
    if (found === undefined) this.shown()
    else await this.open([found])
  }

  showLast(): void {
    this.shown()
  }

  private shown(): DeskControl {
    const { desks } = this.options
    const desk = desks.last() ?? desks.welcome()
    desk.show()
    return desk
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
