/**
 * One rehearsal: an execution that is stopped at a point, looked at, resumed to its end, and compared with one that nobody
 * has stopped.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { DurationText, type ExecutionId, ExecutionState, type ExecutionStore, StopBound } from "@halte/engine"
import type { Survivors } from "@halte/process"
import type { AttemptError, AttemptRequest, AttemptSeen } from "./Attempt.ts"
import * as AttemptRecord from "./AttemptRecord.ts"
import * as Difference from "./Difference.ts"
import { type Code, type DrillFinding, hints, type How } from "./DrillFinding.ts"
import * as DrillPoint from "./DrillPoint.ts"
import type { PointResult } from "./DrillReport.ts"
import * as FileTree from "./FileTree.ts"
import * as Sandbox from "./Sandbox.ts"

/**
 * What an uninterrupted execution gave.
 *
 * @since 0.1.0
 */
export interface Result {
  readonly outcome: "Completed" | "Failed"
  readonly record: AttemptRecord.AttemptRecord
  /** Values with the paths of the copy named the same everywhere. */
  readonly values: Readonly<Record<string, unknown>>
  readonly files: FileTree.FileTree
}

/**
 * What all rehearsals share.
 *
 * @since 0.1.0
 */
export interface Rehearsing {
  readonly sandbox: Sandbox.Sandbox
  /** Runs an attempt: in this process, or in another. */
  readonly attempt: (request: AttemptRequest) => Effect.Effect<AttemptSeen, AttemptError>
  readonly request: Pick<AttemptRequest, "answers" | "maxStopMillis" | "params" | "requests" | "timeoutMillis">
  readonly ignore: ReadonlyArray<string>
  readonly compare: ReadonlyArray<string> | undefined
  /** Over the bound that was promised. */
  readonly slackMillis: number
  readonly allow: ReadonlySet<Code>
  /** What secret params say, by what is shown instead. */
  readonly hidden: ReadonlyArray<readonly [text: string, name: string]>
}

/**
 * The values of steps as they are compared: what names the place of this copy is named the same in every one.
 *
 * @since 0.1.0
 */
export const comparable = (
  values: Readonly<Record<string, unknown>>,
  place: Sandbox.Place
): Readonly<Record<string, unknown>> => {
  const same = Sandbox.same(place)
  const visit = (value: unknown): unknown => {
    if (typeof value === "string") return FileTree.replaced(value, same)
    if (Array.isArray(value)) return value.map(visit)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]))
  }
  return visit(values) as Readonly<Record<string, unknown>>
}

/**
 * The files of a place.
 *
 * @since 0.1.0
 */
export const filesOf = (place: Sandbox.Place, { compare, ignore }: Pick<Rehearsing, "compare" | "ignore">) =>
  Effect.promise(() => FileTree.read(place.work, { ignore, compare, same: Sandbox.same(place), stamps: place.stamps }))

/** Resumes at most this often: a second one names the steps that a person would have to. */
const mostResumes = 3

interface Baselines {
  readonly expected: Result
  readonly byItself: Difference.ByItself
  readonly before: FileTree.FileTree
}

/**
 * Rehearses one point.
 *
 * @since 0.1.0
 */
export const run = (
  point: DrillPoint.FoundPoint,
  how: How,
  place: Sandbox.Place,
  baselines: Baselines,
  rehearsing: Rehearsing
): Effect.Effect<PointResult, AttemptError> =>
  Effect.gen(function* () {
    const begin = performance.now()
    const rehearsal = new Rehearsal(DrillPoint.toText(point), how, rehearsing)
    const seen = yield* rehearsing.attempt({ ...rehearsing.request, place, stop: { point, how } })
    const result = (more: Partial<PointResult>): PointResult => ({
      point: rehearsal.point,
      how,
      result: rehearsal.findings.some(({ allowed }) => !allowed)
        ? "found"
        : seen.stop === undefined && !seen.killed
          ? "not-reached"
          : "passed",
      ...(seen.stop?.millis === undefined ? undefined : { stopMillis: Math.round(seen.stop.millis * 10) / 10 }),
      ...(seen.stop?.bound === undefined ? undefined : { bound: seen.stop.bound }),
      tookMillis: Math.round(performance.now() - begin),
      findings: rehearsal.findings,
      ...more
    })
    if (seen.execution === undefined) {
      rehearsal.find("not-resumable", [], "an execution", seen.refused?.message ?? "it did not start")
      return result({})
    }
    const id = seen.execution as ExecutionId.ExecutionId
    const stopped = yield* AttemptRecord.read(place, id)
    if (stopped === undefined) {
      rehearsal.find("record-differs", [], "the execution in the store", "it is not there")
      return result({})
    }
    const atStop = yield* filesOf(place, rehearsing)
    rehearsal.stopped(seen, stopped)
    const status = { stopped: stopped.state.status }
    if (seen.timedOut || (seen.stop !== undefined && seen.stop.millis === undefined)) return result(status)
    const last = yield* rehearsal.resume(seen, stopped, place)
    if (last === undefined) return result(status)
    const files = yield* filesOf(place, rehearsing)
    const trees = { expected: baselines.expected.files, seen: files, stopped: atStop, before: baselines.before }
    rehearsal.compare(last, comparable(last.values, place), trees, baselines)
    return result(status)
  })

class Rehearsal {
  readonly findings: Array<DrillFinding> = []
  readonly point: string
  private readonly how: How
  private readonly rehearsing: Rehearsing
  /** Steps that were under way at the stop: what is found later is theirs, as far as anybody can tell. */
  private underWay: ReadonlyArray<string> = []

  constructor(point: string, how: How, rehearsing: Rehearsing) {
    this.point = point
    this.how = how
    this.rehearsing = rehearsing
  }

  find(code: Code, steps: ReadonlyArray<string>, expected: string, seen: string, what?: string): void {
    this.findings.push({
      code,
      point: this.point,
      how: this.how,
      steps,
      ...(what === undefined ? undefined : { what }),
      expected: FileTree.replaced(expected, this.rehearsing.hidden),
      seen: FileTree.replaced(seen, this.rehearsing.hidden),
      hint: hints[code],
      allowed: this.rehearsing.allow.has(code)
    })
  }

  /** What the stop itself shows. */
  stopped(seen: AttemptSeen, record: AttemptRecord.AttemptRecord): void {
    const { request, slackMillis } = this.rehearsing
    const { state } = record
    const { partition } = state.ended ?? {}
    this.underWay = [
      ...(partition?.interrupted.map(({ step }) => step) ?? []),
      ...(partition?.terminated ?? []),
      ...(partition?.failed ?? [])
    ]
    if (seen.stop !== undefined) {
      const { bound, millis } = seen.stop
      const longest = `within ${DurationText.short(request.maxStopMillis)}`
      const promised =
        bound?._tag === "Within"
          ? `, promised ${StopBound.toText(bound)}`
          : bound === undefined
            ? ""
            : `, ${StopBound.toText(bound)}`
      if (millis === undefined)
        this.find(
          "unstoppable",
          this.underWay,
          `a stop ${longest}${promised}`,
          "it had not stopped then, and was ended by force"
        )
      else if (this.how === "interrupt" && bound?._tag === "Within" && millis > bound.millis + slackMillis)
        this.find(
          "late-stop",
          bound.steps.length > 0 ? bound.steps : this.underWay,
          `a stop ${StopBound.toText(bound)}`,
          `it stopped after ${DurationText.short(millis)}`
        )
    } else if (seen.timedOut)
      this.find(
        "not-resumable",
        this.underWay,
        `an end within ${DurationText.short(request.timeoutMillis)}`,
        "it had not ended then, and was ended by force"
      )
    this.orphans(seen.orphans, state.processes)
    for (const problem of AttemptRecord.problems(record, AttemptRecord.withoutCleanUps(record, seen.ran)))
      this.find("record-differs", [], "what ran", problem)
    this.cleanUps(record, 1)
  }

  orphans(orphans: ReadonlyArray<Survivors.Survivor>, programs: ExecutionState.ExecutionState["processes"]): void {
    for (const { by, command, mark, pid } of orphans) {
      const owner = programs.find((p) => p.mark !== undefined && p.mark === mark)?.step
      const steps = owner === undefined ? this.underWay : [owner]
      const shown = command.length > 100 ? `${command.slice(0, 97)}…` : command
      this.find("orphan", steps, "no process of it alive", `\`${shown}\` (pid ${pid}, found by its ${by})`)
    }
  }

  private cleanUps({ events }: AttemptRecord.AttemptRecord, attempt: number): void {
    for (const event of events)
      if (event.attempt === attempt && event.type === "clean-up-ended" && event.failure !== undefined)
        this.find("clean-up-failed", [event.step], `a ${event.kind} that succeeds`, event.failure.message)
  }

  /** Resumes to the end; answers what is stored then, or nothing when it can't be resumed. */
  resume(
    first: AttemptSeen,
    stopped: AttemptRecord.AttemptRecord,
    place: Sandbox.Place
  ): Effect.Effect<AttemptRecord.AttemptRecord | undefined, AttemptError> {
    const { rehearsing } = this
    return Effect.gen({ self: this }, function* () {
      // A flow that fails uninterrupted has ended where it should.
      if (stopped.state.status === "Completed" || (stopped.state.status === "Failed" && first.stop === undefined))
        return stopped
      const execution = stopped.state.id
      let rerun: ReadonlyArray<string> = []
      for (let n = 0; n < mostResumes; n++) {
        const seen = yield* rehearsing.attempt({ ...rehearsing.request, place, resume: { execution, rerun } })
        if (seen.refused?.code === "needs-rerun") {
          this.find(
            "needs-rerun",
            seen.refused.steps,
            "a resume that needs nobody",
            "a person has to say that it may run again"
          )
          rerun = [...rerun, ...seen.refused.steps]
          continue
        }
        if (seen.refused !== undefined) {
          this.find("not-resumable", this.underWay, "a resume", seen.refused.message)
          return undefined
        }
        const record = yield* AttemptRecord.read(place, execution)
        if (record === undefined) return undefined
        this.orphans(seen.orphans, record.state.processes)
        if (seen.timedOut) {
          this.find(
            "not-resumable",
            this.underWay,
            `an end within ${DurationText.short(rehearsing.request.timeoutMillis)}`,
            "the resumed execution had not ended then, and was ended by force"
          )
          return undefined
        }
        const ran = AttemptRecord.withoutCleanUps(record, seen.ran)
        for (const problem of AttemptRecord.problems(record, ran)) this.find("record-differs", [], "what ran", problem)
        const again = stopped.state.ended?.partition.completed.filter((step) => (ran[step] ?? 0) > 0) ?? []
        if (again.length > 0)
          this.find("repeated-effect", again, "a completed step runs once", "it ran again after the resume")
        return record
      }
      return undefined
    })
  }

  compare(
    record: AttemptRecord.AttemptRecord,
    values: Readonly<Record<string, unknown>>,
    trees: Difference.Trees,
    { byItself, expected }: Baselines
  ): void {
    const { state } = record
    if (state.status !== expected.outcome) {
      const failure = state.ended?.failure
      const why =
        failure === undefined ? state.status : `${state.status}: \`${failure.step}\` failed: ${failure.failure.message}`
      this.find(
        state.status === "Failed" || state.status === "Interrupted" ? "not-resumable" : "different-result",
        failure === undefined ? this.underWay : [failure.step],
        expected.outcome,
        why
      )
      return
    }
    // A killed engine may repeat the batch that it had not committed.
    for (const what of this.how === "interrupt" ? AttemptRecord.repeated(record.events) : [])
      this.find(
        "repeated-effect",
        [what.split(" ", 1)[0]!],
        "each step and each batch is completed once",
        `\`${what}\` again`
      )
    for (const { code, expected: wanted, seen, step, what } of Difference.ofValues(
      expected.values,
      values,
      byItself.values
    ))
      this.find(code, step === undefined ? this.underWay : [step], wanted, seen, what)
    for (const { code, expected: wanted, seen, what } of Difference.ofFiles(trees, byItself))
      this.find(code, this.underWay, wanted, seen, what)
  }
}

/**
 * What an uninterrupted execution has left running, as the result of a point of its own; nothing when it has left nothing.
 *
 * @since 0.1.0
 */
export const leftBehind = (seen: AttemptSeen, rehearsing: Rehearsing): ReadonlyArray<PointResult> => {
  if (seen.orphans.length === 0) return []
  const rehearsal = new Rehearsal("uninterrupted", "interrupt", rehearsing)
  rehearsal.orphans(seen.orphans, [])
  return [
    {
      point: rehearsal.point,
      how: "interrupt",
      result: rehearsal.findings.some(({ allowed }) => !allowed) ? "found" : "passed",
      tookMillis: 0,
      findings: rehearsal.findings
    }
  ]
}

/**
 * An uninterrupted execution in a place: what it gave, or why it gave nothing.
 *
 * @since 0.1.0
 */
export const uninterrupted = (
  place: Sandbox.Place,
  rehearsing: Rehearsing
): Effect.Effect<
  | { readonly _tag: "Ended"; readonly result: Result; readonly seen: AttemptSeen }
  | { readonly _tag: "NotEnded"; readonly step: string; readonly code: string; readonly message: string },
  AttemptError | ExecutionStore.StoreUnavailable
> =>
  Effect.gen(function* () {
    const seen = yield* rehearsing.attempt({ ...rehearsing.request, place })
    if (seen.refused !== undefined) return { _tag: "NotEnded", step: "", ...seen.refused }
    if (seen.unanswered !== undefined)
      return {
        _tag: "NotEnded",
        step: seen.unanswered,
        code: "gate-not-answered",
        message: `it asks for a value: give one with \`drill: { answers: { ${seen.unanswered}: … } }\``
      }
    const record =
      seen.execution === undefined
        ? undefined
        : yield* AttemptRecord.read(place, seen.execution as ExecutionId.ExecutionId)
    const state = record?.state
    if (
      record === undefined ||
      state === undefined ||
      seen.timedOut ||
      (state.status !== "Completed" && state.status !== "Failed")
    )
      return {
        _tag: "NotEnded",
        step:
          [
            ...(state?.ended?.partition.terminated ?? []),
            ...(state?.ended?.partition.interrupted.map(({ step }) => step) ?? [])
          ][0] ?? "",
        code: seen.timedOut ? "timed-out" : "not-ended",
        message: seen.timedOut
          ? `it had not ended within ${DurationText.short(rehearsing.request.timeoutMillis)}`
          : `it ended as ${state?.status ?? "nothing"}`
      }
    return {
      _tag: "Ended",
      seen,
      result: {
        outcome: state.status,
        record,
        values: comparable(record.values, place),
        files: yield* filesOf(place, rehearsing)
      }
    }
  })
