/**
 * The settings as the desktop keeps them for all of its windows, and what was changed here and is on its way there: a
 * field shows what is typed, also while an older state is told.
 */
import { Atom } from "effect/reactivity"
import { registry, useAtomValue } from "../bridge/Registry.ts"
import { announce } from "../ui/Announcer.tsx"
import { desktop, desktopState, look } from "./Desktop.ts"
import { defaults, type DesktopSettings } from "./DesktopBridge.ts"

const changed = Atom.keepAlive(Atom.make<Partial<DesktopSettings>>({}))

export const keptSettings = Atom.keepAlive(
  Atom.readable<DesktopSettings>((get) => ({ ...(get(desktopState)?.settings ?? defaults), ...get(changed) }))
)

export const useKeptSettings = (): DesktopSettings => useAtomValue(keptSettings)

let onTheirWay = 0

export const changeKept = async (changes: Partial<DesktopSettings>): Promise<void> => {
  if (desktop === undefined) return
  registry.set(changed, { ...registry.get(changed), ...changes })
  onTheirWay++
  try {
    await desktop.call("changeSettings", changes)
  } catch (error) {
    announce(`The setting was not kept: ${error instanceof Error ? error.message : String(error)}`, "alert")
  }
  onTheirWay--
  if (onTheirWay > 0) return
  // The desktop has the last word.
  await look().catch(() => undefined)
  if (onTheirWay === 0) registry.set(changed, {})
}
