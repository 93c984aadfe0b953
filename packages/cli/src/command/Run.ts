/**
 * `halte run FLOW`: loads a flow, collects its params, starts it and follows it to its end.
 */
import { ControlSequences } from "@halte/engine/model"
import { FlowFile, type ParamSpec } from "@halte/flow-file"
import { Context, Effect, Option, Result } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { follow } from "../Follow.ts"
import * as AnswersInput from "../input/AnswersInput.ts"
import * as AskParams from "../input/AskParams.ts"
import * as ParamsFile from "../input/ParamsFile.ts"
import * as ParamsInput from "../input/ParamsInput.ts"
import { Ask } from "../input/Ask.ts"
import { killGroups } from "../KillGroups.ts"
import * as Person from "../Person.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as CheckTable from "../view/CheckTable.ts"
import * as PlanView from "../view/PlanView.ts"
import * as Executing from "./Executing.ts"
import { exits, leave } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import { ParamsRefused } from "./ParamsRefused.ts"
import * as ProjectFlag from "./ProjectFlag.ts"

/** What the help of a command says about the flow that was named beside it. */
export class HelpNotes extends Context.Service<HelpNotes, { lines: ReadonlyArray<string> }>()("halte/HelpNotes") {}

const flags = {
  flow: FlowArgument.argument.pipe(Argument.optional),
  param: Flag.String("param").pipe(
    Flag.withAlias("p"),
    Flag.withMetavar("name=value"),
    Flag.withDescription("A param of the flow; may be repeated"),
    Flag.atLeast(0)
  ),
  params: Flag.String("params").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Params from a YAML or JSON file"),
    Flag.optional
  ),
  answer: Flag.String("answer").pipe(
    Flag.withMetavar("step=value"),
    Flag.withDescription("Answer to a step that waits for a person, given when it asks; may be repeated"),
    Flag.atLeast(0)
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Show what would run, run nothing"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  ),
  concurrency: OutputFlags.whole("concurrency", 1).pipe(
    Flag.withDescription("Steps that run at a time"),
    Flag.optional
  ),
  stopAfter: OutputFlags.whole("stop-after", 0).pipe(
    Flag.withDescription("Stop by itself after this many steps"),
    Flag.optional
  ),
  dir: FlowArgument.dir,
  project: ProjectFlag.flag,
  ephemeral: OutputFlags.ephemeral,
  help: Flag.Boolean("help").pipe(
    Flag.withAlias("h"),
    Flag.withDescription("Show help; with a flow, its params too"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  ),
  ...OutputFlags.progress,
  ...OutputFlags.common
}

export const run = Command.make("run", flags, (given) =>
  exits(
    Effect.gen(function* () {
      if (Option.isNone(given.flow)) {
        if (given.help) return yield* new CliError.ShowHelp({ commandPath: ["halte", "run"], errors: [] })
        return yield* new CliError.ShowHelp({
          commandPath: ["halte", "run"],
          errors: [new CliError.MissingArgument({ argument: "flow" })]
        })
      }
      const wanted = given.flow.value
      const cwd = yield* FlowArgument.directory(given.dir)
      const path = yield* FlowFile.find(wanted, cwd)
      const project = yield* Assembly.directory(Option.getOrUndefined(given.project))
      const loaded = yield* FlowFile.load(path, { cwd, project })
      if (given.help) {
        const notes = yield* HelpNotes
        notes.lines = flowHelp(loaded)
        return yield* new CliError.ShowHelp({ commandPath: ["halte", "run"], errors: [] })
      }
      const output = yield* OutputFlags.output(given)
      const mode = yield* OutputFlags.mode(given, process.env, output.isTerminal("stdout"))
      const answers = yield* AnswersInput.collect(loaded.description, given.answer)
      const params = yield* collectParams(loaded, given)
      if (given.dryRun) return yield* dryRun(loaded, given, params, output)
      if (mode !== "json" && mode !== "quiet")
        for (const warning of loaded.warnings)
          lines(
            output,
            "stderr",
            CheckTable.problem({ columns: output.size().columns, look: output.look("stderr") }, warning)
          )

      const flow = Option.match(given.concurrency, {
        onNone: () => loaded.flow,
        onSome: (concurrency) => ({ ...loaded.flow, concurrency })
      })
      const { executions, resumable, unrecorded } = yield* ProjectFlag.openToRun(given, [flow])
      const again = ProjectFlag.again(given)
      const hints = Executing.hints(mode)
      const next: Executing.Next = (state) => {
        if (!hints || state.status === "Completed") return undefined
        return resumable
          ? Executing.resumeWith(state, again)
          : { _tag: "RunAgain", command: CommandName.line(["run", wanted, ...sameAgain(loaded.params, given)]) }
      }
      const followed = yield* follow({
        executions,
        output,
        screen: yield* Executing.screen(mode, given, output, next),
        begin: Effect.map(
          executions.start({
            flow: loaded.flow.name,
            params,
            source: "Cli",
            by: Person.name(),
            stopAfter: Option.getOrUndefined(given.stopAfter)
          }),
          (id) => ({ id, attempt: 1 })
        ),
        by: Person.name(),
        killGroups,
        leave,
        answers,
        answerHint: resumable ? Executing.answerHint(again) : answerBeforehand,
        unrecorded,
        lostHint: hints && resumable ? Executing.lostHint(again) : undefined,
        notices: true
      })
      const exitCode = ExitCode.ofState(followed.state, followed.signal)
      Executing.report(output, mode, followed.state, exitCode, next)
      return exitCode
    }).pipe(Effect.scoped, Effect.provide(Assembly.services))
  )
).pipe(
  Command.withDescription("Run a flow"),
  Command.withExamples([
    { command: "halte run release.flow.yaml --param version=2.4.0", description: "Run a flow file" },
    {
      command: "halte run release --params release.json --stop-after 2",
      description: "Run two steps, then stop and look"
    },
    { command: "halte run release.flow.yaml --help", description: "List the params of a flow" }
  ])
)

type Given = Command.Command.Config.Infer<typeof flags>

/** Where no other process can reach the execution. */
const answerBeforehand = (_: string, step: string): string =>
  `Step \`${step}\` waits for an answer, and nobody can give one here. Give it at the start: \`--answer ${step}=true\`.`

const collectParams = Effect.fnUntraced(function* (loaded: FlowFile.LoadedFlow, given: Given) {
  const file = Option.isNone(given.params) ? {} : yield* ParamsFile.read(given.params.value)
  const collected = ParamsInput.collect(loaded.params, { pairs: given.param, file, env: process.env })
  const canAsk = !given.noInput && !given.json && (yield* Ask).someone()
  if (collected.problems.length > 0 || (collected.missing.length > 0 && !canAsk))
    return yield* Effect.fail(
      new ParamsRefused(loaded.flow.name, [...collected.problems, ...collected.missing.map(ParamsInput.missingProblem)])
    )
  const asked = collected.missing.length === 0 ? {} : yield* AskParams.ask(collected.missing)
  return { ...collected.values, ...asked }
})

const dryRun = Effect.fnUntraced(function* (
  loaded: FlowFile.LoadedFlow,
  given: Given,
  params: Readonly<Record<string, unknown>>,
  output: Output
) {
  const decoded = yield* Effect.result(loaded.flow.params.decode(params))
  if (Result.isFailure(decoded))
    return yield* Effect.fail(
      new ParamsRefused(
        loaded.flow.name,
        decoded.failure.map((p) => ({ name: p.pointer.slice(1), detail: `${p.detail}.` }))
      )
    )
  const flow = Option.match(given.concurrency, {
    onNone: () => loaded.description,
    onSome: (concurrency) => ({ ...loaded.description, concurrency })
  })
  if (given.json) {
    lines(output, "stdout", [JSON.stringify(flow)])
    return ExitCode.completed
  }
  lines(
    output,
    "stdout",
    PlanView.render({
      look: output.look("stdout"),
      columns: output.size().columns,
      flow,
      params: shownParams(loaded.params, decoded.success),
      stopAfter: Option.getOrUndefined(given.stopAfter)
    })
  )
  return ExitCode.completed
})

const shownParams = (
  specs: ReadonlyArray<ParamSpec.ParamSpec>,
  values: unknown
): ReadonlyArray<readonly [string, string]> => {
  const given = (typeof values === "object" && values !== null ? values : {}) as Readonly<Record<string, unknown>>
  return specs.flatMap((spec) => {
    const value = given[spec.name]
    if (value === undefined) return []
    const text = typeof value === "string" ? value : JSON.stringify(value)
    return [[spec.name, spec.secret ? "(secret)" : ControlSequences.strip(text)] as const]
  })
}

/** The arguments that start the same again, without secrets: these are asked for, or come from where they came from. */
const sameAgain = (specs: ReadonlyArray<ParamSpec.ParamSpec>, given: Given): ReadonlyArray<string> => {
  const secret = new Set(specs.filter((spec) => spec.secret).map((spec) => spec.name))
  return [
    ...(given.ephemeral ? ["--ephemeral"] : []),
    ...Option.match(given.dir, { onNone: () => [], onSome: (dir) => ["--dir", dir] }),
    ...Option.match(given.params, { onNone: () => [], onSome: (file) => ["--params", file] }),
    ...Option.match(given.concurrency, { onNone: () => [], onSome: (n) => ["--concurrency", String(n)] }),
    ...given.param.filter((pair) => !secret.has(pair.slice(0, pair.indexOf("=")))).flatMap((pair) => ["--param", pair])
  ]
}

const flowHelp = (loaded: FlowFile.LoadedFlow): ReadonlyArray<string> => [
  `Params of ${loaded.flow.name}${loaded.flow.description === undefined ? "" : `: ${ControlSequences.strip(loaded.flow.description)}`}`,
  ...(loaded.params.length === 0 ? ["  It takes none."] : ParamsInput.help(loaded.params))
]
