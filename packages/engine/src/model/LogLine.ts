/**
 * One line that a step wrote. Output is no event: it is kept apart, capped per step, and read with `Executions.logs`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * `sequence` counts the lines of one execution from 1, over all its steps; lines dropped by a cap leave a gap. `cut`
 * marks a line longer than the cap, of which only the beginning is kept.
 *
 * @since 0.1.0
 */
export const LogLine = Schema.Struct({
  sequence: Schema.Int,
  at: Schema.Int,
  step: Schema.String,
  try: Schema.Int,
  stream: Schema.Literals(["stdout", "stderr", "log"]),
  text: Schema.String,
  cut: Schema.optionalKey(Schema.Boolean)
})
export type LogLine = typeof LogLine.Type
