/**
 * The window of a project: its place on the screen is the one that it had, its title names what it shows, and a page that
 * ends or hangs takes nothing with it: what runs is not in it.
 */
import { basename } from "node:path"
import { ControlSequences } from "@halte/engine/model"
import { BrowserWindow, nativeTheme } from "electron/main"
import type { MessageBoxOptions, Rectangle, Session } from "electron/main"
import * as MessageBox from "./MessageBox.ts"
import * as PageAddress from "./PageAddress.ts"
import * as WindowSecurity from "./WindowSecurity.ts"

export interface Options {
  readonly preload: string
  readonly session: Session
  /** The name that its place is kept under; no other open window has it. */
  readonly name: string
  /** The project's. */
  readonly directory: string | undefined
  /** Where it begins. */
  readonly address: string
  /** Where it is, if it was never open before. */
  readonly bounds?: Rectangle | undefined
  readonly icon?: string | undefined
  readonly devTools: boolean
  /** Halte ends: pages end with it, or by the same signal, and nobody is asked about them. */
  readonly isEnding?: (() => boolean) | undefined
  readonly log: (line: string) => void
}

/** Of the page, which works from 320 pixels on. */
const smallest = { minWidth: 320, minHeight: 400 }
const usual = { width: 1200, height: 800 }

/** Those of the page, so that nothing flashes before it is painted. */
const background = (): string => (nativeTheme.shouldUseDarkColors ? "#0d1117" : "#ffffff")

/** Opens it. It shows itself once there is something to see. */
export const open = (options: Options): BrowserWindow => {
  const { devTools, directory, log, preload, session } = options
  const window = new BrowserWindow({
    ...usual,
    ...options.bounds,
    ...smallest,
    name: options.name,
    // Electron's own: it knows the screens of before, and those of now.
    windowStatePersistence: true,
    show: false,
    title: title("", directory),
    backgroundColor: background(),
    ...(options.icon === undefined ? undefined : { icon: options.icon }),
    webPreferences: WindowSecurity.webPreferences({ preload, session, devTools })
  })
  const { webContents } = window

  const onTheme = () => window.setBackgroundColor(background())
  nativeTheme.on("updated", onTheme)
  window.once("closed", () => void nativeTheme.off("updated", onTheme))

  const reveal = () => {
    if (!window.isDestroyed() && !window.isVisible()) window.show()
  }
  window.once("ready-to-show", reveal)
  webContents.on("did-fail-load", (_, code, description, url, isMainFrame) => {
    // -3: another navigation took its place.
    if (!isMainFrame || code === -3) return
    log(`The page could not be loaded: ${description} (${code}), at ${PageAddress.read(url)?.pathname ?? "no address"}`)
    reveal()
  })
  // A page has no say in whether its window is closed: the quit guard asks.
  webContents.on("will-prevent-unload", (event) => event.preventDefault())
  webContents.on("preload-error", (_, __, error) => log(`The page's part of the desktop failed: ${error.message}`))

  window.on("page-title-updated", (event, text) => {
    event.preventDefault()
    window.setTitle(title(text, directory))
  })
  if (directory !== undefined && process.platform === "darwin") window.setRepresentedFilename(directory)
  watchPage(window, log, options.isEnding ?? (() => false))
  window.on("app-command", (_, command) => {
    if (command === "browser-backward") webContents.navigationHistory.goBack()
    if (command === "browser-forward") webContents.navigationHistory.goForward()
  })
  load(window, options.address, log)
  return window
}

/** Shows another view by loading it. */
export const load = (window: BrowserWindow, address: string, log: (line: string) => void): void => {
  // Why it can't be loaded is told by its event.
  window.loadURL(PageAddress.ofView(address)).catch((error: unknown) => log(`Loading ended early: ${String(error)}`))
}

/** Brings it to the front. */
export const focus = (window: BrowserWindow): void => {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** `release — project — Halte`. What pages call themselves ends with the project, where they know it, and the program. */
export const title = (page: string, directory: string | undefined): string => {
  const project = directory === undefined ? "" : ControlSequences.strip(basename(directory) || directory)
  const view = ControlSequences.strip(page).replace(/(^| [·—] )Halte$/, "")
  const own = view === project ? "" : view.endsWith(` · ${project}`) ? view.slice(0, -` · ${project}`.length) : view
  return [own, project, "Halte"].filter((part) => part !== "").join(" — ")
}

/** A page that ended, or that answers no more: a person decides whether it is loaded again. */
const watchPage = (window: BrowserWindow, log: (line: string) => void, isEnding: () => boolean): void => {
  const { webContents } = window
  let isExpected = false
  let asked: AbortController | undefined

  const ask = async (options: MessageBoxOptions): Promise<boolean> => {
    asked?.abort()
    const mine = new AbortController()
    asked = mine
    // One that answered by itself meanwhile, or is gone, needs nothing.
    const answer = await MessageBox.show(window, { type: "warning", ...options }, mine.signal)
    if (asked === mine) asked = undefined
    return answer?.response === 0 && !window.isDestroyed() && !isEnding()
  }
  webContents.on("did-finish-load", () => {
    isExpected = false
  })

  webContents.on("render-process-gone", (_, { exitCode, reason }) => {
    if (reason === "clean-exit" || isExpected) return
    log(`The page of a window ended: ${reason}, exit code ${exitCode}`)
    if (isEnding()) return
    if (!window.isVisible()) window.show()
    void ask({
      title: "The page has ended",
      message: "The page of this window has ended unexpectedly.",
      detail: `What runs is not affected: it goes on, and the page shows it again. (${reason}, ${exitCode})`,
      buttons: ["Show It Again", "Not Now"],
      defaultId: 0,
      cancelId: 1
    }).then((isWanted) => isWanted && webContents.reload(), failed)
  })
  window.on("unresponsive", () => {
    log("The page of a window does not answer")
    if (isEnding()) return
    void ask({
      title: "The page does not answer",
      message: "The page of this window does not answer.",
      detail: "What runs is not affected. Loading the page again loses what was typed into it.",
      buttons: ["Load It Again", "Wait"],
      defaultId: 1,
      cancelId: 1
    }).then((isWanted) => {
      if (!isWanted) return
      // One that hangs does not let itself be loaded again.
      isExpected = true
      webContents.forcefullyCrashRenderer()
      webContents.reload()
    }, failed)
  })
  window.on("responsive", () => asked?.abort())

  const failed = (error: unknown) => log(`A question could not be asked: ${String(error)}`)
}
