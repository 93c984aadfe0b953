/**
 * `halte interrupt ID`: asks an execution to stop at its next stopping points.
 */
import { InterruptStrategy } from "@halte/engine/model"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as ReceiptText from "../view/ReceiptText.ts"
import * as CommandGiven from "./CommandGiven.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"

export const reason = Flag.String("reason").pipe(
  Flag.withMetavar("text"),
  Flag.withDescription("Why, for the record"),
  Flag.optional
)

export const wait = OutputFlags.switchFlag("wait", "Wait until it has stopped")

export const interrupt = Command.make(
  "interrupt",
  {
    id: ExecutionArgument.argument,
    reason,
    after: OutputFlags.whole("after", 0).pipe(
      Flag.withDescription("Let so many more steps start first; 0 lets the running ones end undisturbed"),
      Flag.optional
    ),
    wait,
    ...ProjectFlag.flags,
    ...OutputFlags.color
  },
  (given) =>
    ProjectFlag.using(given, (opened) =>
      Effect.gen(function* () {
        const id = yield* ExecutionArgument.id(opened, given.id)
        const before = yield* opened.executions.get(id)
        const strategy = Option.getOrUndefined(Option.map(given.after, InterruptStrategy.PollNextN))
        return yield* CommandGiven.give(
          opened,
          before,
          opened.executions.interrupt(id, {
            ...CommandGiven.asker(),
            ...Option.match(given.reason, { onNone: () => ({}), onSome: (text) => ({ reason: text }) }),
            ...(strategy === undefined ? undefined : { strategy })
          }),
          (input) => ReceiptText.interrupt(input, strategy),
          given.wait
        )
      })
    )
).pipe(
  Command.withDescription("Ask it to stop at its next stopping points"),
  Command.withExamples([
    { command: "halte interrupt 2X0YQ7 --wait", description: "And wait until it has stopped" },
    { command: 'halte interrupt 2X0YQ7 --reason "wrong token"', description: "The reason is kept with the execution" },
    { command: "halte interrupt 2X0YQ7 --after 2", description: "Two more steps, then stop" }
  ])
)
