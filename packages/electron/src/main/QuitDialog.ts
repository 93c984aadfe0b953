/**
 * The question of the quit guard, asked with the system's own dialog. It blocks nothing: what runs goes on meanwhile, and
 * what the window shows, too.
 */
import type { BrowserWindow } from "electron/main"
import * as MessageBox from "./MessageBox.ts"
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
  const options = {
    type: "question" as const,
    title: question.title,
    message: question.message,
    detail: question.detail,
    buttons: question.buttons.map(({ label }) => label),
    defaultId: stay,
    cancelId: stay,
    // On Windows these are buttons, not links.
    noLink: true
  }
  if (window !== undefined) {
    if (window.isMinimized()) window.restore()
    window.show()
  }
  const answer = await MessageBox.show(window, options, signal, platform)
  return answer === undefined ? "Withdrawn" : (question.buttons[answer.response]?.answer ?? "Stay")
}
