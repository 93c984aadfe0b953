/**
 * `halte run FLOW`: collects the params of a flow, starts it, here or by a server, and follows it to its end.
 */
import {
  ControlSequences,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  FlowDescription
} from "@halte/engine/model"
import type { ParamSpec } from "@halte/flow-file"
import { Context, Effect, Option, Schema } from "effect"
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
import * as RunPage from "../RunPage.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as CheckTable from "../view/CheckTable.ts"
import * as PlanView from "../view/PlanView.ts"
import * as ChosenFlow from "./ChosenFlow.ts"
import * as Executing from "./Executing.ts"
import { exits, leave } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as FlowOfServer from "./FlowOfServer.ts"
import * as OutputFlags from "./OutputFlags.ts"
import { ParamsRefused } from "./ParamsRefused.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as ServerFlag from "./ServerFlag.ts"

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
  web: OutputFlags.switchFlag("web", "Also show it on a page, which can stop it as well"),
  ...ProjectFlag.flags,
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
      const place = yield* ServerFlag.place(given)
      return yield* place._tag === "Server"
        ? runThere(given, given.flow.value, place.from)
        : runHere(given, given.flow.value)
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
    { command: "halte run release --web", description: "Show it on a page, too" },
    { command: "halte run release.flow.yaml --help", description: "List the params of a flow" },
    {
      command: "halte run release --server http://127.0.0.1:4280",
      description: "Run a flow of a server there, and follow it here"
    }
  ])
)

type Given = Command.Command.Config.Infer<typeof flags>

/** In this process. */
const runHere = Effect.fnUntraced(function* (given: Given, wanted: string) {
  const chosen = yield* ChosenFlow.here(wanted, given)
  const ready = yield* prepare(given, chosen)
  if (ready === undefined) return ExitCode.completed
  const flow = Option.match(given.concurrency, {
    onNone: () => chosen.flow,
    onSome: (concurrency) => ({ ...chosen.flow, concurrency })
  })
  const opened = yield* ProjectFlag.openToRun(given, [flow])
  const begin = opened.executions.start(startOf(given, ready))
  const page = given.web ? yield* RunPage.listen({ ...opened, flow: ready.flow, record: opened.project }) : undefined
  return yield* followed(given, ready, opened, {
    begin: page === undefined ? begin : Effect.tap(begin, (id) => Effect.sync(() => page(id))),
    runAgain: ["run", wanted, ...sameAgain(chosen.specs, given)]
  })
})

/** By a server: everything but what is asked and shown. */
const runThere = Effect.fnUntraced(function* (given: Given, wanted: string, from: string) {
  yield* ServerFlag.refuseBeside(from, [
    ["--web", given.web, "the server has a page of its own, which `halte open` opens"],
    ["--ephemeral", given.ephemeral, "what a server runs, it keeps"],
    ["--concurrency", Option.isSome(given.concurrency), "how many steps run at a time there is for its flow to say"],
    ["--dir", Option.isSome(given.dir), "a server looks for flows, and runs programs, in its own project"]
  ])
  const opened = yield* ProjectFlag.open(given)
  const chosen = yield* ChosenFlow.there(opened, wanted)
  const ready = yield* prepare(given, chosen)
  if (ready === undefined) return ExitCode.completed
  const started = (it: Ready) =>
    followed(given, it, opened, { begin: FlowOfServer.start(opened, startOf(given, it), chosen.file) })
  return yield* started(ready).pipe(
    Effect.catchIf(
      (error): error is ExecutionsError.InvalidParams => error instanceof ExecutionsError.InvalidParams,
      (refused) =>
        Effect.flatMap(askedThere(given, chosen, ready, refused), (asked) =>
          started({ ...ready, params: { ...ready.params, ...asked } })
        )
    ),
    (all) => ProjectFlag.byItsClock(opened, all)
  )
})

interface Ready {
  readonly flow: string
  readonly params: Readonly<Record<string, unknown>>
  readonly answers: ReadonlyMap<string, unknown>
  readonly mode: Executing.Mode
}

/** Everything that comes before the start; `undefined` when none was asked for. */
const prepare = Effect.fnUntraced(function* (given: Given, chosen: ChosenFlow.ChosenFlow) {
  if (given.help) {
    const notes = yield* HelpNotes
    notes.lines = flowHelp(chosen)
    return yield* new CliError.ShowHelp({ commandPath: ["halte", "run"], errors: [] })
  }
  const output = yield* OutputFlags.output(given)
  const mode = yield* OutputFlags.mode(given, process.env, output.isTerminal("stdout"))
  const answers = yield* AnswersInput.collect(chosen.description, given.answer)
  const params = yield* collectParams(chosen, given)
  if (given.dryRun) {
    yield* dryRun(chosen, given, params, output)
    return undefined
  }
  if (mode !== "json" && mode !== "quiet")
    for (const warning of chosen.warnings)
      lines(
        output,
        "stderr",
        CheckTable.problem({ columns: output.size().columns, look: output.look("stderr") }, warning)
      )
  return { flow: chosen.description.name, params, answers, mode } satisfies Ready
})

const startOf = (given: Given, { flow, params }: Ready): Executions.StartRequest => ({
  flow,
  params,
  source: "Cli",
  by: Person.name(),
  stopAfter: Option.getOrUndefined(given.stopAfter)
})

/** From the start to the report. */
const followed = Effect.fnUntraced(function* <E, R>(
  given: Given,
  { answers, mode }: Ready,
  opened: ProjectFlag.Opened,
  how: {
    readonly begin: Effect.Effect<ExecutionId.ExecutionId, E, R>
    /** The arguments that start the same again, where nothing is kept. */
    readonly runAgain?: ReadonlyArray<string>
  }
) {
  const { again, executions, output, resumable, unrecorded } = opened
  const hints = Executing.hints(mode)
  const next: Executing.Next = (state) => {
    if (!hints || state.status === "Completed") return undefined
    return resumable || how.runAgain === undefined
      ? Executing.resumeWith(state, again)
      : { _tag: "RunAgain", command: CommandName.line(how.runAgain) }
  }
  const { signal, state } = yield* follow({
    executions,
    output,
    screen: yield* Executing.screen(mode, given, output, next),
    begin: Effect.map(how.begin, (id) => ({ id, attempt: 1 })),
    by: Person.name(),
    killGroups,
    leave,
    answers,
    answerHint: resumable ? Executing.answerHint(again) : answerBeforehand,
    unrecorded,
    lostHint: Executing.lost(opened, hints),
    server: Executing.serverOf(opened),
    notices: true
  })
  const exitCode = ExitCode.ofState(state, signal)
  Executing.report(output, mode, state, exitCode, next)
  return exitCode
})

/** Where no other process can reach the execution. */
const answerBeforehand = (_: string, step: string): string =>
  `Step \`${step}\` waits for an answer, and nobody can give one here. Give it at the start: \`--answer ${step}=true\`.`

const canAsk = (given: Given) => Effect.map(Ask, (ask) => !given.noInput && !given.json && ask.someone())

const collectParams = Effect.fnUntraced(function* (chosen: ChosenFlow.ChosenFlow, given: Given) {
  const { description, isElsewhere, isOpen, specs } = chosen
  const file = Option.isNone(given.params) ? {} : yield* ParamsFile.read(given.params.value)
  const { problems, values, ...collected } = ParamsInput.collect(specs, {
    pairs: given.param,
    file,
    env: process.env,
    isOpen
  })
  const missing = collected.missing.filter((spec) => !isElsewhere(spec))
  if (problems.length > 0 || (missing.length > 0 && !(yield* canAsk(given))))
    return yield* Effect.fail(
      new ParamsRefused(description.name, [...problems, ...missing.map(ParamsInput.missingProblem)])
    )
  const asked = missing.length === 0 ? {} : yield* AskParams.ask(missing)
  return { ...values, ...asked }
})

/** Params that were left to the server, which has no values for them either: a person is asked for these, once. */
const askedThere = Effect.fnUntraced(function* (
  given: Given,
  { isElsewhere, specs }: ChosenFlow.ChosenFlow,
  { params }: Ready,
  refused: ExecutionsError.InvalidParams
) {
  const missing = refused.problems.map(({ pointer }) =>
    specs.find((spec) => `/${spec.name}` === pointer && isElsewhere(spec) && !(spec.name in params))
  )
  const known = missing.filter((spec) => spec !== undefined)
  if (known.length < missing.length || !(yield* canAsk(given))) return yield* refused
  return yield* AskParams.ask(known)
})

const dryRun = Effect.fnUntraced(function* (
  { decode, description, specs }: ChosenFlow.ChosenFlow,
  given: Given,
  params: Readonly<Record<string, unknown>>,
  output: Output
) {
  const decoded = yield* Effect.mapError(decode(params), (problems) => new ParamsRefused(description.name, problems))
  const flow = Option.match(given.concurrency, {
    onNone: () => description,
    onSome: (concurrency) => ({ ...description, concurrency })
  })
  if (given.json) return lines(output, "stdout", [JSON.stringify(encode(flow))])
  lines(
    output,
    "stdout",
    PlanView.render({
      look: output.look("stdout"),
      columns: output.size().columns,
      flow,
      params: shownParams(specs, decoded),
      stopAfter: Option.getOrUndefined(given.stopAfter)
    })
  )
})

/** In one order of fields, wherever it comes from. */
const encode = Schema.encodeSync(FlowDescription.FlowDescription)

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

const flowHelp = ({ description, specs }: ChosenFlow.ChosenFlow): ReadonlyArray<string> => [
  `Params of ${description.name}${description.description === undefined ? "" : `: ${ControlSequences.strip(description.description)}`}`,
  ...(specs.length === 0
    ? [description.params === undefined ? "  It takes any." : "  It takes none."]
    : ParamsInput.help(specs))
]
