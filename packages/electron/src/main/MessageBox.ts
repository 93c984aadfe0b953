/**
 * The system's message box, which goes when its window does, and when what it asks about is over. GTK does not close one
 * whose window has closed, and its answer would be waited for without end.
 */
import { dialog } from "electron/main"
import type { BrowserWindow, MessageBoxOptions, MessageBoxReturnValue } from "electron/main"

/** Shows it over a window, or, without one, on its own. `undefined`: it was taken away, and nobody has answered. */
export const show = async (
  window: BrowserWindow | undefined,
  options: Omit<MessageBoxOptions, "signal">,
  over?: AbortSignal,
  platform: NodeJS.Platform = process.platform
): Promise<MessageBoxReturnValue | undefined> => {
  if (over?.aborted === true || window?.isDestroyed() === true) return undefined
  if (window === undefined) {
    // On macOS a dialog without a window can't be taken away: then what is answered is what a person has said.
    if (over === undefined || platform === "darwin") return dialog.showMessageBox(options)
    return answered(dialog.showMessageBox({ ...options, signal: over }), over)
  }
  const gone = new AbortController()
  const onClosed = () => gone.abort()
  window.once("closed", onClosed)
  const signal = over === undefined ? gone.signal : AbortSignal.any([over, gone.signal])
  try {
    return await answered(dialog.showMessageBox(window, { ...options, signal }), signal)
  } finally {
    window.off("closed", onClosed)
  }
}

/** A dialog that is taken away answers as if it had been closed, or not at all. */
const answered = async (
  asked: Promise<MessageBoxReturnValue>,
  signal: AbortSignal
): Promise<MessageBoxReturnValue | undefined> => {
  const taken = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener("abort", () => resolve(undefined), { once: true })
  })
  const answer = await Promise.race([asked, taken])
  return signal.aborted ? undefined : answer
}
