/**
 * Shows nothing but what a person who asks to stop has to know.
 */
import { lines, type Output } from "./Output.ts"
import type { Screen } from "./Screen.ts"

export const make = (output: Output): Screen => ({
  logs: false,
  answers: false,
  begin: () => {},
  event: () => {},
  turn: () => {},
  log: () => {},
  requested: () => {},
  refused: (command, message) => lines(output, "stderr", [`${command}: ${message}`]),
  say: (texts) => lines(output, "stderr", texts),
  end: () => {},
  restore: () => {}
})
