/**
 * The question of the quit guard, asked with the system's own dialog. It blocks nothing: what runs goes on meanwhile, and
 * what the window shows, too.
 */
import { dialog } from "electron/main"
import type { BrowserWindow, MessageBoxOptions } from "electron/main"
import type { QuitAnswer, QuitQuestion } from "./QuitText.ts"

/** Asks over a window, which is brought to the front, or, without one, on its own. */
export const ask = async (
  question: QuitQuestion,
  window: BrowserWindow | undefined,
  signal: AbortSignal,
  platform: NodeJS.Platform = process.platform
): Promise<QuitAnswer | "Withdrawn"> => {
  if (signal.aborted) return "Withdrawn"
  const stay = question.buttons.findIndex(({ answer }) => answer === "Stay")
  // On macOS a dialog without a window can't be taken away: then what is answered is what a person has said.
  const canWithdraw = platform !== "darwin" || window !== undefined
  const options: MessageBoxOptions = {
    type: "question",
    title: question.title,
    message: question.message,
    detail: question.detail,
    buttons: question.buttons.map(({ label }) => label),
    defaultId: stay,
    cancelId: stay,
    // On Windows these are buttons, not links.
    noLink: true,
    ...(canWithdraw ? { signal } : undefined)
  }
  if (window !== undefined) {
    if (window.isMinimized()) window.restore()
    window.show()
  }
  const { response } = await (window === undefined
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(window, options))
  // A dialog that is taken away answers as if it had been closed.
  if (signal.aborted && canWithdraw) return "Withdrawn"
  return question.buttons[response]?.answer ?? "Stay"
}
