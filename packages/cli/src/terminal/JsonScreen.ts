/**
 * Events as JSON, one per line, exactly as they are stored. The first line says what follows.
 */
import { ExecutionEvent } from "@halte/engine/model"
import * as ConnectionText from "../view/ConnectionText.ts"
import { lines, type Output } from "./Output.ts"
import type { Screen } from "./Screen.ts"

export const make = (output: Output, options: { readonly past?: boolean } = {}): Screen => {
  let waiting: Array<string> = []
  return {
    logs: false,
    answers: false,
    begin: () => lines(output, "stdout", [JSON.stringify({ type: "stream", version: 1 })]),
    event: (event, _, past) => {
      if (!past || options.past === true) waiting.push(ExecutionEvent.toJson(event))
    },
    turn: () => {
      lines(output, "stdout", waiting)
      waiting = []
    },
    log: () => {},
    requested: () => {},
    connection: (news) => lines(output, "stderr", [ConnectionText.text(news)]),
    refused: (command, message) => lines(output, "stderr", [`${command}: ${message}`]),
    say: (texts) => lines(output, "stderr", texts),
    end: () => {},
    restore: () => {}
  }
}
