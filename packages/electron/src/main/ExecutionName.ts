/**
 * What a person calls an execution: its flow and what it was started for, or the line of a command.
 */
import { CommandParams, ControlSequences, type ExecutionState, Words } from "@halte/engine/model"

/** Characters that fit into a menu, a dialog and a notification. */
const longest = 60

export const of = (state: ExecutionState.ExecutionState): string => {
  const line = isCommand(state) ? CommandParams.lineOf(state.params) : undefined
  return short(line ?? Words.title(state))
}

/** One of which nothing is known but its id: by the end of that, which differs. */
export const ofId = (id: string): string => `…${id.slice(-6)}`

/** Whether it is one command line, and no flow of the project. */
export const isCommand = (state: Pick<ExecutionState.ExecutionState, "flow">): boolean =>
  state.flow === CommandParams.flow

/** A text of somebody else in one line that has an end. */
export const short = (text: string, most = longest): string => {
  const line = ControlSequences.strip(text).replace(/\s+/g, " ").trim()
  // Whole characters: a half of one is none.
  const characters = [...line]
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`
}
