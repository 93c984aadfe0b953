/**
 * `halte answer ID STEP VALUE`: answers a step that waits for a person.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { parse } from "yaml"
import * as AnswersInput from "../input/AnswersInput.ts"
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
      Argument.withDescription("The answer, in YAML or JSON: true, 3, '{ to: beta }'"),
      Argument.optional
    ),
    approve: OutputFlags.switchFlag("approve", "Say yes, where only that is asked"),
    reject: OutputFlags.switchFlag("reject", "Say no, whatever is asked: the step fails"),
    reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the record"), Flag.optional),
    ...ProjectFlag.flags,
    ...OutputFlags.color
  },
  (given) =>
    ProjectFlag.using(given, (opened) =>
      Effect.gen(function* () {
        const { executions } = opened
        const named = yield* executions.get(yield* ExecutionArgument.id(opened, given.id))
        const { state: before, text } = yield* StepArgument.within(executions, named, given.step)
        const { id } = before
        const step = yield* StepArgument.resolve(before, text)
        const value = yield* answerOf(given, before.steps.get(step.id)?.gate)
        const request = {
          ...CommandGiven.asker(),
          ...(given.reject ? { reject: true } : undefined),
          ...Option.match(given.reason, { onNone: () => undefined, onSome: (reason) => ({ reason }) })
        }
        return yield* CommandGiven.give(opened, before, executions.answer(id, step.id, value, request), (input) =>
          ReceiptText.answer(input, step.id, given.reject || value === false ? undefined : { value })
        )
      })
    )
).pipe(
  Command.withDescription("Answer a step that waits for a person"),
  Command.withExamples([
    { command: "halte answer 2X0YQ7 ship --approve", description: "Go on" },
    { command: 'halte answer 2X0YQ7 ship --reject --reason "not on a Friday"', description: "The step fails" },
    { command: "halte answer 2X0YQ7 notes/ship --approve", description: "A step of the sub-flow that `notes` runs" },
    { command: "halte answer 2X0YQ7 ship '{ to: beta }'", description: "A step that asks for more" }
  ])
)

/** The value that was given in one of the three ways; `false` for a rejection. */
const answerOf = (
  given: { readonly value: Option.Option<string>; readonly approve: boolean; readonly reject: boolean },
  gate: { readonly schema?: unknown } | undefined
): Effect.Effect<unknown, OutputFlags.UsageError> => {
  const ways = [Option.isSome(given.value), given.approve, given.reject].filter((way) => way).length
  if (ways !== 1)
    return Effect.fail(
      new OutputFlags.UsageError({
        problem: `${ways === 0 ? "There is no answer." : "That is more than one answer."} Give a value, \`--approve\` or \`--reject\`.`
      })
    )
  if (given.reject) return Effect.succeed(false)
  if (given.approve && gate?.schema !== undefined)
    return Effect.fail(
      new OutputFlags.UsageError({
        problem: "`--approve` says yes, but the step asks for a value. Give that; `halte show` has the question."
      })
    )
  return given.approve ? Effect.succeed(true) : valueOf(Option.getOrThrow(given.value), gate?.schema === undefined)
}

/** A value in YAML, which JSON is part of; `yes` and `no` where only these can be meant. */
export const valueOf = (text: string, plain: boolean): Effect.Effect<unknown, OutputFlags.UsageError> => {
  const word = plain ? AnswersInput.decided(text) : text
  if (word !== text) return Effect.succeed(word)
  const value = Option.liftThrowable((yaml: string): unknown => parse(yaml, { maxAliasCount: 100 }))(text)
  return Option.match(value, {
    onNone: () => Effect.fail(new OutputFlags.UsageError({ problem: `\`${text}\` is no value in YAML or JSON.` })),
    onSome: Effect.succeed
  })
}
