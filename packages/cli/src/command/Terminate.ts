/**
 * `halte terminate ID`: ends an execution by force. What is in flight may be left half done, so a person is asked, or
 * says so beforehand with `--force`.
 */
import { DurationText, type ExecutionState, ExecutionStatus, Words } from "@halte/engine/model"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { Ask } from "../input/Ask.ts"
import { lines } from "../terminal/Output.ts"
import * as ReceiptText from "../view/ReceiptText.ts"
import { wrap } from "../view/TextWidth.ts"
import * as CommandGiven from "./CommandGiven.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as Interrupt from "./Interrupt.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"

export const terminate = Command.make(
  "terminate",
  {
    id: ExecutionArgument.argument,
    reason: Interrupt.reason,
    force: Flag.Boolean("force").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Don't ask"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    wait: Interrupt.wait,
    noInput: OutputFlags.noInput,
    ...ProjectFlag.flags,
    ...OutputFlags.color
  },
  (given) =>
    ProjectFlag.using(given, (opened) =>
      Effect.gen(function* () {
        const { executions, now, output } = opened
        const id = yield* ExecutionArgument.id(opened, given.id)
        const before = yield* executions.get(id)
        const half = inFlight(before)
        if (!given.force && !ExecutionStatus.isEnded(before.status)) {
          const ask = yield* Ask
          if (given.noInput || !ask.someone())
            return yield* new OutputFlags.UsageError({
              problem: `Terminating ${half.length === 0 ? "" : `may leave ${names(half)} half done, so it `}needs a confirmation: add \`--force\`.`
            })
          lines(output, "stdout", [
            ...wrap(inFlightText(before, now), output.size().columns),
            // A command to copy is never broken.
            ...(before.status === "Interrupting"
              ? []
              : [`More gently, at its next stopping points: ${CommandName.line(["interrupt", id, ...opened.again])}`])
          ])
          const sure = yield* ask.confirm(`Terminate ${Words.title(before)} ${id} now?`)
          if (!sure) {
            lines(output, "stdout", [`Nothing was done: ${Words.title(before)} ${id} goes on.`])
            return ExitCode.completed
          }
        }
        return yield* CommandGiven.give(
          opened,
          before,
          executions.terminate(id, {
            ...CommandGiven.asker(),
            ...Option.match(given.reason, { onNone: () => ({}), onSome: (text) => ({ reason: text }) })
          }),
          (input) =>
            ReceiptText.terminate(
              input,
              half.map((step) => step.id)
            ),
          given.wait
        )
      })
    )
).pipe(
  Command.withDescription("End it now; lists what may be half done"),
  Command.withExamples([
    { command: "halte terminate 2X0YQ7", description: "Asks first, naming the steps in flight" },
    { command: "halte terminate 2X0YQ7 --force", description: "For scripts" }
  ])
)

const inFlight = (state: ExecutionState.ExecutionState) =>
  [...state.steps.values()].filter((step) => ExecutionStatus.isActive(step.status))

const names = (steps: ReadonlyArray<ExecutionState.StepState>): string =>
  Words.list(
    steps.map((step) => `\`${step.id}\``),
    5
  )

/** What is in flight, and since when. */
const inFlightText = (state: ExecutionState.ExecutionState, now: number): string => {
  const half = inFlight(state)
  return half.length === 0
    ? "No step is in flight."
    : `In flight, and maybe left half done: ${Words.list(
        half.map((step) => `${step.id} (${DurationText.text(Math.max(0, now - (step.startedAt ?? now)))})`),
        5
      )}.`
}
