/**
 * `halte drill FLOW`: rehearses stopping a flow at its stopping points, in copies of the directory.
 *
 * With `--json`: one object a line, `{ "type": "stream", "version": 1 }` first, then what the drill tells, and
 * `{ "type": "report", … }` last.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { DrillPlan, FlowFile, type ParamSpec, Quantity } from "@halte/flow-file"
import type { Drill } from "@halte/sdk/node"
import { Deferred, Effect, Fiber, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import * as AnswersInput from "../input/AnswersInput.ts"
import * as ParamsFile from "../input/ParamsFile.ts"
import * as ParamsInput from "../input/ParamsInput.ts"
import * as LiveRegion from "../terminal/LiveRegion.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as SignalEcho from "../terminal/SignalEcho.ts"
import * as StopSignals from "../terminal/StopSignals.ts"
import * as DrillJunit from "../view/DrillJunit.ts"
import * as DrillText from "../view/DrillText.ts"
import { exits, leave } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import { ParamsRefused } from "./ParamsRefused.ts"

const duration = (name: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("duration"),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(Quantity.toMillis(text)),
      () => "write a duration such as 10s, 500ms or 1m30s"
    )
  )

const hows = ["interrupt", "terminate", "crash"] as const

const flags = {
  flow: FlowArgument.argument,
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
    Flag.withDescription("Answer to a step that waits for a person; may be repeated"),
    Flag.atLeast(0)
  ),
  points: Flag.String("points").pipe(
    Flag.withMetavar("all|n"),
    Flag.filterMap(
      (text): Option.Option<number | "all"> => {
        if (text === "all") return Option.some(text)
        return /^[1-9]\d{0,8}$/.test(text) ? Option.some(Number(text)) : Option.none()
      },
      () => "write `all`, or how many points are to be tried"
    ),
    Flag.withDescription("How many stopping points are tried (default 50); of more, a sample"),
    Flag.optional
  ),
  seed: OutputFlags.whole("seed", 0).pipe(
    Flag.withDescription("Which sample: the same seed takes the same points (default 1)"),
    Flag.optional
  ),
  only: Flag.String("only").pipe(
    Flag.withMetavar("point"),
    Flag.withDescription("Only this point, such as cursor:index:3; may be repeated"),
    Flag.atLeast(0)
  ),
  how: Flag.Literals("how", [...hows, "all"]).pipe(
    Flag.withDescription("How it is stopped: asked to, ended by force, or its engine killed; or all three"),
    Flag.withDefault("interrupt" as const)
  ),
  maxStop: duration("max-stop").pipe(
    Flag.withDescription("The longest time that a stop may take (default 10s)"),
    Flag.optional
  ),
  slack: duration("slack").pipe(
    Flag.withDescription("What a stop may take over the promised bound (default 500ms)"),
    Flag.optional
  ),
  timeout: duration("timeout").pipe(Flag.withDescription("The longest time of one execution"), Flag.optional),
  allow: Flag.Literals("allow", DrillPlan.findings).pipe(
    Flag.withDescription("A finding that does not count; may be repeated"),
    Flag.atLeast(0)
  ),
  jobs: OutputFlags.whole("jobs", 1).pipe(
    Flag.withDescription("Executions at a time (default: the processors less one)"),
    Flag.optional
  ),
  junit: Flag.String("junit").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Also write a report in JUnit's XML, for CI"),
    Flag.optional
  ),
  requests: OutputFlags.switchFlag("requests", "Send requests that may change something elsewhere, each time"),
  keep: OutputFlags.switchFlag("keep", "Keep the files of points where something was found"),
  dir: FlowArgument.dir,
  json: OutputFlags.switchFlag("json", "What happens as JSON lines on standard output"),
  ...OutputFlags.common
}

type Given = Command.Command.Config.Infer<typeof flags>

export const drill = Command.make("drill", flags, (given) => exits(Effect.scoped(rehearse(given)))).pipe(
  Command.withDescription("Rehearse stopping: interrupt at each stopping point, resume, compare"),
  Command.withExamples([
    { command: "halte drill release.flow.yaml", description: "Up to 50 stopping points, in copies of this directory" },
    { command: "halte drill release --points all --how all", description: "Every point, also by force and by a crash" },
    { command: "halte drill release --max-stop 10s --junit drill.xml", description: "In CI" },
    { command: "halte drill release --only cursor:index:3 --keep", description: "One point again, keeping its files" }
  ])
)

const rehearse = Effect.fnUntraced(function* (given: Given) {
  const output = yield* OutputFlags.output(given)
  const cwd = yield* FlowArgument.directory(given.dir)
  const path = yield* FlowFile.find(given.flow, cwd)
  const loaded = yield* FlowFile.load(path, { cwd })
  const answers = yield* AnswersInput.collect(loaded.description, given.answer)
  const params = yield* paramsOf(given, loaded)
  // It brings the store and the engine along.
  const sdk = yield* Effect.promise(() => import("@halte/sdk/node"))
  const again = againWith(given, loaded.params)
  const screen = screenOf(given, output)
  const force = new AbortController()
  const stop = yield* Deferred.make<StopSignals.StopRequest>()
  let root: string | undefined
  const heard = (request: StopSignals.StopRequest): void => {
    if (request.count === 1) {
      screen.say(
        "Interrupt requested. What runs is stopped, then the copies are removed. Press Ctrl-C again to end it by force."
      )
      Deferred.doneUnsafe(stop, Effect.succeed(request))
    } else if (request.count === 2) {
      screen.say("Ending by force. Press Ctrl-C again to leave at once.")
      force.abort()
    } else {
      screen.end()
      if (root !== undefined) lines(output, "stderr", [`Left behind: ${root}`])
      leave(ExitCode.terminated)
    }
  }
  yield* Effect.acquireRelease(StopSignals.install({ echoMillis: SignalEcho.detect(), onRequest: heard }), (signals) =>
    Effect.sync(signals.remove)
  )
  yield* Effect.addFinalizer(() => Effect.sync(() => screen.end()))
  const begin = performance.now()
  const seen: { copied?: Drill.Copied; points: Array<Drill.PointResult> } = { points: [] }
  const fiber = yield* Effect.forkChild(
    sdk.Drill.run(path, {
      directory: Option.getOrUndefined(Option.map(given.dir, () => cwd)),
      params,
      answers: Object.fromEntries(answers),
      points: Option.getOrUndefined(given.points),
      seed: Option.getOrUndefined(given.seed),
      only: given.only.length === 0 ? undefined : given.only,
      how: given.how === "all" ? hows : [given.how],
      maxStop: Option.getOrUndefined(given.maxStop),
      slack: Option.getOrUndefined(given.slack),
      timeout: Option.getOrUndefined(given.timeout),
      allow: given.allow,
      jobs: Option.getOrUndefined(given.jobs),
      keep: given.keep,
      requests: given.requests,
      force: force.signal,
      onEvent: (event) => {
        if (event.type === "copied") {
          root = event.root
          seen.copied = event.copied
        } else if (event.type === "point") seen.points.push(event.result)
        screen.event(event)
      }
    })
  )
  const first = yield* Effect.raceFirst(
    Effect.asSome(Fiber.join(fiber)),
    Effect.as(Deferred.await(stop), Option.none<Drill.DrillReport>())
  )
  if (Option.isNone(first)) yield* Fiber.interrupt(fiber)
  const report: Drill.DrillReport = Option.getOrElse(first, () => ({
    version: 1,
    flow: loaded.flow.name,
    status: "interrupted",
    seed: Option.getOrElse(given.seed, () => 1),
    tookMillis: Math.round(performance.now() - begin),
    copied: seen.copied ?? { directory: cwd, files: 0, bytes: 0, linked: [] },
    points: seen.points,
    findings: seen.points.flatMap(({ findings }) => findings)
  }))
  screen.end()
  screen.report(report, again)
  if (Option.isSome(given.junit)) yield* writeJunit(given.junit.value, DrillJunit.render(report, given.flow, again))
  yield* output.drained("stdout")
  switch (report.status) {
    case "clean":
      return ExitCode.completed
    case "interrupted": {
      const request = yield* Deferred.await(stop)
      return ExitCode.ofSignal(request.signal)
    }
    default:
      return ExitCode.failed
  }
})

const paramsOf = Effect.fnUntraced(function* (
  given: Given,
  { description, drill, params: specs }: FlowFile.LoadedFlow
) {
  const file = Option.isNone(given.params) ? {} : yield* ParamsFile.read(given.params.value)
  const { missing, problems, values } = ParamsInput.collect(specs, {
    pairs: given.param,
    file: { ...drill?.params, ...file },
    env: process.env
  })
  if (problems.length === 0 && missing.length === 0) return values
  return yield* Effect.fail(
    new ParamsRefused(description.name, [...problems, ...missing.map(ParamsInput.missingProblem)])
  )
})

/** The command that does a point again; secrets are left out of it. */
const againWith = (given: Given, specs: ReadonlyArray<ParamSpec.ParamSpec>): DrillText.Again => {
  const secret = new Set(specs.filter((spec) => spec.secret).map((spec) => spec.name))
  const params = given.param.filter((pair) => !secret.has(pair.slice(0, pair.indexOf("="))))
  return (point, how) =>
    CommandName.line([
      "drill",
      given.flow,
      ...Option.match(given.dir, { onNone: () => [], onSome: (dir) => ["--dir", dir] }),
      ...Option.match(given.params, { onNone: () => [], onSome: (file) => ["--params", file] }),
      ...params.flatMap((pair) => ["--param", pair]),
      ...given.answer.flatMap((pair) => ["--answer", pair]),
      ...(given.requests ? ["--requests"] : []),
      ...(how === "interrupt" ? [] : ["--how", how]),
      ...(point === "uninterrupted" ? [] : ["--only", point]),
      "--keep"
    ])
}

const writeJunit = (file: string, xml: string) =>
  Effect.try({
    try: () => {
      mkdirSync(dirname(resolve(file)), { recursive: true })
      writeFileSync(file, xml)
    },
    catch: (error) =>
      new OutputFlags.NotWritable({ file, reason: error instanceof Error ? error.message : String(error) })
  })

interface Screen {
  readonly event: (event: Drill.DrillEvent) => void
  readonly say: (text: string) => void
  readonly end: () => void
  readonly report: (report: Drill.DrillReport, again: DrillText.Again) => void
}

const screenOf = (given: Given, output: Output): Screen => {
  const say = (text: string) => lines(output, "stderr", [text])
  if (given.json) {
    const line = (value: unknown) => lines(output, "stdout", [JSON.stringify(value)])
    line({ type: "stream", version: 1 })
    return {
      event: line,
      say: () => undefined,
      end: () => undefined,
      report: (report) => line({ type: "report", report })
    }
  }
  const isLive = output.isTerminal("stdout") && !given.quiet && process.env["TERM"] !== "dumb" && !process.env["CI"]
  const live = isLive ? LiveRegion.make(output) : undefined
  const view = (): DrillText.DrillView => ({ look: output.look("stdout"), columns: output.size().columns })
  let found = 0
  const above = (texts: ReadonlyArray<string>) => {
    const write = () => lines(output, "stdout", texts)
    if (live === undefined) write()
    else live.above(write)
  }
  return {
    say: (text) => {
      if (live === undefined) say(text)
      else live.above(() => say(text))
    },
    end: () => live?.end(),
    event: (event) => {
      if (given.quiet) return
      switch (event.type) {
        case "copied":
          above([DrillText.copied(view(), event.copied)])
          live?.draw(["Running it uninterrupted, twice"])
          return
        case "baseline":
          above(DrillText.baseline(view(), event.baseline))
          live?.draw([DrillText.progress(view(), { done: 0, total: event.baseline.taken, found: 0, leftMillis: 0 })])
          return
        case "point": {
          const { done, leftMillis, result, total } = event
          found += result.findings.filter(({ allowed }) => !allowed).length
          // A terminal shows how far it is; what went well is only said on request.
          if (live === undefined || given.verbose || result.findings.length > 0)
            above([DrillText.point(view(), result)])
          live?.draw([DrillText.progress(view(), { done, total, found, leftMillis })])
        }
      }
    },
    report: (report, again) =>
      lines(output, "stdout", [...(given.quiet ? [] : [""]), ...DrillText.report(view(), report, again)])
  }
}
