/** The windows that are open, for whoever has to do with all of them. */
import type { BrowserWindow } from "./BrowserWindow.ts"

export const openWindows = new Set<BrowserWindow>()

/** What the program does when a window was closed, or was not. `App.ts` sets it. */
export const onWindows: { allClosed: () => void; closeCanceled: () => void } = {
  allClosed: () => undefined,
  closeCanceled: () => undefined
}
