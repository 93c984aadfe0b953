/**
 * `halte resume [ID]`: lets a paused execution go on, or begins the next attempt of one that has ended, in this process or
 * by the server that has it, and follows it as `run` does.
 */
import {
  type ExecutionEvent,
  ExecutionsError,
  type Executions,
  ExecutionStatus,
  type ExecutionState
} from "@halte/engine/model"
import { Clock, Effect, type FileSystem, Option, Stream } from "effect"
import { Argument, Command, Flag, type Prompt } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { follow } from "../Follow.ts"
import { Ask } from "../input/Ask.ts"
import * as ParamsFile from "../input/ParamsFile.ts"
import * as ParamsInput from "../input/ParamsInput.ts"
import * as StoredParams from "../input/StoredParams.ts"
import { killGroups } from "../KillGroups.ts"
import { lines } from "../terminal/Output.ts"
import * as ReceiptText from "../view/ReceiptText.ts"
import * as Resumable from "../view/Resumable.ts"
import * as ResumePlan from "../view/ResumePlan.ts"
import * as CommandGiven from "./CommandGiven.ts"
import * as Executing from "./Executing.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import { exits, leave } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"
import { ParamsRefused } from "./ParamsRefused.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as RefusedResume from "./RefusedResume.ts"
import { following } from "./Watch.ts"

export const flags = {
  id: ExecutionArgument.argument.pipe(Argument.optional),
  rerun: Flag.String("rerun").pipe(
    Flag.withMetavar("step"),
    Flag.withDescription("A step that is not idempotent and may run again; may be repeated"),
    Flag.atLeast(0)
  ),
  param: Flag.String("param").pipe(
    Flag.withAlias("p"),
    Flag.withMetavar("name=value"),
    Flag.withDescription("Another value for a param from here on; may be repeated"),
    Flag.atLeast(0)
  ),
  params: Flag.String("params").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Other values from a YAML or JSON file"),
    Flag.optional
  ),
  definition: Flag.Literals("definition", ["stored", "current"]).pipe(
    Flag.withDescription("Which counts when the flow has changed: stored as it began, or current"),
    Flag.optional
  ),
  stopAfter: OutputFlags.whole("stop-after", 0).pipe(
    Flag.withDescription("Stop by itself after this many steps"),
    Flag.optional
  ),
  dryRun: OutputFlags.switchFlag("dry-run", "Show what would run, run nothing"),
  watch: OutputFlags.switchFlag("watch", "Follow it too, where another process runs it"),
  ...ProjectFlag.flags,
  ...OutputFlags.progress,
  ...OutputFlags.common
}

export type Given = Omit<Command.Command.Config.Infer<typeof flags>, "id">

export const resume = Command.make("resume", flags, (given) =>
  exits(
    ProjectFlag.open(given).pipe(
      Effect.flatMap((opened) =>
        ProjectFlag.byItsClock(
          opened,
          Effect.flatMap(chosen(opened, given), (id) => one(opened, given, id))
        )
      ),
      Effect.scoped,
      Effect.provide(Assembly.services)
    )
  )
).pipe(
  Command.withDescription("Go on from where an execution stopped"),
  Command.withExamples([
    { command: "halte resume 2X0YQ7", description: "Done steps are not run again" },
    { command: "halte resume 2X0YQ7 --param target=./other", description: "With another value from here on" },
    { command: "halte resume 2X0YQ7 --rerun announce", description: "A step that may not simply run twice" },
    { command: "halte resume", description: "The one that can go on, or a choice" }
  ])
)

/** Executions that are offered. */
export const mostOffered = 9

/** The execution that is named, the only one that can go on, or the one that a person chooses. */
const chosen = Effect.fnUntraced(function* (
  opened: ProjectFlag.Opened,
  given: Command.Command.Config.Infer<typeof flags>
) {
  const { again, executions, now } = opened
  if (Option.isSome(given.id)) return yield* ExecutionArgument.id(opened, given.id.value)
  // A sub-flow goes on with its parent.
  const found = yield* executions.list({
    status: [...Resumable.statuses, "Paused"],
    children: false,
    limit: mostOffered + 1
  })
  const [first] = found
  if (first === undefined)
    return yield* new OutputFlags.UsageError({
      problem: `Nothing here can be resumed. \`${CommandName.line(["list", ...again])}\` shows what there is.`
    })
  if (found.length === 1) return first.id
  const ask = yield* Ask
  const shown = found.slice(0, mostOffered)
  if (given.noInput || !ask.someone())
    return yield* new OutputFlags.UsageError({
      problem: [
        "More than one execution can be resumed; name one:",
        ...shown.map((one) => `  ${CommandName.line(["resume", one.id, ...again])}  ${Resumable.title(one, now)}`),
        ...(found.length > shown.length ? [`  and more: ${CommandName.line(["list", ...again])}`] : [])
      ].join("\n")
    })
  return yield* ask.select(
    "Which one?",
    shown.map((one) => ({ title: Resumable.title(one, now), value: one.id }))
  )
})

/** Resumes one execution of an opened project. */
export const one = (
  opened: ProjectFlag.Opened,
  given: Given,
  id: ExecutionState.ExecutionState["id"]
): Effect.Effect<number, unknown, Assembly.Services | Prompt.Environment> =>
  Effect.gen(function* () {
    const { executions, output } = opened
    const state = yield* executions.get(id)
    if (given.dryRun) {
      lines(
        output,
        "stdout",
        ResumePlan.render({
          look: output.look("stdout"),
          columns: output.size().columns,
          state,
          rerun: given.rerun,
          stopAfter: Option.getOrUndefined(given.stopAfter)
        })
      )
      return ExitCode.completed
    }
    if (ExecutionStatus.isEnded(state.status)) return yield* Effect.scoped(nextAttempt(opened, given, state))
    const receipt = yield* executions.resume(id, CommandGiven.asker())
    if (given.watch) return yield* following(opened, given, { id, attempt: state.attempt })
    const after = yield* executions.get(id)
    lines(
      output,
      "stdout",
      ReceiptText.goOn({
        look: output.look("stdout"),
        columns: output.size().columns,
        now: yield* Clock.currentTimeMillis,
        receipt,
        state: after,
        again: opened.again
      })
    )
    return ExitCode.completed
  })

/** Begins the next attempt, in this process or by the server. What only a person can decide is asked, where there is one. */
const nextAttempt = Effect.fnUntraced(function* (
  outer: ProjectFlag.Opened,
  given: Given,
  state: ExecutionState.ExecutionState
) {
  const mode = yield* OutputFlags.mode(given, process.env, outer.output.isTerminal("stdout"))
  const specs = yield* StoredParams.specs(state, yield* startedOf(outer.executions, state))
  const params = yield* changedParams(given, state, specs)
  const opened = outer.server === undefined ? yield* ProjectFlag.open(given, { engine: true }) : outer
  const { again, executions, output, unrecorded } = opened
  const next: Executing.Next = (after) =>
    Executing.hints(mode) && after.status !== "Completed" ? Executing.resumeWith(after, again) : undefined
  let request: Executions.ResumeRequest = {
    ...CommandGiven.asker(),
    rerun: given.rerun,
    ...(params === undefined ? undefined : { params }),
    definition: Option.getOrUndefined(given.definition),
    stopAfter: Option.getOrUndefined(given.stopAfter)
  }
  for (;;) {
    const followed = yield* follow({
      executions,
      output,
      screen: yield* Executing.screen(mode, given, output, next),
      begin: Effect.as(executions.resume(state.id, request), { id: state.id, attempt: state.attempt + 1 }),
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

/** The event that began the first attempt. */
export const startedOf = (
  executions: Executions.ExecutionsShape,
  state: ExecutionState.ExecutionState
): Effect.Effect<
  ExecutionEvent.Of<"execution-started"> | undefined,
  ExecutionsError.ExecutionNotFound | ExecutionsError.Always
> =>
  executions.events(state.id).pipe(
    Stream.take(1),
    Stream.runHead,
    Effect.map((first): ExecutionEvent.Of<"execution-started"> | undefined =>
      Option.isSome(first) && first.value.type === "execution-started" ? first.value : undefined
    )
  )

/** Only the params that were given anew; the others stay as they are. */
export const changedParams: (
  given: Pick<Given, "param" | "params">,
  state: ExecutionState.ExecutionState,
  specs: Parameters<typeof ParamsInput.collect>[0]
) => Effect.Effect<
  Readonly<Record<string, unknown>> | undefined,
  ParamsRefused | Effect.Error<ReturnType<typeof ParamsFile.read>>,
  FileSystem.FileSystem
> = Effect.fnUntraced(function* (given, state, specs) {
  const file = Option.isNone(given.params) ? {} : yield* ParamsFile.read(given.params.value)
  const { problems, values } = ParamsInput.collect(specs, { pairs: given.param, file, env: {} })
  if (problems.length > 0) return yield* Effect.fail(new ParamsRefused(state.flow, problems))
  return Object.keys(values).length === 0 ? undefined : values
})
