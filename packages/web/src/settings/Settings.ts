/**
 * What a person has decided about this page, kept in this browser.
 */
import { Schema } from "effect"
import { Atom } from "effect/reactivity"
import { registry, useAtomValue } from "../bridge/Registry.ts"

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

const atom = Atom.keepAlive(Atom.make<Settings>(read()))

const show = ({ theme }: Settings): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}
show(read())

export const useSettings = (): Settings => useAtomValue(atom)

export const settingsNow = (): Settings => registry.get(atom)

export const change = (changes: Partial<Settings>): void => {
  const next = { ...registry.get(atom), ...changes }
  registry.set(atom, next)
  show(next)
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch {
    // Without storage it holds for as long as the page is open.
  }
}

/** Who asks, as commands say it. */
export const asker = (): { readonly source: "Page"; readonly by?: string } => {
  const name = settingsNow().name.trim()
  return { source: "Page", ...(name === "" ? undefined : { by: name }) }
}
