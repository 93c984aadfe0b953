/**
 * The icon in the tray: it lists what runs in all projects, those without a window too, so that a person who has sent
 * Halte into the background finds back, and can stop what runs from there. On macOS the dock says the same.
 */
import type { ExecutionState } from "@halte/engine/model"
import { nativeImage } from "electron/common"
import { app, Menu, Tray } from "electron/main"
import { join } from "node:path"
import * as Coalesced from "./Coalesced.ts"
import type { Desk } from "./Desk.ts"
import * as DeskWatch from "./DeskWatch.ts"
import type { EngineProcess } from "./EngineProcess.ts"
import * as ExecutionName from "./ExecutionName.ts"
import type { Interrupting } from "./Interrupting.ts"
import * as MenuText from "./MenuText.ts"
import * as OfferedCommands from "./OfferedCommands.ts"
import * as StatusNotifier from "./StatusNotifier.ts"
import * as TrayTemplate from "./TrayTemplate.ts"

/** What of a desk the tray needs. A `Desk` is one. */
export type TrayDesk = Pick<
  Desk,
  "number" | "directory" | "executions" | "running" | "window" | "show" | "tell" | "onChange"
> & { readonly engine: Pick<EngineProcess, "name"> | undefined }

export interface Options {
  readonly desks: () => ReadonlyArray<TrayDesk>
  readonly interrupting: Pick<Interrupting, "interrupt" | "terminate">
  /** The directory of `tray.png`, of `trayTemplate.png`, and of both at `@2x`. */
  readonly resources: string
  /** Opens a window, or brings one to the front. */
  readonly open: () => void
  readonly quit: () => void
  readonly log: (line: string) => void
  /** @default that of this process */
  readonly platform?: NodeJS.Platform | undefined
  /** Whether somebody shows tray icons; asked on Linux only. @default what the session bus says */
  readonly isShown?: (() => Promise<boolean>) | undefined
  /** The time in milliseconds. @default that of this process */
  readonly now?: (() => number) | undefined
  /** How often the menu may change at most. @default 1000 */
  readonly changeMillis?: number | undefined
}

export interface TrayIcon {
  /**
   * Whether a person can see it, as far as is known. Without it nothing that goes on without a window could be found
   * again.
   */
  readonly available: boolean
  /** Settles when `available` says how it is now: what shows tray icons comes and goes. One that was just asked is not asked again. */
  readonly look: () => Promise<void>
  readonly update: () => void
  readonly close: () => void
}

/** How long it holds what the desktop has said about tray icons. */
const againMillis = 3000

/** The application has to be ready. Never fails: where there is no tray, `available` says so. */
export const make = (options: Options): TrayIcon => {
  const {
    changeMillis = 1000,
    desks,
    interrupting,
    log,
    now = () => performance.now(),
    platform = process.platform,
    resources
  } = options
  const tray = makeTray(platform, resources, log)
  let isShown = tray !== undefined && platform !== "linux"
  let shown: string | undefined
  let isClosed = false

  let said: string | undefined
  const ask = async (): Promise<void> => {
    let why = "This desktop shows no tray icons: nothing can be sent into the background."
    try {
      isShown = await (options.isShown ?? StatusNotifier.isThere)()
    } catch (error) {
      // Then nobody can be sure to come back.
      isShown = false
      why = `Whether there is a tray could not be found out: ${messageOf(error)}`
    }
    if (!isShown && said !== why && !isClosed) log(why)
    said = isShown ? undefined : why
  }
  let last: { readonly at: number; readonly done: Promise<void> } | undefined
  const look = (): Promise<void> => {
    if (tray === undefined || platform !== "linux" || isClosed) return Promise.resolve()
    if (last === undefined || now() - last.at >= againMillis) last = { at: now(), done: ask() }
    return last.done
  }
  void look()

  const act: TrayTemplate.Act = (what, { desk: number, id }) => {
    const desk = desks().find((one) => one.number === number)
    if (desk === undefined) return
    if (what === "show") return desk.show(`/executions/${id}`)
    // It may have ended in this moment: then it has no name anywhere any more, and that it has ended is told.
    const state = desk.running?.states.get(id)
    void interrupting[what](desk, id, {
      name: state === undefined ? (desk.engine?.name(id) ?? ExecutionName.ofId(id)) : ExecutionName.of(state),
      command: state !== undefined && ExecutionName.isCommand(state),
      via: "tray"
    })
  }

  const show = (): void => {
    const facts = factsOf(desks())
    const text = JSON.stringify(facts)
    if (text === shown) return
    shown = text
    // A menu that is there can't be changed on every system: it gets a new one.
    if (tray !== undefined && !tray.isDestroyed()) {
      tray.setToolTip(MenuText.tooltip(facts.count))
      tray.setContextMenu(Menu.buildFromTemplate(TrayTemplate.whole(facts, act, options.open, options.quit)))
    }
    app.dock?.setMenu(Menu.buildFromTemplate(TrayTemplate.executions(facts, act, options.open)))
  }

  // On macOS a click opens the menu; elsewhere the other button does.
  if (platform !== "darwin") tray?.on("click", options.open)

  const soon = Coalesced.make(show, changeMillis)
  const watch = DeskWatch.make({ desks, onChange: soon.ask })
  const update = (): void => {
    watch.update()
    soon.now()
  }
  update()

  return {
    get available() {
      return isShown && !isClosed
    },
    look,
    update,
    close: () => {
      isClosed = true
      soon.close()
      watch.close()
      if (tray !== undefined && !tray.isDestroyed()) tray.destroy()
    }
  }
}

const makeTray = (platform: NodeJS.Platform, resources: string, log: (line: string) => void): Tray | undefined => {
  try {
    const isMac = platform === "darwin"
    const image = nativeImage.createFromPath(join(resources, isMac ? "trayTemplate.png" : "tray.png"))
    // macOS draws it in the colour of its menu bar.
    if (isMac) image.setTemplateImage(true)
    return new Tray(image)
  } catch (error) {
    log(`There is no tray icon: ${messageOf(error)}`)
    return undefined
  }
}

const factsOf = (desks: ReadonlyArray<TrayDesk>): TrayTemplate.Facts => {
  const projects = desks.flatMap(({ directory = "", number, running }) => {
    const executions = [...(running?.states.values() ?? [])].map((state) => listed(number, state))
    return executions.length === 0 ? [] : [{ name: MenuText.project(directory), executions }]
  })
  const count = projects.reduce((sum, { executions }) => sum + executions.length, 0)
  return { projects, count }
}

const listed = (desk: number, state: ExecutionState.ExecutionState): TrayTemplate.Listed => ({
  desk,
  id: state.id,
  text: MenuText.execution(state),
  offers: OfferedCommands.of(state)
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
