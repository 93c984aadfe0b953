/**
 * Rehearses stopping: runs a flow again and again in copies of its directory, stops it at each of its stopping points,
 * resumes it, and compares what it leaves with what an execution leaves that nobody stops.
 *
 * @since 0.1.0
 */
import { spawn } from "node:child_process"
import { availableParallelism } from "node:os"
import { dirname, join, resolve } from "node:path"
import { isMainThread } from "node:worker_threads"
import { Context, Duration, Effect, Layer, type Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import type { ExecutionStore, FlowError } from "@halte/engine"
import { FlowFile, type FlowFileError } from "@halte/flow-file"
import { ProcessRunnerNode } from "@halte/process"
import * as Attempt from "./Attempt.ts"
import * as AttemptProcess from "./AttemptProcess.ts"
import * as AttemptRecord from "./AttemptRecord.ts"
import * as Difference from "./Difference.ts"
import { DrillError } from "./DrillError.ts"
import type { Code, How } from "./DrillFinding.ts"
import * as DrillPoint from "./DrillPoint.ts"
import type { Baseline, DrillEvent, DrillReport, PointResult } from "./DrillReport.ts"
import * as DrillTarget from "./DrillTarget.ts"
import * as Rehearsal from "./Rehearsal.ts"
import * as Sandbox from "./Sandbox.ts"

export { DrillError } from "./DrillError.ts"
export { Code, DrillFinding, How } from "./DrillFinding.ts"
export type { DrillPoint } from "./DrillPoint.ts"
export { Baseline, Copied, DrillReport, PointResult, type DrillEvent } from "./DrillReport.ts"
export type { Drillable } from "./DrillTarget.ts"

/**
 * What is rehearsed, and how strictly.
 *
 * @since 0.1.0
 */
export interface DrillOptions {
  /** The directory that is copied and that the flow works in. @default the working directory */
  readonly directory?: string | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** Answers to gates, by step. @default `true` for a gate that only asks to approve or reject */
  readonly answers?: Readonly<Record<string, unknown>> | undefined
  /** Patterns of paths that are neither copied nor compared. `.git` and `.halte` never are; `node_modules` are linked. */
  readonly ignore?: ReadonlyArray<string> | undefined
  /** Patterns of the paths that are compared. @default all */
  readonly compare?: ReadonlyArray<string> | undefined
  /** A line for the shell that makes the copy ready, once. */
  readonly setup?: string | undefined
  /** How many points at most; a sample is taken from more. @default 50 */
  readonly points?: number | "all" | undefined
  /** Which sample: the same seed takes the same points. @default 1 */
  readonly seed?: number | undefined
  /** Only these points, by their names. */
  readonly only?: ReadonlyArray<string> | undefined
  /** How executions are stopped. @default asked to: `["interrupt"]` */
  readonly how?: ReadonlyArray<How> | undefined
  /** The longest time that a stop may take. @default "10 seconds" */
  readonly maxStop?: Duration.Input | undefined
  /** What a stop may take over the bound that was promised. @default "500 millis" */
  readonly slack?: Duration.Input | undefined
  /** The longest time that an execution may take. @default 10 minutes for the first one, then by the time that it took */
  readonly timeout?: Duration.Input | undefined
  /** How an uninterrupted execution ends. @default "completed" */
  readonly expect?: "completed" | "failed" | undefined
  /**
   * Sends HTTP requests that may change something on another machine: each time. Without, such a step fails.
   *
   * @default false
   */
  readonly requests?: boolean | undefined
  /** Findings that do not count. */
  readonly allow?: ReadonlyArray<Code> | undefined
  /** Executions at a time. @default the number of processors less one, at least one */
  readonly jobs?: number | undefined
  /** Keeps the files of points at which something was found. @default false */
  readonly keep?: boolean | undefined
  /** What params with `env` and expressions with `env.NAME` read. @default the environment of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Who stops a drill waits for its executions to stop; this ends them at once. @default nothing */
  readonly force?: AbortSignal | undefined
  /** Is told of each point when it is done. @default nobody */
  readonly onEvent?: ((event: DrillEvent) => void) | undefined
}

/**
 * Why there is no report.
 *
 * @since 0.1.0
 */
export type RunError = Attempt.AttemptError | FlowFileError | FlowError.FlowError | ExecutionStore.StoreUnavailable

const millisOf = (input: Duration.Input | undefined, otherwise: Duration.Input): number =>
  Duration.toMillis(Duration.fromInputUnsafe(input ?? otherwise))

/**
 * Rehearses stopping a flow: that of a file, one that was made in this program, or one that is made for a directory.
 *
 * **Details**
 *
 * It works on copies in a temporary directory, which are removed in the end. First the flow runs twice to its end: what
 * differs between the two differs by itself, and is not compared. Then it runs once for each point.
 *
 * **Gotchas**
 *
 * What the flow does outside of its directory (requests, a database, absolute paths) it really does, each time. A flow that
 * is given as a value changes the working directory of this process while it runs: give a function of the directory where
 * other code of this process minds. Time is real: no test clock.
 *
 * **Example** (A test of a flow file)
 *
 * ```ts
 * import { Drill } from "@halte/sdk/node"
 *
 * const report = await Drill.rehearse("release.flow.yaml", { directory: "test/fixture" })
 * if (report.status !== "clean") console.log(report.findings)
 * ```
 *
 * @since 0.1.0
 */
export const run = (given: DrillTarget.Drillable, asked: DrillOptions = {}): Effect.Effect<DrillReport, RunError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const begin = performance.now()
      const only = yield* pointsOf(asked.only)
      const file = typeof given === "string" ? resolve(process.cwd(), given) : undefined
      const cwd = resolve(asked.directory ?? process.cwd())
      const loaded = file === undefined ? undefined : yield* FlowFile.load(file, { cwd, env: asked.env })
      const target: DrillTarget.Drillable = file ?? given
      const options = withPlan(asked, loaded)
      const directory = options.directory ?? cwd
      const ignore = options.ignore ?? []
      const { attempt, jobs } = yield* runner(target, { directory, ignore, loaded, options })
      const sandbox = yield* Effect.acquireRelease(
        attemptPromise(() => Sandbox.make(directory, ignore)),
        (made) => Effect.promise(() => made.close())
      )
      options.onEvent?.({ type: "copied", copied: sandbox.copied, root: sandbox.root })
      yield* AttemptRecord.make(sandbox.template)
      if (options.setup !== undefined) yield* prepare(options.setup, sandbox)
      const maxStopMillis = millisOf(options.maxStop, "10 seconds")
      const rehearsing: Rehearsal.Rehearsing = {
        sandbox,
        attempt,
        request: {
          answers: options.answers ?? {},
          params: options.params ?? {},
          requests: options.requests ?? false,
          maxStopMillis,
          timeoutMillis: millisOf(options.timeout, "10 minutes")
        },
        ignore,
        compare: options.compare,
        slackMillis: millisOf(options.slack, "500 millis"),
        allow: new Set(options.allow),
        hidden: yield* hiddenOf(loaded?.flow ?? (typeof target === "object" ? target : undefined), options.params ?? {})
      }
      const before = yield* Rehearsal.filesOf(sandbox.template, rehearsing)
      const report = (more: Partial<DrillReport>): DrillReport => ({
        version: 1,
        flow: loaded?.flow.name ?? nameOf(target),
        status: "clean",
        seed: options.seed ?? 1,
        tookMillis: Math.round(performance.now() - begin),
        copied: sandbox.copied,
        points: [],
        findings: [],
        ...more
      })

      const first = yield* baseline("baseline-1", rehearsing)
      if (first._tag === "NotEnded")
        return first.code === "gate-not-answered"
          ? yield* new DrillError({
              code: "gate-not-answered",
              reason: `Gate \`${first.step}\` asks for a value, and nobody is there to give it.`,
              hint: `Name it: \`drill: { answers: { ${first.step.slice(first.step.lastIndexOf("/") + 1)}: … } }\`, or \`--answer ${first.step}=…\`.`
            })
          : report({ status: "failed", failure: { step: first.step, code: first.code, message: first.message } })
      const wanted = options.expect === "failed" ? "Failed" : "Completed"
      if (first.result.outcome !== wanted) {
        const failure = first.result.record.state.ended?.failure
        return report({
          status: "failed",
          failure: {
            step: failure?.step ?? "",
            code: failure?.failure.code ?? "not-failed",
            message: failure?.failure.message ?? `it ${first.result.outcome.toLowerCase()}, and should have failed`
          }
        })
      }
      const second = yield* baseline("baseline-2", rehearsing)
      const byItself = second._tag === "Ended" ? Difference.byItself(first.result, second.result) : Difference.nothing
      const tookMillis = first.result.record.state.ended!.tookMillis
      const found = first.seen.points ?? []
      const points = yield* chosen(found, only, options)
      const made: Baseline = {
        outcome: first.result.outcome,
        tookMillis: Math.round(tookMillis),
        steps: first.result.record.state.steps.size,
        points: found.length,
        taken: points.length,
        differsByItself: Difference.named(byItself)
      }
      options.onEvent?.({ type: "baseline", baseline: made })

      const timeoutMillis =
        options.timeout === undefined ? Math.max(60_000, tookMillis * 4 + 30_000) : rehearsing.request.timeoutMillis
      const each = { ...rehearsing, request: { ...rehearsing.request, timeoutMillis } }
      const uninterrupted = Rehearsal.leftBehind(first.seen, each)
      const work = (options.how ?? ["interrupt"]).flatMap((how) => points.map((point) => ({ how, point })))
      let done = 0
      const beganAt = performance.now()
      const tried = yield* Effect.forEach(
        work,
        ({ how, point }, i) =>
          Effect.gen(function* () {
            const name = `point-${i + 1}`
            const rehearse = (at: Sandbox.Place) =>
              Rehearsal.run(point, how, at, { expected: first.result, byItself, before }, each)
            let place = yield* attemptPromise(() => sandbox.make(name))
            let result = yield* rehearse(place)
            // A machine that had no time for it says nothing about the flow: what is late twice is late.
            if (result.findings.length > 0 && result.findings.every(({ code }) => code === "late-stop")) {
              yield* Effect.promise(() => sandbox.remove(place))
              place = yield* attemptPromise(() => sandbox.make(`${name}-again`))
              result = yield* rehearse(place)
            }
            const isKept = options.keep === true && result.result === "found"
            const kept = isKept ? yield* attemptPromise(() => sandbox.keep(place)) : undefined
            if (kept === undefined) yield* Effect.promise(() => sandbox.remove(place))
            const told: PointResult = kept === undefined ? result : { ...result, kept }
            done++
            const leftMillis = Math.round(((performance.now() - beganAt) / done) * (work.length - done))
            options.onEvent?.({ type: "point", result: told, done, total: work.length, leftMillis })
            return told
          }),
        { concurrency: jobs }
      )
      const results = [...uninterrupted, ...tried]
      const findings = results.flatMap((result) => result.findings)
      const slowest = results.reduce<PointResult | undefined>(
        // One that came to its end was not stopped.
        (most, one) => (one.stopped !== "Completed" && (one.stopMillis ?? -1) > (most?.stopMillis ?? -1) ? one : most),
        undefined
      )
      return report({
        status: findings.some(({ allowed }) => !allowed) ? "findings" : "clean",
        baseline: made,
        points: results,
        findings,
        ...(slowest?.stopMillis === undefined
          ? undefined
          : { slowest: { point: slowest.point, stopMillis: slowest.stopMillis } })
      })
    })
  )

/**
 * The same as a promise; what would be a failure rejects.
 *
 * @throws `DrillError`, `invalid-flow-file`, `invalid-flow`, `StoreUnavailable`
 *
 * @since 0.1.0
 */
export const rehearse = (
  target: DrillTarget.Drillable,
  options: DrillOptions & { readonly signal?: AbortSignal | undefined } = {}
): Promise<DrillReport> =>
  Effect.runPromise(run(target, options), options.signal === undefined ? undefined : { signal: options.signal })

/** The texts of secret params, which may stand in files. */
const hiddenOf = (flow: DrillTarget.AnyFlow | undefined, params: unknown) =>
  Effect.gen(function* () {
    if (flow === undefined || flow.params.secrets.length === 0) return []
    const decoded = yield* Effect.option(flow.params.decode(params))
    const given = (decoded._tag === "Some" ? decoded.value : params) as Readonly<Record<string, unknown>>
    const texts = flow.params.secrets.flatMap((name) => textsOf(given[name]))
    return texts.filter((text) => text.length > 0).map((text) => [text, "(secret)"] as const)
  })

const textsOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "number"
      ? [String(value)]
      : typeof value === "object" && value !== null
        ? Object.values(value).flatMap(textsOf)
        : []

/** What the file says, with what the caller says over it. */
const withPlan = (asked: DrillOptions, loaded: FlowFile.LoadedFlow | undefined): DrillOptions => {
  const plan = loaded?.drill
  if (loaded === undefined || plan === undefined) return asked
  const directory = plan.directory === undefined ? undefined : resolve(dirname(loaded.file), plan.directory)
  return {
    ...asked,
    directory: asked.directory ?? directory,
    setup: asked.setup ?? plan.setup,
    ignore: [...(plan.ignore ?? []), ...(asked.ignore ?? [])],
    compare: asked.compare ?? plan.compare,
    params: { ...plan.params, ...asked.params },
    answers: { ...plan.answers, ...asked.answers },
    points: asked.points ?? plan.points,
    allow: [...(plan.allow ?? []), ...(asked.allow ?? [])]
  }
}

const nameOf = (target: DrillTarget.Drillable): string => (typeof target === "object" ? target.name : "flow")

const attemptPromise = <A>(work: () => Promise<A>): Effect.Effect<A, DrillError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) =>
      error instanceof DrillError
        ? error
        : new DrillError({
            code: "sandbox-unusable",
            reason: `The copy can't be made: ${error instanceof Error ? error.message : String(error)}.`,
            hint: "Look at the space and the rights of the temporary directory."
          })
  })

const pointsOf = (only: ReadonlyArray<string> | undefined) =>
  Effect.forEach(only ?? [], (text) => {
    const point = DrillPoint.fromText(text)
    return point === undefined
      ? Effect.fail(
          new DrillError({
            code: "invalid-point",
            reason: `\`${text}\` is no point.`,
            hint: `A point is \`start\`, or a kind (${DrillPoint.kinds.slice(1).join(", ")}), a step and a number, such as \`cursor:index:3\`.`
          })
        )
      : Effect.succeed(point)
  })

const chosen = (
  found: ReadonlyArray<DrillPoint.FoundPoint>,
  only: ReadonlyArray<DrillPoint.DrillPoint>,
  { points = 50, seed = 1 }: DrillOptions
): Effect.Effect<ReadonlyArray<DrillPoint.FoundPoint>, DrillError> => {
  if (only.length === 0)
    return Effect.succeed(points === "all" ? found : DrillPoint.sample(found, Math.max(1, points), seed))
  const names = new Map(found.map((point) => [DrillPoint.toText(point), point]))
  const missing = only.find((point) => !names.has(DrillPoint.toText(point)))
  return missing === undefined
    ? Effect.succeed(only.map((point) => names.get(DrillPoint.toText(point))!))
    : Effect.fail(
        new DrillError({
          code: "point-not-passed",
          reason: `An uninterrupted execution does not come to \`${DrillPoint.toText(missing)}\`.`,
          hint: `It comes to ${[...names.keys()]
            .slice(0, 20)
            .map((name) => `\`${name}\``)
            .join(", ")}.`
        })
      )
}

const baseline = (name: string, rehearsing: Rehearsal.Rehearsing) =>
  Effect.gen(function* () {
    const place = yield* attemptPromise(() => rehearsing.sandbox.make(name))
    const ended = yield* Rehearsal.uninterrupted(place, rehearsing)
    yield* Effect.promise(() => rehearsing.sandbox.remove(place))
    return ended
  })

const prepare = (line: string, sandbox: Sandbox.Sandbox): Effect.Effect<void, DrillError> =>
  Effect.callback<void, DrillError>((resume) => {
    const { template } = sandbox
    const child = spawn(line, {
      shell: true,
      cwd: template.work,
      env: { ...process.env, TMPDIR: template.temporary },
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"]
    })
    let output = ""
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (piece: Buffer) => {
        output = (output + piece.toString()).slice(-2_000)
      })
    const failed = (why: string) =>
      resume(
        Effect.fail(
          new DrillError({
            code: "setup-failed",
            reason: `\`${line}\` ${why}${output.trim() === "" ? "" : `: ${output.trim().split("\n").at(-1)}`}.`,
            hint: "Correct `setup` of `drill`, or run it by hand in a copy of the directory."
          })
        )
      )
    child.once("error", (error) => failed(`can't be started: ${error.message}`))
    child.once("close", (code, signal) => {
      if (code !== 0) return failed(signal === null ? `exited with ${code}` : `was ended by ${signal}`)
      sandbox.changed()
      resume(Effect.void)
    })
    return Effect.sync(() => {
      if (child.pid !== undefined && child.exitCode === null)
        process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL")
    })
  })

const hasModules = ({ modules, subFlows }: FlowFile.LoadedFlow): boolean =>
  modules.length > 0 || subFlows.some(hasModules)

/** What runs attempts, and how many at a time. */
const runner = (
  target: DrillTarget.Drillable,
  from: {
    readonly directory: string
    readonly ignore: ReadonlyArray<string>
    readonly loaded: FlowFile.LoadedFlow | undefined
    readonly options: DrillOptions
  }
): Effect.Effect<
  {
    readonly jobs: number
    readonly attempt: (request: Attempt.AttemptRequest) => Effect.Effect<Attempt.AttemptSeen, Attempt.AttemptError>
  },
  DrillError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const { directory, ignore, loaded, options } = from
    const jobs = Math.max(1, options.jobs ?? availableParallelism() - 1)
    const crashes = options.how?.includes("crash") === true
    if (loaded !== undefined) {
      const { inside } = DrillTarget.placeOf(loaded.file, directory, ignore)
      const fileIn = ({ work }: Attempt.AttemptRequest["place"]) =>
        inside === undefined ? loaded.file : join(work, inside)
      // Modules see the working directory of their process, which is one for all that runs in it.
      if (crashes || hasModules(loaded))
        return { jobs, attempt: yield* AttemptProcess.make({ fileIn, env: options.env, force: options.force }) }
      const attempt = yield* inThisProcess(options)
      return { jobs, attempt: (request) => attempt(fileIn(request.place), request) }
    }
    if (crashes)
      return yield* new DrillError({
        code: "needs-flow-file",
        reason: "A flow that is made in this program can't be killed without this program.",
        hint: "Leave out `crash`, or drill a flow file."
      })
    const attempt = yield* inThisProcess(options)
    if (typeof target === "function") return { jobs, attempt: (request) => attempt(target, request) }
    if (!isMainThread)
      return yield* new DrillError({
        code: "needs-directory",
        reason: "This thread can't change its working directory to that of a copy.",
        hint: "Give a function that makes the flow for a directory, or run it in a process of its own."
      })
    return { jobs: 1, attempt: (request) => moved(request, attempt(target, request)) }
  })

const inThisProcess = (options: DrillOptions) =>
  Effect.map(Layer.build(Layer.mergeAll(ProcessRunnerNode.layer(), FetchHttpClient.layer)), (services) => {
    const capabilities = Context.get(services, ProcessRunnerNode.ProcessCapabilities)
    return (target: DrillTarget.Drillable, request: Attempt.AttemptRequest) =>
      Attempt.run(request, { target, env: options.env, services, capabilities, force: options.force })
  })

/** Runs it with the working directory, and the temporary one, of its place: the functions of a flow know no other. */
const moved = <A, E>({ place }: Attempt.AttemptRequest, attempt: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = { cwd: process.cwd(), temporary: process.env["TMPDIR"] }
      process.chdir(place.work)
      process.env["TMPDIR"] = place.temporary
      return before
    }),
    () => attempt,
    ({ cwd, temporary }) =>
      Effect.sync(() => {
        process.chdir(cwd)
        if (temporary === undefined) delete process.env["TMPDIR"]
        else process.env["TMPDIR"] = temporary
      })
  )
