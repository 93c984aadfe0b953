/**
 * One attempt of an execution in a place of its own: an engine is opened over the store there, starts or resumes it, stops
 * it at a point, waits for its end and is closed. The next attempt finds what is on the disk, and nothing else.
 *
 * @since 0.1.0
 */
import { resolve } from "node:path"
import { HttpClient, HttpClientError } from "effect/http"
import { Context, Deferred, Duration, Effect, Exit, Layer, Option, Scope } from "effect"
import {
  type EventBatch,
  type ExecutionEvent,
  type ExecutionId,
  ExecutionsError,
  ExecutionsLocal,
  type ExecutionStore,
  type FlowError,
  type LogLine,
  ModuleRunner,
  ProcessRunner,
  type StepContext,
  type StopBound
} from "@halte/engine"
import type { FlowFileError } from "@halte/flow-file"
import { ModuleRunnerNode, type ProcessRunnerNode, Survivors } from "@halte/process"
import { SqliteStore } from "@halte/store-sqlite"
import * as FlowSources from "../FlowSources.ts"
import * as AttemptRecord from "./AttemptRecord.ts"
import type { DrillError } from "./DrillError.ts"
import type { How } from "./DrillFinding.ts"
import { type FoundPoint, PointCounter } from "./DrillPoint.ts"
import * as DrillTarget from "./DrillTarget.ts"
import type { Place } from "./Sandbox.ts"

/**
 * What an attempt is to do.
 *
 * @since 0.1.0
 */
export interface AttemptRequest {
  readonly place: Omit<Place, "stamps">
  readonly params: unknown
  /** Answers to gates by the id of their step, or its last name. */
  readonly answers: Readonly<Record<string, unknown>>
  /** Resumes this execution; else a new one is started. */
  readonly resume?: { readonly execution: string; readonly rerun: ReadonlyArray<string> } | undefined
  readonly stop?: { readonly point: FoundPoint; readonly how: How } | undefined
  /** Whether requests are sent that may change something on another machine. */
  readonly requests: boolean
  /** How long a stop may take before it is ended by force. */
  readonly maxStopMillis: number
  /** How long all of it may take. */
  readonly timeoutMillis: number
}

/**
 * What was seen of it from outside; what happened in it is in its record.
 *
 * @since 0.1.0
 */
export interface AttemptSeen {
  readonly execution?: string | undefined
  /** There when its point was reached; without `millis` it did not stop in time, and was ended by force. */
  readonly stop?: { readonly millis?: number | undefined; readonly bound?: StopBound.StopBound | undefined } | undefined
  /** It was not over in time, and was ended by force. */
  readonly timedOut: boolean
  /** Its engine was killed. */
  readonly killed: boolean
  readonly refused?:
    | { readonly code: string; readonly message: string; readonly steps: ReadonlyArray<string> }
    | undefined
  /** Processes that were alive after its end, and have been ended since. */
  readonly orphans: ReadonlyArray<Survivors.Survivor>
  /** How often programs and modules were called, by step. */
  readonly ran: Readonly<Record<string, number>>
  /** The points that it passed, of one that was started and was not to be stopped. */
  readonly points?: ReadonlyArray<FoundPoint> | undefined
  /** A gate that wants a value that nobody has given. */
  readonly unanswered?: string | undefined
}

/**
 * @since 0.1.0
 */
export type AttemptError = DrillError | FlowFileError | FlowError.FlowError | ExecutionStore.StoreUnavailable

/** After force nothing is waited for longer than this; what does not end then is abandoned by the engine. */
const forced = Duration.seconds(15)

/**
 * What watches an attempt: it names the points as they are passed, and acts at the one that is meant.
 */
class Probe {
  execution: ExecutionId.ExecutionId | undefined
  bound: StopBound.StopBound | undefined
  readonly marks = new Set<string>()
  readonly leaders: Array<{ readonly pid: number; readonly startTime: number | undefined }> = []
  since = Survivors.now()
  readonly counter = new PointCounter()
  private readonly point: FoundPoint | undefined
  private readonly reach: () => void
  private readonly open: (gate: ExecutionEvent.Of<"gate-opened">) => void
  private timer: ReturnType<typeof setTimeout> | undefined
  private over = false

  constructor(
    point: FoundPoint | undefined,
    reach: () => void,
    open: (gate: ExecutionEvent.Of<"gate-opened">) => void
  ) {
    this.point = point
    this.reach = reach
    this.open = open
  }

  observe(store: ExecutionStore.ExecutionStoreShape): ExecutionStore.ExecutionStoreShape {
    return {
      ...store,
      append: (claim, events, options) =>
        Effect.tap(store.append(claim, events, options), () =>
          Effect.sync(() => this.appended(claim.execution, events))
        ),
      appendLog: (claim, lines) =>
        Effect.tap(store.appendLog(claim, lines), () => Effect.sync(() => this.logged(claim.execution, lines)))
    }
  }

  private appended(id: ExecutionId.ExecutionId, events: EventBatch.EventBatch): void {
    if (this.over) return
    this.execution ??= id
    for (const event of events) {
      if (event.type === "process-started") {
        if (event.mark !== undefined) this.marks.add(event.mark)
        this.leaders.push({ pid: event.pid, startTime: event.startTime })
      }
      if (event.type === "interrupt-requested" && this.execution === id) this.bound ??= event.bound
      const at = this.counter.event(event)
      this.passed(at)
      const { point } = this
      if (point?.kind === "middle" && at?.kind === "program" && at.step === point.step)
        this.timer ??= setTimeout(() => this.passed(point), point.afterMillis ?? 0)
      // After the point: one that is stopped here gets no answer.
      if (event.type === "gate-opened") this.open(event)
    }
  }

  private logged(id: ExecutionId.ExecutionId, lines: ReadonlyArray<LogLine.LogLine>): void {
    if (this.over) return
    for (const line of lines) this.passed(this.counter.line(id, line))
  }

  private passed(at: FoundPoint | undefined): void {
    const { point } = this
    if (at === undefined || point === undefined || this.over) return
    if (at.kind === point.kind && at.step === point.step && at.ordinal === point.ordinal) this.reach()
  }

  close(): void {
    this.over = true
    clearTimeout(this.timer)
  }
}

const isHere = (url: string): boolean => {
  const host = URL.canParse(url) ? new URL(url).hostname : ""
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** What would change something on another machine is not sent: a drill would do it again and again. */
const onlyReads = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transform(client, (response, request) =>
    ["GET", "HEAD", "OPTIONS"].includes(request.method) || isHere(request.url)
      ? response
      : Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({
              request,
              description: "a drill sends what may change something elsewhere only with `--requests`"
            })
          })
        )
  )

/** Programs work in the copy, and keep what is temporary beside it; each call is counted. */
const inPlace = (
  services: Context.Context<FlowSources.Services>,
  { place, requests }: Pick<AttemptRequest, "place" | "requests">,
  count: (step: StepContext.StepContextShape) => void
): Context.Context<FlowSources.Services> => {
  const programs = Context.get(services, ProcessRunner.ProcessRunner)
  const modules = Context.get(services, ModuleRunner.ModuleRunner)
  const temporary = { TMPDIR: place.temporary, TMP: place.temporary, TEMP: place.temporary }
  const client = Context.get(services, HttpClient.HttpClient)
  return services.pipe(
    Context.add(HttpClient.HttpClient, requests ? client : onlyReads(client)),
    Context.add(ProcessRunner.ProcessRunner, {
      run: (spec, step) => {
        count(step)
        return programs.run(
          { ...spec, cwd: resolve(place.work, spec.cwd ?? ""), env: { ...temporary, ...spec.env } },
          step
        )
      }
    }),
    Context.add(ModuleRunner.ModuleRunner, {
      ...modules,
      run: (spec, input, step) => {
        count(step)
        return modules.run(spec, input, step)
      },
      runBatch: (spec, inputs, options, step) => {
        count(step)
        return modules.runBatch(spec, inputs, options, step)
      }
    })
  )
}

/**
 * What an attempt is given besides its request.
 *
 * @since 0.1.0
 */
export interface Surroundings {
  readonly target: DrillTarget.Drillable
  readonly env: Readonly<Record<string, string | undefined>> | undefined
  /** Programs are run by one runner for all attempts of this process, each with marks of its own. */
  readonly services: Context.Context<Exclude<FlowSources.Services, ModuleRunner.ModuleRunner>>
  /** The number that it marks programs with. */
  readonly capabilities: ProcessRunnerNode.ProcessCapabilities["Service"]
  /** How this process is killed, where it may be. */
  readonly crash?: (() => void) | undefined
  /** When it is aborted, an attempt that is being stopped is ended by force. */
  readonly force?: AbortSignal | undefined
  /** Is told when the point is reached. */
  readonly reached?: (() => void) | undefined
}

const aborted = (signal: AbortSignal | undefined): Effect.Effect<void> =>
  signal === undefined
    ? Effect.never
    : Effect.callback((resume) => {
        const listen = () => resume(Effect.void)
        if (signal.aborted) return listen()
        signal.addEventListener("abort", listen, { once: true })
        return Effect.sync(() => signal.removeEventListener("abort", listen))
      })

/**
 * Runs an attempt.
 *
 * @since 0.1.0
 */
export const run = (request: AttemptRequest, around: Surroundings): Effect.Effect<AttemptSeen, AttemptError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { answers, maxStopMillis, params, place, resume, stop, timeoutMillis } = request
      const { engine } = around.capabilities
      const flow = yield* DrillTarget.make(around.target, { directory: place.work, env: around.env })
      // Threads of its own: what a module keeps in memory does not reach the next attempt.
      const modules = yield* Layer.build(ModuleRunnerNode.layer())
      const ran = new Map<string, number>()
      const services = inPlace(Context.merge(around.services, modules), request, ({ execution, step }) => {
        const name = probe.counter.nameOf(execution, step) ?? step
        ran.set(name, (ran.get(name) ?? 0) + 1)
      })
      const store = yield* SqliteStore.open({ file: AttemptRecord.fileOf(place), synchronous: "off" })
      const reached = yield* Deferred.make<number>()
      let seen: ReadonlyArray<{ readonly pid: number; readonly startTime: number }> = []
      let unanswered: string | undefined
      const fork = Effect.runForkWith(yield* Effect.context<never>())

      const reach = (): void => {
        if (stop === undefined || Deferred.isDoneUnsafe(reached) || probe.execution === undefined) return
        if (stop.how === "crash") return around.crash?.()
        seen = Survivors.below(probe.leaders.map(({ pid }) => pid))
        Deferred.doneUnsafe(reached, Effect.succeed(performance.now()))
        around.reached?.()
        const ask = stop.how === "terminate" ? executions.terminate : executions.interrupt
        fork(Effect.ignore(ask(probe.execution, { source: "Sdk", reason: "a drill" })))
      }
      const open = (gate: ExecutionEvent.Of<"gate-opened">): void => {
        const name = gate.step.slice(gate.step.lastIndexOf("/") + 1)
        const key = [gate.step, name].find((one) => one in answers)
        if (key === undefined && gate.schema !== undefined) {
          unanswered = gate.step
          fork(Effect.ignore(executions.terminate(gate.execution as ExecutionId.ExecutionId)))
          return
        }
        const value = key === undefined ? true : answers[key]
        fork(Effect.ignore(executions.answer(gate.execution as ExecutionId.ExecutionId, gate.step, value)))
      }
      const probe = new Probe(stop?.point, reach, open)
      yield* Effect.addFinalizer(() => Effect.sync(() => probe.close()))

      const work = yield* Scope.make()
      // A drill that is stopped stops what it has under way, and waits no longer for that than for any other stop.
      yield* Effect.addFinalizer(() => {
        const closing = Scope.close(work, Exit.void)
        const id = probe.execution
        if (id === undefined) return closing
        const force = Effect.ignore(executions.terminate(id, { source: "Sdk", reason: "a drill was stopped" }))
        return Effect.raceFirst(
          closing,
          Effect.andThen(
            Effect.raceFirst(Effect.sleep(maxStopMillis), aborted(around.force)),
            Effect.andThen(force, Effect.never)
          )
        )
      })
      const executions = yield* ExecutionsLocal.make<FlowSources.Services>({
        flows: [flow],
        store: probe.observe(store),
        owner: `${engine}-${crypto.randomUUID().slice(0, 8)}`,
        source: FlowSources.make({ project: place.work, env: around.env })
      }).pipe(Effect.provideContext(Context.add(services, Scope.Scope, work)))

      const beginning: Effect.Effect<ExecutionId.ExecutionId, ExecutionsError.ExecutionsError> =
        resume === undefined
          ? executions.start({ flow: flow.name, params })
          : Effect.map(
              executions.resume(resume.execution as ExecutionId.ExecutionId, {
                rerun: resume.rerun,
                ...(flow.params.secrets.length > 0 ? { params } : undefined)
              }),
              ({ execution }) => execution
            )
      const begun = yield* Effect.result(beginning)
      if (begun._tag === "Failure") {
        const { failure } = begun
        return {
          timedOut: false,
          killed: false,
          orphans: [],
          ran: {},
          refused: {
            code: failure.code,
            message: failure.message,
            steps: (failure instanceof ExecutionsError.CommandRefused ? failure.steps : undefined) ?? []
          }
        }
      }
      const id = begun.success
      if (stop?.point.kind === "start") reach()
      const ended = Effect.map(Effect.orDie(executions.outcome(id)), () => performance.now())
      const first = yield* Effect.raceAllFirst([
        ended,
        Effect.as(Deferred.await(reached), undefined),
        Effect.as(Effect.sleep(timeoutMillis), undefined)
      ])
      const requestedAt = Deferred.isDoneUnsafe(reached) ? yield* Deferred.await(reached) : undefined
      const endedAt =
        first === undefined && requestedAt !== undefined
          ? Option.getOrUndefined(yield* Effect.timeoutOption(ended, maxStopMillis))
          : first
      if (endedAt === undefined) {
        seen = [...seen, ...Survivors.below(probe.leaders.map(({ pid }) => pid))]
        yield* Effect.ignore(executions.terminate(id, { source: "Sdk", reason: "a drill: it does not stop" }))
        yield* Effect.timeoutOption(ended, forced)
      }
      const orphans = yield* Effect.promise(() =>
        Survivors.find({
          engine,
          marks: probe.marks,
          leaders: probe.leaders,
          directories: [place.work, place.temporary],
          seen,
          since: probe.since
        })
      )
      Survivors.end(orphans)
      return {
        execution: id,
        ...(requestedAt === undefined
          ? undefined
          : {
              stop: {
                ...(endedAt === undefined ? undefined : { millis: Math.max(0, endedAt - requestedAt) }),
                ...(probe.bound === undefined ? undefined : { bound: probe.bound })
              }
            }),
        timedOut: endedAt === undefined && requestedAt === undefined,
        killed: false,
        orphans,
        ran: Object.fromEntries(ran),
        ...(stop === undefined && resume === undefined ? { points: probe.counter.points } : undefined),
        ...(unanswered === undefined ? undefined : { unanswered })
      }
    })
  )
