/**
 * The menu of the application, from what is to be seen in it. Each item has an id, by which tests find it.
 *
 * It binds neither Ctrl+C nor Esc nor single keys: these belong to the page, which knows what is selected and which field
 * has the focus.
 */
import type { MenuItemConstructorOptions } from "electron/main"
import * as MenuText from "./MenuText.ts"
import type { Offers } from "./OfferedCommands.ts"

/** Everything that the menu depends on, as plain data: the same facts are the same menu. */
export interface Facts {
  readonly platform: NodeJS.Platform
  readonly isPackaged: boolean
  /** Directories, newest first. */
  readonly recent: ReadonlyArray<string>
  /** There is a window, or a project in the background, to act on. */
  readonly hasDesk: boolean
  readonly hasProject: boolean
  /** There is a documentation to be opened. */
  readonly hasDocs: boolean
  /** It shows the Command view. */
  readonly isCommand: boolean
  /** And no command runs there. */
  readonly isIdle: boolean
  readonly offers: Offers
  /** In the order in which they were opened. */
  readonly desks: ReadonlyArray<{ readonly number: number; readonly name: string; readonly hasWindow: boolean }>
}

type Item = MenuItemConstructorOptions

/** What a click does; `window` is the one whose menu it is, where there is one. */
export type Act = (
  item:
    | { readonly _tag: "OpenFlowFile" | "OpenProject" | "Docs" | "Logs" }
    | { readonly _tag: "OpenRecent"; readonly directory: string }
    | { readonly _tag: "Page"; readonly item: "settings" | "help" | "save-config" | "load-config" }
    | { readonly _tag: "Go"; readonly address: string }
    | { readonly _tag: "Command"; readonly command: keyof Offers }
    | { readonly _tag: "ShowDesk"; readonly number: number },
  window: object | undefined
) => void

const separator: Item = { type: "separator" }

/** Directories that are offered to be opened again. */
const mostRecent = 10

export const make = (facts: Facts, act: Act): Array<Item> => {
  const isMac = facts.platform === "darwin"
  const on = (what: Parameters<Act>[0]): Pick<Item, "click"> => ({ click: (_item, window) => act(what, window) })
  const settings: Item = {
    id: "settings",
    label: "Settings…",
    accelerator: "CmdOrCtrl+,",
    enabled: facts.hasDesk,
    ...on({ _tag: "Page", item: "settings" })
  }
  return [
    ...(isMac ? [application(settings)] : []),
    file(facts, on, settings),
    edit(isMac),
    execution(facts, on),
    view(facts, on),
    windows(facts, on),
    help(isMac, facts, on)
  ]
}

type On = (what: Parameters<Act>[0]) => Pick<Item, "click">

/** macOS keeps what belongs to the program as a whole in a menu of its name. */
const application = (settings: Item): Item => ({
  id: "app",
  label: "Halte",
  submenu: [
    { id: "about", role: "about", label: "About Halte" },
    separator,
    settings,
    separator,
    { role: "services" },
    separator,
    { role: "hide", label: "Hide Halte" },
    { role: "hideOthers" },
    { role: "unhide" },
    separator,
    { id: "quit", role: "quit", label: "Quit Halte" }
  ]
})

const file = (facts: Facts, on: On, settings: Item): Item => {
  const isMac = facts.platform === "darwin"
  const recent = facts.recent.slice(0, mostRecent).map((directory, i): Item => ({
    id: `file.recent.${i}`,
    label: MenuText.label(directory),
    ...on({ _tag: "OpenRecent", directory })
  }))
  return {
    id: "file",
    label: "&File",
    submenu: [
      {
        id: "file.open-flow-file",
        label: "Open Flow File…",
        accelerator: "CmdOrCtrl+O",
        ...on({ _tag: "OpenFlowFile" })
      },
      {
        id: "file.open-project",
        label: "Open Project…",
        accelerator: "CmdOrCtrl+Shift+O",
        ...on({ _tag: "OpenProject" })
      },
      {
        id: "file.recent",
        label: "Open Recent",
        submenu: recent.length === 0 ? [{ id: "file.recent.none", label: "None yet", enabled: false }] : recent
      },
      separator,
      {
        id: "file.load-config",
        label: "Load Config…",
        enabled: facts.isCommand,
        ...on({ _tag: "Page", item: "load-config" })
      },
      {
        id: "file.save-config",
        label: "Save Config…",
        accelerator: "CmdOrCtrl+S",
        enabled: facts.isCommand,
        ...on({ _tag: "Page", item: "save-config" })
      },
      separator,
      ...(isMac ? [] : [settings, separator]),
      { id: "file.close", role: "close", label: "Close Window" },
      ...(isMac ? [] : [{ id: "quit", role: "quit", label: "Quit" } satisfies Item])
    ]
  }
}

/** Roles: what they do is done by the field that has the focus, and a copy stays a copy. */
const edit = (isMac: boolean): Item => ({
  id: "edit",
  label: "&Edit",
  submenu: [
    { role: "undo" },
    { role: "redo" },
    separator,
    { role: "cut" },
    { id: "edit.copy", role: "copy" },
    { role: "paste" },
    ...(isMac ? [{ role: "pasteAndMatchStyle" } satisfies Item] : []),
    { role: "delete" },
    separator,
    { role: "selectAll" }
  ]
})

const execution = ({ isCommand, isIdle, offers }: Facts, on: On): Item => ({
  id: "execution",
  label: "E&xecution",
  submenu: [
    {
      id: "execution.interrupt",
      label: offers.interrupt.label,
      accelerator: "CmdOrCtrl+.",
      // In the Command view it says so when nothing runs; elsewhere there is nothing that it could mean.
      enabled: offers.interrupt.enabled || (isCommand && isIdle),
      ...on({ _tag: "Command", command: "interrupt" })
    },
    {
      id: "execution.pause",
      label: offers.pause.label,
      enabled: offers.pause.enabled,
      ...on({ _tag: "Command", command: "pause" })
    },
    {
      id: "execution.resume",
      label: offers.resume.label,
      enabled: offers.resume.enabled,
      ...on({ _tag: "Command", command: "resume" })
    },
    separator,
    {
      id: "execution.terminate",
      label: offers.terminate.label,
      enabled: offers.terminate.enabled,
      ...on({ _tag: "Command", command: "terminate" })
    }
  ]
})

const view = ({ hasProject, isPackaged }: Facts, on: On): Item => {
  const address = (id: string, label: string, number: number, path: string): Item => ({
    id: `view.${id}`,
    label,
    accelerator: `CmdOrCtrl+${number}`,
    enabled: hasProject,
    ...on({ _tag: "Go", address: path })
  })
  return {
    id: "view",
    label: "&View",
    submenu: [
      address("executions", "Executions", 1, "/executions"),
      address("start", "Start", 2, "/flows"),
      address("command", "Command", 3, "/command"),
      separator,
      { id: "view.reload", role: "reload" },
      separator,
      { role: "resetZoom" },
      { role: "zoomIn" },
      { role: "zoomOut" },
      separator,
      { role: "togglefullscreen" },
      ...(isPackaged ? [] : [separator, { id: "view.developer-tools", role: "toggleDevTools" } satisfies Item])
    ]
  }
}

const windows = ({ desks, platform }: Facts, on: On): Item => {
  const isMac = platform === "darwin"
  // macOS lists the windows that are open by itself.
  const listed = desks.filter(({ hasWindow }) => !isMac || !hasWindow)
  return {
    id: "window",
    ...(isMac ? { role: "window" as const } : undefined),
    label: "&Window",
    submenu: [
      { role: "minimize" },
      ...(isMac ? [{ role: "zoom" } satisfies Item, separator, { role: "front" } satisfies Item] : []),
      ...(listed.length === 0 ? [] : [separator]),
      ...listed.map(({ hasWindow, name, number }): Item => ({
        id: `window.desk.${number}`,
        label: MenuText.label(hasWindow ? name : `${name} (in the background)`),
        ...on({ _tag: "ShowDesk", number })
      }))
    ]
  }
}

const help = (isMac: boolean, { hasDesk, hasDocs }: Facts, on: On): Item => ({
  id: "help",
  ...(isMac ? { role: "help" as const } : undefined),
  label: "&Help",
  submenu: [
    {
      id: "help.keys",
      label: "Keyboard Shortcuts",
      accelerator: "CmdOrCtrl+/",
      enabled: hasDesk,
      ...on({ _tag: "Page", item: "help" })
    },
    ...(hasDocs ? [{ id: "help.docs", label: "Documentation", ...on({ _tag: "Docs" }) } satisfies Item] : []),
    { id: "help.logs", label: "Show Logs", ...on({ _tag: "Logs" }) },
    ...(isMac ? [] : [separator, { id: "about", role: "about", label: "About Halte" } satisfies Item])
  ]
})
