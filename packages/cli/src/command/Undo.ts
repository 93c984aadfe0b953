/**
 * `halte undo ID`: takes back what completed, the last one first, and follows that as `run` does. What would be taken
 * back is shown first, and a person is asked, or says so beforehand with `--yes`.
 */
import { CommandTable, ExecutionsError, type Executions, Words } from "@halte/engine/model"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { follow } from "../Follow.ts"
import { Ask } from "../input/Ask.ts"
import * as StoredParams from "../input/StoredParams.ts"
import { killGroups } from "../KillGroups.ts"
import { lines } from "../terminal/Output.ts"
import * as UndoText from "../view/UndoText.ts"
import * as CommandGiven from "./CommandGiven.ts"
import * as Executing from "./Executing.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import { exits, leave } from "./Exit.ts"
import * as Interrupt from "./Interrupt.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as RefusedResume from "./RefusedResume.ts"
import * as Resume from "./Resume.ts"

const flags = {
  id: ExecutionArgument.argument,
  step: Flag.String("step").pipe(
    Flag.withMetavar("step"),
    Flag.withDescription("Undo only this step, or the steps of this group; may be repeated"),
    Flag.atLeast(0)
  ),
  param: Resume.flags.param,
  params: Resume.flags.params,
  definition: Flag.Literals("definition", ["stored", "current"]).pipe(
    Flag.withDescription("Whose undo counts when the flow has changed: stored as it began, or current"),
    Flag.optional
  ),
  reason: Interrupt.reason,
  dryRun: OutputFlags.switchFlag("dry-run", "Show what would be undone, run nothing"),
  yes: OutputFlags.switchFlag("yes", "Don't ask").pipe(Flag.withAlias("y")),
  ...ProjectFlag.flags,
  ...OutputFlags.progress,
  ...OutputFlags.common
}

export type Given = Command.Command.Config.Infer<typeof flags>

export const undo = Command.make("undo", flags, (given) =>
  exits(
    ProjectFlag.open(given).pipe(
      Effect.flatMap((opened) => ProjectFlag.byItsClock(opened, one(opened, given))),
      Effect.scoped,
      Effect.provide(Assembly.services)
    )
  )
).pipe(
  Command.withDescription("Take back what completed, the last one first"),
  Command.withExamples([
    { command: "halte undo 2X0YQ7", description: "Shows the steps in their order, then asks" },
    { command: "halte undo 2X0YQ7 --step upload --yes", description: "One step or group, for scripts" },
    { command: "halte undo 2X0YQ7 --dry-run", description: "Only shows them" }
  ])
)

const one = Effect.fnUntraced(function* (outer: ProjectFlag.Opened, given: Given) {
  const id = yield* ExecutionArgument.id(outer, given.id)
  const state = yield* outer.executions.get(id)
  const { output } = outer
  const plan = {
    look: output.look("stdout"),
    columns: output.size().columns,
    state,
    steps: given.step
  }
  if (given.dryRun) {
    lines(output, "stdout", UndoText.plan(plan))
    return ExitCode.completed
  }
  const refuse = (code: ExecutionsError.CommandRefused["code"], more?: { readonly steps: ReadonlyArray<string> }) =>
    new ExecutionsError.CommandRefused({ execution: id, command: "undo", code, status: state.status, ...more })
  const answer = CommandTable.answer(state.status, "undo")
  if (answer._tag === "Refuse") return yield* refuse(answer.code)
  // What there is to undo may be another thing by another definition: that is found out by whoever does it.
  const found = UndoText.targets(state, given.step)
  const asks = found.length > 0 && !given.yes
  const ask = yield* Ask
  if (asks && (given.noInput || given.json || !ask.someone()))
    return yield* new OutputFlags.UsageError({
      problem: `Undoing takes back ${Words.list(
        found.map(({ step }) => `\`${step}\``),
        5
      )}, so it needs a confirmation: add \`--yes\`.`
    })
  if (asks) {
    lines(output, "stdout", ["These are undone, one after the other:", ...UndoText.list(plan)])
    if (!(yield* ask.confirm(`Undo ${Words.title(state)} ${id}?`))) {
      lines(output, "stdout", [`Nothing was done: what ${Words.title(state)} ${id} did is kept.`])
      return ExitCode.completed
    }
  }
  return yield* Effect.scoped(attempt(outer, given, state))
})

/** In this process, or by the server that has it. What only a person can decide is asked, where there is one. */
const attempt = Effect.fnUntraced(function* (
  outer: ProjectFlag.Opened,
  given: Given,
  state: Effect.Success<ReturnType<Executions.ExecutionsShape["get"]>>
) {
  const mode = yield* OutputFlags.mode(given, process.env, outer.output.isTerminal("stdout"))
  const specs = yield* StoredParams.specs(state, yield* Resume.startedOf(outer.executions, state))
  const params = yield* Resume.changedParams(given, state, specs)
  const opened = outer.server === undefined ? yield* ProjectFlag.open(given, { engine: true }) : outer
  const { again, executions, output, unrecorded } = opened
  const next: Executing.Next = (after) =>
    !Executing.hints(mode)
      ? undefined
      : after.ended?.cause === "Undo"
        ? Executing.resumeWith(after, again)
        : { _tag: "Undo", command: CommandName.line(["undo", after.id, ...again]) }
  let request: Executions.UndoRequest = {
    ...CommandGiven.asker(),
    ...Option.match(given.reason, { onNone: () => ({}), onSome: (reason) => ({ reason }) }),
    ...(given.step.length === 0 ? undefined : { steps: given.step }),
    ...(params === undefined ? undefined : { params }),
    definition: Option.getOrUndefined(given.definition)
  }
  for (;;) {
    const followed = yield* follow({
      executions,
      output,
      screen: yield* Executing.screen(mode, given, output, next),
      begin: Effect.as(executions.undo(state.id, request), { id: state.id, attempt: state.attempt + 1 }),
      by: request.by,
      killGroups,
      leave,
      answerHint: Executing.answerHint(again),
      unrecorded,
      lostHint: Executing.lost(opened, Executing.hints(mode)),
      server: Executing.serverOf(opened),
      notices: true
    }).pipe(
      Effect.catchIf(
        (error): error is ExecutionsError.CommandRefused => error instanceof ExecutionsError.CommandRefused,
        (refused) =>
          Effect.map(
            RefusedResume.decide({ output, refused, request, specs, ask: !given.noInput && !given.json }),
            (decided) => {
              request = decided
              return undefined
            }
          )
      )
    )
    if (followed === undefined) continue
    const exitCode = ExitCode.ofState(followed.state, followed.signal)
    Executing.report(output, mode, followed.state, exitCode, next)
    return exitCode
  }
})
