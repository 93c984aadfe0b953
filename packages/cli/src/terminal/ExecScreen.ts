/**
 * One command: its output goes through untouched, what Halte has to say goes to standard error.
 */
import { CommandWords, ControlSequences, type ExecutionState } from "@halte/engine/model"
import * as CommandText from "../view/CommandText.ts"
import * as ConnectionText from "../view/ConnectionText.ts"
import { paint, plain } from "../view/Look.ts"
import { lines, type Output } from "./Output.ts"
import type { Screen } from "./Screen.ts"

export const make = (output: Output, options: { readonly quiet: boolean; readonly promise: number }): Screen => {
  const say = (texts: ReadonlyArray<string>, style: "dim" | "yellow" | "green" | "red" = "dim") => {
    const look = output.look("stderr")
    lines(
      output,
      "stderr",
      texts.map((text) => paint(look, style, plain(look, text)))
    )
  }
  return {
    logs: true,
    answers: false,
    begin: () => {
      if (!options.quiet) say([CommandWords.running])
    },
    event: () => {},
    turn: () => {},
    log: (line) => {
      const stream = line.stream === "stdout" ? "stdout" : "stderr"
      output.write(stream, `${output.isTerminal(stream) ? ControlSequences.strip(line.text) : line.text}\n`)
    },
    requested: (count) => {
      const echoed = output.isTerminal("stderr") && process.stdin.isTTY === true ? "\r" : ""
      if (count === 1)
        say(
          [
            ...CommandText.requested.map((text, i) => (i === 0 ? echoed + text : text)),
            CommandText.promise(options.promise)
          ],
          "yellow"
        )
      else if (count === 2) say([`${echoed}Terminating. Press Ctrl-C again to leave at once.`], "yellow")
    },
    connection: (news) => say([ConnectionText.text(news)], "yellow"),
    refused: (command, message) =>
      say([command === "interrupt" ? CommandWords.failedToInterrupt(message) : `${command}: ${message}`], "red"),
    say: (texts) => say(texts),
    end: (state: ExecutionState.ExecutionState) => {
      const texts = CommandText.ended(state).map((text) => ControlSequences.sentence(text))
      const style = state.status === "Completed" ? "green" : state.status === "Failed" ? "red" : "yellow"
      if (!options.quiet || state.status !== "Completed") say(texts, style)
    },
    restore: () => {}
  }
}
