/**
 * `halte show ID [STEP]`: one execution, or one step of it.
 *
 * With `--json`: one object, the state; of a step `{ step, state, output, tries }`. Fields are only added.
 */
import { ExecutionHistory, type ExecutionState, ExecutionStateJson, ExecutionStatus } from "@halte/engine/model"
import { Effect, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines } from "../terminal/Output.ts"
import * as ExecutionPage from "../view/ExecutionPage.ts"
import * as StepPage from "../view/StepPage.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as LogLines from "./LogLines.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as StepArgument from "./StepArgument.ts"

const flags = {
  id: ExecutionArgument.argument,
  step: StepArgument.argument,
  log: Flag.Boolean("log").pipe(
    Flag.withDescription("Also what it wrote"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  ),
  ...ProjectFlag.flags,
  ...OutputFlags.plain
}

export const show = Command.make("show", flags, (given) =>
  ProjectFlag.using(given, (opened) =>
    Effect.gen(function* () {
      const { executions, output } = opened
      const id = yield* ExecutionArgument.id(opened, given.id)
      const state = yield* executions.get(id)
      if (Option.isSome(given.step)) yield* showStep(opened, state, given.step.value, given)
      else if (given.json) lines(output, "stdout", [ExecutionStateJson.toJson(state)])
      else lines(output, "stdout", ExecutionPage.render(yield* page(opened, state)))
      if (given.log && !given.json) {
        const step = Option.isNone(given.step) ? undefined : (yield* StepArgument.resolve(state, given.step.value)).id
        lines(output, "stdout", [""])
        yield* LogLines.each(
          executions,
          { id, step, follow: false },
          LogLines.printer(output, { bare: step !== undefined, json: false })
        )
      }
      return ExitCode.completed
    })
  )
).pipe(
  Command.withDescription("One execution: steps, interruptions, processes"),
  Command.withExamples([
    { command: "halte show 2X0YQ7", description: "Where it stopped, who asked, what is done and what is not" },
    { command: "halte show 2X0YQ7 test --log", description: "One step and all that it wrote" },
    { command: "halte show 2X0YQ7 --json", description: "The state as one JSON object" }
  ])
)

const page = Effect.fnUntraced(function* (
  { again, executions, now, output }: ProjectFlag.Opened,
  state: ExecutionState.ExecutionState
) {
  const history = ExecutionHistory.of(yield* eventsOf(executions, state))
  const command = (name: string) => CommandName.line([name, state.id, ...again])
  const input: ExecutionPage.PageInput = {
    look: output.look("stdout"),
    columns: output.size().columns,
    now,
    state,
    history,
    resume: ExecutionPage.isResumable(state) || state.status === "Paused" ? command("resume") : undefined,
    watch: ExecutionStatus.isEnded(state.status) ? undefined : command("watch")
  }
  return input
})

/** The events that the state is made of; of a live execution no more than these. */
const eventsOf = (executions: ProjectFlag.Opened["executions"], state: ExecutionState.ExecutionState) =>
  executions.events(state.id).pipe(
    Stream.takeUntil((event) => event.sequence >= state.sequence),
    Stream.runCollect
  )

const showStep = Effect.fnUntraced(function* (
  opened: ProjectFlag.Opened,
  state: ExecutionState.ExecutionState,
  name: string,
  given: { readonly json: boolean }
) {
  const { again, executions, output } = opened
  const step = yield* StepArgument.resolve(state, name)
  const input = yield* page(opened, state)
  const found = state.steps.get(step.id)
  const value =
    found?.status === "Completed" && step.steps === undefined ? yield* executions.output(state.id, step.id) : undefined
  if (given.json)
    return lines(output, "stdout", [
      JSON.stringify({
        step,
        state: found ?? null,
        ...(value === undefined ? undefined : { output: value }),
        tries: input.history.tries.get(step.id) ?? []
      })
    ])
  lines(
    output,
    "stdout",
    StepPage.render({
      ...input,
      step,
      output: value === undefined ? undefined : { value },
      log: CommandName.line(["logs", state.id, step.id, ...again])
    })
  )
})
