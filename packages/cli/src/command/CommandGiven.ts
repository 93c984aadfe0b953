/**
 * Gives a command to an execution and says what it did: what `interrupt`, `pause`, `terminate` and `answer` share.
 */
import { ExecutionHandle, type Executions, type ExecutionsError, type ExecutionState } from "@halte/engine/model"
import { Clock, Effect } from "effect"
import * as Person from "../Person.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as ReceiptText from "../view/ReceiptText.ts"
import type * as ProjectFlag from "./ProjectFlag.ts"

/** Who asks from this command line. */
export const asker = (): { readonly source: "Cli"; readonly by?: string } => {
  const by = Person.name()
  return { source: "Cli", ...(by === undefined ? undefined : { by }) }
}

/** With `wait`, also how it ended. */
export const give = <E>(
  { again, executions, output }: ProjectFlag.Opened,
  before: ExecutionState.ExecutionState,
  command: Effect.Effect<Executions.Receipt, E>,
  text: (input: ReceiptText.ReceiptInput) => ReadonlyArray<string>,
  wait = false
): Effect.Effect<number, E | ExecutionsError.ExecutionNotFound | ExecutionsError.Always> =>
  Effect.gen(function* () {
    const input = (receipt: Executions.Receipt) =>
      Effect.gen(function* () {
        return {
          look: output.look("stdout"),
          columns: output.size().columns,
          now: yield* Clock.currentTimeMillis,
          receipt,
          state: yield* executions.get(before.id),
          again
        }
      })
    const receipt = yield* command
    const given = yield* input(receipt)
    lines(output, "stdout", text(given))
    if (wait && given.state.endedAt === undefined) {
      yield* ExecutionHandle.make(executions, before.id).outcome
      lines(output, "stdout", ReceiptText.ended(yield* input(receipt)))
    }
    return ExitCode.completed
  })
