/**
 * `halte pause ID`: holds an execution at its next stopping points.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import * as ReceiptText from "../view/ReceiptText.ts"
import * as CommandGiven from "./CommandGiven.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"

export const pause = Command.make(
  "pause",
  { id: ExecutionArgument.argument, ...ProjectFlag.flags, ...OutputFlags.color },
  (given) =>
    ProjectFlag.using(given, (opened) =>
      Effect.gen(function* () {
        const id = yield* ExecutionArgument.id(opened, given.id)
        const before = yield* opened.executions.get(id)
        return yield* CommandGiven.give(
          opened,
          before,
          opened.executions.pause(id, CommandGiven.asker()),
          ReceiptText.pause
        )
      })
    )
).pipe(
  Command.withDescription("Hold it at its next stopping points"),
  Command.withExamples([{ command: "halte pause 2X0YQ7", description: "halte resume 2X0YQ7 lets it go on" }])
)
