/**
 * `halte answer ID STEP VALUE`: answers a step that waits for a person.
 */
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { parse } from "yaml"
import * as ReceiptText from "../view/ReceiptText.ts"
import * as CommandGiven from "./CommandGiven.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as StepArgument from "./StepArgument.ts"

export const answer = Command.make(
  "answer",
  {
    id: ExecutionArgument.argument,
    step: Argument.String("step").pipe(Argument.withDescription("The step that waits")),
    value: Argument.String("value").pipe(
      Argument.withDescription("The answer, in YAML or JSON: true, 3, '{ to: beta }'")
    ),
    ...ProjectFlag.flags,
    ...OutputFlags.color
  },
  (given) =>
    ProjectFlag.using(given, (opened) =>
      Effect.gen(function* () {
        const { executions } = opened
        const id = yield* ExecutionArgument.id(opened, given.id)
        const before = yield* executions.get(id)
        const step = yield* StepArgument.resolve(before, given.step)
        const plain = before.steps.get(step.id)?.gate?.schema === undefined
        const value = yield* valueOf(given.value, plain)
        return yield* CommandGiven.give(
          opened,
          before,
          executions.answer(id, step.id, value, CommandGiven.asker()),
          (input) => ReceiptText.answer(input, step.id, value)
        )
      })
    )
).pipe(
  Command.withDescription("Answer a step that waits for a person"),
  Command.withExamples([
    { command: "halte answer 2X0YQ7 ship true", description: "Approve; false rejects" },
    { command: "halte answer 2X0YQ7 ship '{ to: beta }'", description: "A step that asks for more" }
  ])
)

const words: Readonly<Record<string, boolean>> = { yes: true, approve: true, no: false, reject: false }

/** A value in YAML, which JSON is part of; `yes` and `no` where only these can be meant. */
export const valueOf = (text: string, plain: boolean): Effect.Effect<unknown, OutputFlags.UsageError> => {
  const word = plain ? words[text.toLowerCase()] : undefined
  if (word !== undefined) return Effect.succeed(word)
  const value = Option.liftThrowable((yaml: string): unknown => parse(yaml, { maxAliasCount: 100 }))(text)
  return Option.match(value, {
    onNone: () => Effect.fail(new OutputFlags.UsageError({ problem: `\`${text}\` is no value in YAML or JSON.` })),
    onSome: Effect.succeed
  })
}
