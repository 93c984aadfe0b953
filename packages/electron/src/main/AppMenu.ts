/**
 * The menu of the application: it follows the window that has the focus, and what that shows. It is put up anew only
 * when something in it has changed: an open menu would be taken away from under the pointer.
 */
import { ExecutionStatus } from "@halte/engine/model"
import { app, Menu } from "electron/main"
import * as Coalesced from "./Coalesced.ts"
import type { Desk } from "./Desk.ts"
import * as DeskWatch from "./DeskWatch.ts"
import type { EngineProcess } from "./EngineProcess.ts"
import * as ExecutionName from "./ExecutionName.ts"
import type { Interrupting } from "./Interrupting.ts"
import * as MenuTemplate from "./MenuTemplate.ts"
import * as MenuText from "./MenuText.ts"
import * as OfferedCommands from "./OfferedCommands.ts"
import * as ViewedExecutions from "./ViewedExecutions.ts"

/** What of a desk the menu needs. A `Desk` is one. */
export type MenuDesk = Pick<
  Desk,
  | "number"
  | "directory"
  | "executions"
  | "running"
  | "viewing"
  | "window"
  | "show"
  | "go"
  | "menu"
  | "tell"
  | "onChange"
> & { readonly engine: Pick<EngineProcess, "name"> | undefined }

export interface Options {
  readonly desks: () => ReadonlyArray<MenuDesk>
  readonly interrupting: Pick<Interrupting, "interrupt" | "terminate" | "pause" | "resume">
  /** Directories that were open before, newest first. */
  readonly recent: () => ReadonlyArray<string>
  readonly isPackaged: boolean
  /** @default that of this process */
  readonly platform?: NodeJS.Platform | undefined
  /** Lets a person choose; `desk` is the window that it was asked in, if in one. */
  readonly openFlowFile: (desk: MenuDesk | undefined) => void
  readonly openProject: (desk: MenuDesk | undefined) => void
  readonly openRecent: (directory: string, desk: MenuDesk | undefined) => void
  /** Without, there is no documentation to be opened. */
  readonly openDocs?: (() => void) | undefined
  readonly showLogs: () => void
  /** @default 2000 */
  readonly againMillis?: number | undefined
}

export interface AppMenu {
  /** Desks came or went, or the recent projects are others. */
  readonly update: () => void
  readonly close: () => void
}

/** Changes of what runs come often; the menu shows few of them. */
const soonMillis = 50

/** The application has to be ready. */
export const make = (options: Options): AppMenu => {
  const { desks, interrupting, platform = process.platform } = options
  let shown: string | undefined
  /** The desk that had the focus last: while a dialog or another program has it, the menu stays. */
  let last: MenuDesk | undefined

  const current = (): MenuDesk | undefined => {
    const now = desks()
    const focused = now.find(({ window }) => window !== undefined && !window.isDestroyed() && window.isFocused())
    if (focused !== undefined) last = focused
    if (last === undefined || !now.includes(last)) last = now.find(({ window }) => window !== undefined) ?? now[0]
    return last
  }

  const factsNow = (): MenuTemplate.Facts => {
    const desk = current()
    const state = desk === undefined ? undefined : viewed.of(desk)
    return {
      platform,
      isPackaged: options.isPackaged,
      recent: options.recent(),
      hasDesk: desk !== undefined,
      hasDocs: options.openDocs !== undefined,
      hasProject: desk?.directory !== undefined,
      isCommand: desk?.viewing.command === true,
      isIdle: state === undefined || ExecutionStatus.isEnded(state.status),
      offers: state === undefined ? OfferedCommands.none : OfferedCommands.of(state),
      desks: desks().map(({ directory, number, window }) => ({
        number,
        name: directory === undefined ? "No project" : MenuText.project(directory),
        hasWindow: window !== undefined
      }))
    }
  }

  const show = (): void => {
    const facts = factsNow()
    const text = JSON.stringify(facts)
    if (text === shown) return
    shown = text
    Menu.setApplicationMenu(Menu.buildFromTemplate(MenuTemplate.make(facts, act)))
  }

  const act: MenuTemplate.Act = (what, window) => {
    const desk = desks().find((one) => window !== undefined && one.window === window) ?? current()
    switch (what._tag) {
      case "OpenFlowFile":
        return options.openFlowFile(desk)
      case "OpenProject":
        return options.openProject(desk)
      case "OpenRecent":
        return options.openRecent(what.directory, desk)
      case "Docs":
        return options.openDocs?.()
      case "Logs":
        return options.showLogs()
      case "ShowDesk":
        return desks()
          .find(({ number }) => number === what.number)
          ?.show()
      case "Page":
        // In the background there is no page: it comes first.
        if (desk?.window === undefined) desk?.show()
        return desk?.menu(what.item)
      case "Go":
        return desk?.window === undefined ? desk?.show(what.address) : desk.go(what.address)
      case "Command":
        return desk === undefined ? undefined : command(desk, what.command)
    }
  }

  /** What the window shows now: the menu may be a moment older. */
  const command = (desk: MenuDesk, name: keyof OfferedCommands.Offers): void => {
    const { viewing } = desk
    const state = viewed.of(desk)
    const id = viewing.execution
    const asked = {
      name: viewing.name ?? (state === undefined ? called(desk, id) : ExecutionName.of(state)),
      command: viewing.command,
      via: "menu"
    }
    if (name === "interrupt" || name === "terminate") {
      // Outside of the Command view nothing is meant where nothing is shown.
      if (id !== undefined || viewing.command) void interrupting[name](desk, id, asked)
    } else if (id !== undefined) void interrupting[name](desk, id, asked)
  }

  const soon = Coalesced.make(() => {
    viewed.update()
    show()
  }, soonMillis)
  const viewed = ViewedExecutions.make({ desks, onChange: soon.ask, againMillis: options.againMillis })
  const watch = DeskWatch.make({ desks, onChange: soon.ask })
  const update = (): void => {
    watch.update()
    soon.now()
  }
  app.on("browser-window-focus", soon.ask)
  update()

  return {
    update,
    close: () => {
      app.off("browser-window-focus", soon.ask)
      soon.close()
      watch.close()
      viewed.close()
    }
  }
}

/** One that has not been looked at yet. */
const called = ({ engine }: MenuDesk, id: string | undefined): string =>
  id === undefined ? "" : (engine?.name(id) ?? id)
