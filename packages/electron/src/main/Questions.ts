/**
 * Questions of yes and no, asked by the system's own dialog. No is what nothing happens by: it has the focus, it is what
 * closing the dialog means, and what is answered to a question that was taken back.
 */
import type { Answer, Question } from "@halte/web/DesktopBridge"
import { dialog } from "electron/main"
import type { BrowserWindow, MessageBoxOptions } from "electron/main"

const no: Answer = { yes: false, checked: false }

/** Asks over a window, which is brought to the front; without one, on its own. */
export const ask = async (
  question: Question,
  window: BrowserWindow | undefined,
  over?: AbortSignal,
  platform: NodeJS.Platform = process.platform
): Promise<Answer> => {
  const isOver = () => over?.aborted === true
  if (isOver()) return no
  const options: MessageBoxOptions = {
    type: "question",
    ...texts(question, platform),
    buttons: [question.yes, question.no],
    defaultId: 1,
    cancelId: 1,
    // On Windows these are buttons, not links.
    noLink: true,
    ...(question.checkbox === undefined ? undefined : { checkboxLabel: question.checkbox, checkboxChecked: false }),
    // Electron can't take back a dialog of macOS that has no window.
    ...(over === undefined || (platform === "darwin" && window === undefined) ? undefined : { signal: over })
  }
  if (window?.isMinimized() === true) window.restore()
  window?.show()
  const { checkboxChecked, response } = await (window === undefined
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(window, options))
  return isOver() ? no : { yes: response === 0, checked: checkboxChecked }
}

/** A dialog of macOS has no title: what it asks about stands above the question. */
const texts = ({ detail, message, title }: Question, platform: NodeJS.Platform): MessageBoxOptions =>
  platform === "darwin"
    ? { title, message: title, detail: detail === undefined ? message : `${message}\n\n${detail}` }
    : { title, message, ...(detail === undefined ? undefined : { detail }) }
