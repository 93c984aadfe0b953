/**
 * What a person has decided about this page, kept in this browser; in the desktop it is kept there, for all windows.
 */
import { Schema } from "effect"
import { Atom } from "effect/reactivity"
import { registry, useAtomValue } from "../bridge/Registry.ts"
import { desktop, desktopNow } from "../desktop/Desktop.ts"
import { changeKept, keptSettings } from "../desktop/KeptSettings.ts"

export const Settings = Schema.Struct({
  theme: Schema.Literals(["system", "light", "dark"]),
  /** Ask before an interrupt. */
  confirm: Schema.Boolean,
  /** Single keys do something while a list or the graph has the focus. */
  shortcuts: Schema.Boolean,
  /** Who asks, in the record; empty: nobody by name. */
  name: Schema.String
})
export type Settings = typeof Settings.Type

const defaults: Settings = { theme: "system", confirm: true, shortcuts: true, name: "" }

const key = "halte.settings"

/** What is kept may be of another version, or changed by hand: what fits counts. */
const read = (): Settings => {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "{}")
    return Schema.decodeUnknownSync(Settings)({ ...defaults, ...(typeof kept === "object" ? kept : undefined) })
  } catch {
    return defaults
  }
}

const own = Atom.keepAlive(Atom.make<Settings>(desktop === undefined ? read() : defaults))

const atom: Atom.Atom<Settings> = desktop === undefined ? own : keptSettings

const show = ({ theme }: Settings): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}
registry.subscribe(atom, show, { immediate: true })

export const useSettings = (): Settings => useAtomValue(atom)

export const settingsNow = (): Settings => registry.get(atom)

export const change = (changes: Partial<Settings>): void => {
  if (desktop !== undefined) return void changeKept(changes)
  const next = { ...registry.get(own), ...changes }
  registry.set(own, next)
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch {
    // Without storage it holds for as long as the page is open.
  }
}

/** Who asks, as commands say it. In the desktop it is, without another name, the user of the system. */
export const asker = (): { readonly source: "Page" | "Desktop"; readonly by?: string } => {
  const given = settingsNow().name.trim()
  const name = given === "" ? (desktopNow()?.user ?? "") : given
  return { source: desktop === undefined ? "Page" : "Desktop", ...(name === "" ? undefined : { by: name }) }
}
