/**
 * Where the desktop sends this window: heard as soon as the page is loaded, also before anything of it is drawn.
 */
import { go } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { desktop } from "./Desktop.ts"

const listeners = new Set<() => void>()

desktop?.onGo((address) => {
  const route = Route.fromAddress(address, location.origin)
  if (route === undefined) return
  go(route)
  for (const listener of [...listeners]) listener()
})

/** Calls back after each time. Answers what ends that. */
export const onGone = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
