/**
 * The points at which a drill stops an execution: found in the events of an uninterrupted one, and named so that the next
 * execution comes to the same point, whatever the time it takes.
 *
 * @since 0.1.0
 */
import type { ExecutionEvent, LogLine } from "@halte/engine"

/**
 * The kinds of point, by what is stored at that moment:
 *
 * - `start`: the execution, and no step of it yet;
 * - `begin`: a step, or another try of it, has begun;
 * - `program`: a program of a step was started;
 * - `output`: the first line of a step;
 * - `middle`: half of the time that its program took;
 * - `cursor`: a batch of a loop is whole, or a step has told a cursor;
 * - `retry`: it waits before another try;
 * - `gate`: a question was asked, and is not answered;
 * - `clean-up`: a clean-up or an undo has begun;
 * - `done`: a step has completed, and nothing after it has begun.
 *
 * @since 0.1.0
 */
export const kinds = [
  "start",
  "begin",
  "program",
  "output",
  "middle",
  "cursor",
  "retry",
  "gate",
  "clean-up",
  "done"
] as const

/**
 * @since 0.1.0
 */
export type PointKind = (typeof kinds)[number]

/**
 * One point: the `ordinal`th time, from 1, that this happens to this step in an attempt. The `step` of `start` is empty.
 *
 * @since 0.1.0
 */
export interface DrillPoint {
  readonly kind: PointKind
  readonly step: string
  readonly ordinal: number
}

/**
 * The name of a point: `start`, `done:build`, `cursor:index:3`.
 *
 * @since 0.1.0
 */
export const toText = ({ kind, ordinal, step }: DrillPoint): string =>
  kind === "start" ? kind : `${kind}:${step}${ordinal === 1 ? "" : `:${ordinal}`}`

/**
 * Reads a name back; `undefined` when it is none.
 *
 * @since 0.1.0
 */
export const fromText = (text: string): DrillPoint | undefined => {
  if (text === "start") return { kind: "start", step: "", ordinal: 1 }
  const match = /^([a-z-]+):([a-z0-9/-]+)(?::([1-9][0-9]{0,8}))?$/.exec(text)
  const kind = kinds.find((one) => one === match?.[1])
  if (match === null || kind === undefined || kind === "start") return undefined
  return { kind, step: match[2]!, ordinal: Number(match[3] ?? 1) }
}

/**
 * The point in words, for people.
 *
 * @since 0.1.0
 */
export const inWords = ({ kind, ordinal, step }: DrillPoint): string => {
  const nth = ordinal === 1 ? "" : ` (time ${ordinal})`
  switch (kind) {
    case "start":
      return "before the first step"
    case "begin":
      return `when \`${step}\` has begun${ordinal === 1 ? "" : ` its try ${ordinal}`}`
    case "program":
      return `when the program of \`${step}\` has started${nth}`
    case "output":
      return `at the first line of \`${step}\``
    case "middle":
      return `half-way through \`${step}\``
    case "cursor":
      return `at cursor ${ordinal} of \`${step}\``
    case "retry":
      return `while \`${step}\` waits for another try${nth}`
    case "gate":
      return `while \`${step}\` waits for an answer${nth}`
    case "clean-up":
      return `during the clean-up of \`${step}\`${nth}`
    case "done":
      return `when \`${step}\` has completed`
  }
}

/**
 * A point of an uninterrupted execution; `afterMillis` of a `middle`: so long after the program was started.
 *
 * @since 0.1.0
 */
export interface FoundPoint extends DrillPoint {
  readonly afterMillis?: number
}

/** A program that took less than this has no middle that could be met. */
const shortestMillis = 20

/**
 * Counts what happens in one attempt, and names each point the moment it is passed. Steps of a sub-flow are named after the
 * step that runs it: `notes/tag`.
 *
 * @since 0.1.0
 */
export class PointCounter {
  private readonly counts = new Map<string, number>()
  /** By execution: what stands before the names of its steps. */
  private readonly prefixes = new Map<string, string>()
  private readonly passed: Array<FoundPoint> = [{ kind: "start", step: "", ordinal: 1 }]
  /** After the last of these nothing is left that could be stopped. */
  private lastBegin = 0

  /** The name of a step of an execution; `undefined` when that is none of this attempt. */
  nameOf(execution: string, step: string): string | undefined {
    const prefix = this.prefixes.get(execution)
    return prefix === undefined ? undefined : `${prefix}${step}`
  }

  private count(kind: PointKind, step: string): DrillPoint {
    const key = `${kind}:${step}`
    const ordinal = (this.counts.get(key) ?? 0) + 1
    this.counts.set(key, ordinal)
    const point = { kind, step, ordinal }
    this.passed.push(point)
    if (kind === "begin") this.lastBegin = this.passed.length
    return point
  }

  event(event: ExecutionEvent.ExecutionEvent): DrillPoint | undefined {
    if (event.type === "execution-started") {
      const { execution, parent } = event
      const above = parent === undefined ? undefined : this.nameOf(parent.execution, parent.step)
      if (above !== undefined) this.prefixes.set(execution, `${above}/`)
      else if (this.prefixes.size === 0) this.prefixes.set(execution, "")
      return undefined
    }
    const step = "step" in event ? this.nameOf(event.execution, event.step) : undefined
    if (step === undefined) return undefined
    switch (event.type) {
      case "step-started":
        return this.count("begin", step)
      case "process-started":
        return this.count("program", step)
      case "process-exited": {
        const isFirst = this.counts.get(`program:${step}`) === 1 && !this.counts.has(`middle:${step}`)
        if (!isFirst || event.tookMillis < shortestMillis) return undefined
        this.counts.set(`middle:${step}`, 1)
        const started = this.passed.findIndex((point) => point.kind === "program" && point.step === step)
        const middle = { kind: "middle" as const, step, ordinal: 1, afterMillis: Math.round(event.tookMillis / 2) }
        this.passed.splice(started + 1, 0, middle)
        if (started < this.lastBegin) this.lastBegin++
        return undefined
      }
      case "step-cursor":
        return this.count("cursor", step)
      case "step-retrying":
        return this.count("retry", step)
      case "gate-opened":
        return this.count("gate", step)
      case "clean-up-started":
        return this.count("clean-up", step)
      case "step-completed":
        return this.count("done", step)
      default:
        return undefined
    }
  }

  /** The first line of a step is a point; its other lines are none. */
  line(execution: string, { step }: LogLine.LogLine): DrillPoint | undefined {
    const name = this.nameOf(execution, step)
    return name === undefined || this.counts.has(`output:${name}`) ? undefined : this.count("output", name)
  }

  /** The points that were passed, in their order, without the ends of steps after which nothing began. */
  get points(): ReadonlyArray<FoundPoint> {
    return this.passed.filter(({ kind }, i) => kind !== "done" || i < this.lastBegin)
  }
}

/** Small, fast, and the same everywhere: which points are taken has to be the same on every machine. */
const random = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * At most `most` of the points, in their order: of each kind and step one before of any a second, so that a loop of a
 * thousand batches leaves room for the others. The same seed takes the same ones.
 *
 * @since 0.1.0
 */
export const sample = (points: ReadonlyArray<FoundPoint>, most: number, seed: number): ReadonlyArray<FoundPoint> => {
  if (points.length <= most) return points
  const next = random(seed)
  const shuffled = points.map((point) => ({ point, at: next() })).sort((a, b) => a.at - b.at)
  const rounds = new Map<string, number>()
  const ranked = shuffled.map(({ at, point }) => {
    const key = `${point.kind}:${point.step}`
    const round = rounds.get(key) ?? 0
    rounds.set(key, round + 1)
    return { point, round, at }
  })
  const taken = new Set(
    ranked
      .sort((a, b) => a.round - b.round || a.at - b.at)
      .slice(0, most)
      .map(({ point }) => point)
  )
  return points.filter((point) => taken.has(point))
}
