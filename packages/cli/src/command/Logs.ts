/**
 * `halte logs ID [STEP]`: what the steps of an execution wrote.
 *
 * With `--json`: first `{"type":"stream","version":1}`, then one line of the log per line. Fields are only added within
 * a version.
 */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as LogLines from "./LogLines.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as StepArgument from "./StepArgument.ts"

const flags = {
  id: ExecutionArgument.argument,
  step: StepArgument.argument,
  follow: Flag.Boolean("follow").pipe(
    Flag.withAlias("f"),
    Flag.withDescription("Go on until the execution has ended"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  ),
  tail: OutputFlags.whole("tail", 0).pipe(Flag.withDescription("Only so many of the last lines"), Flag.optional),
  ...ProjectFlag.flags,
  ...OutputFlags.plain
}

export const logs = Command.make("logs", flags, (given) =>
  ProjectFlag.using(given, ({ again, executions, output }) =>
    Effect.gen(function* () {
      const id = yield* ExecutionArgument.id({ again, executions }, given.id)
      const step = Option.isNone(given.step)
        ? undefined
        : (yield* StepArgument.resolve(yield* executions.get(id), given.step.value)).id
      if (given.json) lines(output, "stdout", [JSON.stringify({ type: "stream", version: 1 })])
      yield* LogLines.each(
        executions,
        { id, step, follow: given.follow, tail: Option.getOrUndefined(given.tail) },
        LogLines.printer(output, { bare: step !== undefined, json: given.json })
      )
      return ExitCode.completed
    })
  )
).pipe(
  Command.withDescription("What the steps of an execution wrote"),
  Command.withExamples([
    { command: "halte logs 2X0YQ7", description: "Lines of all steps, each after the name of its step" },
    { command: "halte logs 2X0YQ7 upload/part-2 --follow", description: "Lines of one step, until the end" }
  ])
)
