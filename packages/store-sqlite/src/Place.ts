/**
 * Where a row of events or of log lines lies: the number of its execution, and the sequence of its last event or line, in
 * one integer.
 */
import * as SqliteFailure from "./SqliteFailure.ts"

/**
 * One more than the highest sequence. Numbers of executions have the rest of the 53 bits of an exact number: 33 million
 * of them.
 */
export const span = 2 ** 28

/** The place after which everything of an execution behind a sequence lies. */
export const of = (n: number, sequence: number): number => n * span + Math.min(Math.max(0, sequence), span - 1)

/** Throws for a sequence that has no place. */
export const assertFits = (sequence: number, file: string, id: string): void => {
  if (sequence >= span)
    throw SqliteFailure.refusal(
      `execution \`${id}\` has ${span - 1} events or lines, and \`${file}\` keeps no more of one; start another execution`
    )
}
