/**
 * The questions of the page as the system's own dialogs ask them: the same words, one below the other.
 */
import { type ExecutionState, type ExecutionStatus, Words } from "@halte/engine/model"
import * as TerminateText from "../stopping/TerminateText.ts"
import { desktop } from "./Desktop.ts"
import type { Answer, Question } from "./DesktopBridge.ts"

const keep = "Keep running"

/** R51, with what becomes of it. */
export const interrupt = (question: string, status: ExecutionStatus.ExecutionStatus, promise: string): Question => ({
  title: "Confirm Interrupt",
  message: cut(question, 1000),
  detail: cut(`${Words.state(status)} → ${Words.state("Interrupted")}: ${promise}`, 4000),
  yes: "Interrupt",
  no: keep,
  checkbox: "Do not ask again"
})

export const terminate = (name: string, state: ExecutionState.ExecutionState): Question => {
  const half = TerminateText.halfDone(state)
  const title = cut(TerminateText.title(name), 200)
  return {
    title,
    // Some systems show no title.
    message: title,
    detail: cut(
      [
        TerminateText.text,
        `${Words.state(state.status)} → ${Words.state("Terminated")}: ${TerminateText.how(state)}`,
        ...(half === undefined ? [] : [`May be left half done: ${half}`])
      ].join("\n"),
      4000
    ),
    yes: "Terminate now",
    no: keep
  }
}

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`

/** Asks by the system's dialog; `undefined` where there is none, or it could not be shown. */
export const asked = async (question: Question): Promise<Answer | undefined> => {
  try {
    return await desktop?.call("ask", question)
  } catch {
    return undefined
  }
}
