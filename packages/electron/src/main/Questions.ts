/**
 * Questions of yes and no, asked by the system's own dialog. No is what nothing happens by: it has the focus, it is what
 * closing the dialog means, and what is answered to a question that was taken back.
 */
import type { Answer, Question } from "@halte/web/DesktopBridge"
import type { BrowserWindow, MessageBoxOptions } from "electron/main"
import * as MessageBox from "./MessageBox.ts"

const no: Answer = { yes: false, checked: false }

/** Asks over a window, which is brought to the front, and with which the question goes; without one, on its own. */
export const ask = async (
  question: Question,
  window: BrowserWindow | undefined,
  over?: AbortSignal,
  platform: NodeJS.Platform = process.platform
): Promise<Answer> => {
  if (isOver(over)) return no
  const options: MessageBoxOptions = {
    type: "question",
    ...texts(question, platform),
    buttons: [question.yes, question.no],
    defaultId: 1,
    cancelId: 1,
    // On Windows these are buttons, not links.
    noLink: true,
    ...(question.checkbox === undefined ? undefined : { checkboxLabel: question.checkbox, checkboxChecked: false })
  }
  if (window?.isMinimized() === true) window.restore()
  window?.show()
  const answer = await MessageBox.show(window, options, over, platform)
  // What is over by now was not answered, also where the question could not be taken back.
  return answer === undefined || isOver(over) ? no : { yes: answer.response === 0, checked: answer.checkboxChecked }
}

const isOver = (over: AbortSignal | undefined): boolean => over?.aborted === true

/** A dialog of macOS has no title: what it asks about stands above the question. */
const texts = ({ detail, message, title }: Question, platform: NodeJS.Platform): MessageBoxOptions =>
  platform === "darwin"
    ? { title, message: title, detail: detail === undefined ? message : `${message}\n\n${detail}` }
    : { title, message, ...(detail === undefined ? undefined : { detail }) }
