/**
 * The menu of the tray, and of the dock: what runs in all projects, each with what can be done about it.
 */
import { DurationText } from "@halte/engine/model"
import type { MenuItemConstructorOptions } from "electron/main"
import * as MenuText from "./MenuText.ts"
import type { Offers } from "./OfferedCommands.ts"

/** One execution, as it is listed. */
export interface Listed {
  readonly desk: number
  readonly id: string
  readonly text: string
  readonly offers: Pick<Offers, "interrupt" | "terminate">
}

/** Everything that the menu depends on, as plain data: the same facts are the same menu. */
export interface Facts {
  /** By project, those with nothing to show left out. */
  readonly projects: ReadonlyArray<{ readonly name: string; readonly executions: ReadonlyArray<Listed> }>
  /** How many run in all, also those that are not listed. */
  readonly count: number
}

/** Executions that a menu lists. */
export const most = 10

type Item = MenuItemConstructorOptions

export type Act = (what: "show" | "interrupt" | "terminate", listed: Listed) => void

/** What runs, and nothing else. */
export const executions = (facts: Facts, act: Act, open: () => void): Array<Item> => {
  if (facts.count === 0) return [{ id: "tray.nothing", label: "Nothing is running", enabled: false }]
  const several = facts.projects.length > 1
  let left = most
  const items: Array<Item> = []
  for (const { executions: all, name } of facts.projects) {
    const shown = all.slice(0, left)
    left -= shown.length
    if (shown.length === 0) continue
    if (several) items.push({ label: MenuText.label(name), enabled: false })
    items.push(...shown.map((listed) => item(listed, act)))
  }
  const more = facts.count - (most - left)
  if (more > 0) items.push({ id: "tray.more", label: `and ${DurationText.count(more)} more`, click: open })
  return items
}

const item = (listed: Listed, act: Act): Item => {
  const { id, offers, text } = listed
  const { interrupt, terminate } = offers
  const isForced = terminate.enabled || terminate.label !== "Terminate now…"
  return {
    id: `tray.${id}`,
    label: MenuText.label(text),
    submenu: [
      { id: `tray.${id}.show`, label: "Show", click: () => act("show", listed) },
      { type: "separator" },
      {
        id: `tray.${id}.interrupt`,
        label: interrupt.label,
        enabled: interrupt.enabled,
        click: () => act("interrupt", listed)
      },
      ...(isForced
        ? [
            {
              id: `tray.${id}.terminate`,
              label: terminate.label,
              enabled: terminate.enabled,
              click: () => act("terminate", listed)
            }
          ]
        : [])
    ]
  }
}

/** With what the program itself offers. */
export const whole = (facts: Facts, act: Act, open: () => void, quit: () => void): Array<Item> => [
  ...executions(facts, act, open),
  { type: "separator" },
  { id: "tray.open", label: "Open Halte", click: open },
  { id: "tray.quit", label: "Quit", click: quit }
]
