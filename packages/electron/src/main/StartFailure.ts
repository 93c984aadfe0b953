/**
 * A desktop that can't be started: why, for a person who sees no window. What is not foreseen comes with its stack.
 */
import { app, dialog } from "electron/main"

/** A start that is refused. Its message says why, and what to do. */
export class StartRefused extends Error {
  override readonly name = "StartRefused"
}

/** How long a system may take until it can show something. */
const readyMillis = 10_000

/** Shows it. Never rejects. */
export const show = async (error: unknown): Promise<void> => {
  const text =
    error instanceof StartRefused
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error)
  const title = "Halte could not be started"
  // Electron shows nothing on Linux before it is ready, but writes it where a terminal shows it.
  if (!app.isReady()) {
    dialog.showErrorBox(title, text)
    if (process.platform !== "linux" || !(await isReady())) return
  }
  dialog.showErrorBox(title, text)
}

/** Where nothing works, it is never ready. */
const isReady = (): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), readyMillis)
    app.whenReady().then(
      () => {
        clearTimeout(timer)
        resolve(true)
      },
      () => resolve(false)
    )
  })
