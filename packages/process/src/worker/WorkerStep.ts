/**
 * A step's context inside a worker: the same as in the engine's thread, over messages and one shared number.
 *
 * @since 0.1.0
 */
import type { ExecutionId, StepContext, StepId } from "@halte/engine"
import * as JsonValue from "./JsonValue.ts"
import { WorkerFailure } from "./WorkerFailure.ts"
import { demandOf, type FromWorker, mostLogBytes, readSignal, slots, type StepFacts } from "./WorkerMessage.ts"

/** Omits `job` from each member of the union. */
type Message = FromWorker extends infer M ? (M extends FromWorker ? Omit<M, "job"> : never) : never
type Effects = { readonly promise: (evaluate: () => Promise<void>) => unknown; readonly never: unknown }

/** The answer of a step that stopped half-way, as `interrupted` makes it. */
export class HalfWay {
  readonly cursor: unknown
  readonly partial: unknown
  readonly detail: string | undefined
  constructor(options: {
    readonly cursor?: unknown
    readonly partial?: unknown
    readonly detail?: string | undefined
  }) {
    this.cursor = options.cursor
    this.partial = options.partial
    this.detail = options.detail
  }
}

/** The answer of a step that finished all the same, as `completed` makes it. */
export class Finished {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

const sliceMillis = 5
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * @since 0.1.0
 */
export class WorkerStep {
  readonly context: StepContext.StepContextShape
  readonly #shared: Int32Array<SharedArrayBuffer>
  readonly #send: (message: Message) => void
  readonly #listeners = new Set<(demand: StepContext.Demand) => void>()
  readonly #commits = new Map<number, () => void>()
  readonly #abort = new AbortController()
  #cursors = 0
  /** A stopping point has told the work to leave: what it returns from now on is partial. */
  toldToLeave = false
  #turnedAt = performance.now()

  constructor(
    facts: StepFacts,
    shared: Int32Array<SharedArrayBuffer>,
    send: (message: Message) => void,
    effects: () => Effects | undefined
  ) {
    this.#shared = shared
    this.#send = send
    const demand = () => this.demand
    const requested = () => this.requested
    const signal = this.#abort.signal
    this.context = {
      ...facts,
      execution: facts.execution as ExecutionId.ExecutionId,
      step: facts.step as StepId.StepId,
      control: {
        get demand() {
          return demand()
        },
        get signal() {
          return requested() ? readSignal(shared) : undefined
        },
        subscribe: (listener) => {
          this.#listeners.add(listener)
          return () => void this.#listeners.delete(listener)
        },
        abortSignal: signal
      } as StepContext.StepControl,
      stop: this.#stopView(),
      signal,
      log: (text, stream = "log") => this.log(String(text), stream),
      report: (progress) => {
        const { done, message, total } = progress
        this.#send({
          _tag: "Report",
          progress: {
            done: Number(done),
            ...(total === undefined ? undefined : { total: Number(total) }),
            ...(message === undefined ? undefined : { message: String(message) })
          }
        })
      },
      saveCursor: (cursor, progress) => this.#saveCursor(cursor, progress, effects()),
      interrupted: (options) => new HalfWay(options ?? {}),
      completed: (value) => new Finished(value) as never,
      record: (fact) => this.#send({ _tag: "Record", fact: json("The fact", fact) as typeof fact }),
      // Only gates wait for answers, and gates don't run in workers.
      answer: effects()?.never as StepContext.StepContextShape["answer"],
      // The secrets stay in the engine's thread, which masks every line that comes from here.
      mask: (text) => text,
      kept: {},
      stopHere: (cursor) => this.#stopHere(cursor),
      quiet: (on) => this.#send({ _tag: "Quiet", on })
    }
  }

  get demand(): StepContext.Demand {
    return demandOf(Atomics.load(this.#shared, slots.demand))
  }

  get requested(): boolean {
    return Atomics.load(this.#shared, slots.demand) >= 2
  }

  /** The engine has changed its demand: wakes what waits for that. */
  demandChanged(): void {
    if (this.requested && !this.#abort.signal.aborted) this.#abort.abort()
    for (const listener of this.#listeners) listener(this.demand)
  }

  committed(cursor: number): void {
    this.#commits.get(cursor)?.()
    this.#commits.delete(cursor)
  }

  /** Logs, and waits while too much is under way: the thread then stands still until the engine has caught up. */
  log(text: string, stream: "stdout" | "stderr" | "log"): void {
    const size = text.length + 1
    while (Atomics.load(this.#shared, slots.logBytes) > mostLogBytes) {
      Atomics.wait(this.#shared, slots.logBytes, Atomics.load(this.#shared, slots.logBytes), 100)
    }
    Atomics.add(this.#shared, slots.logBytes, size)
    this.#send({ _tag: "Log", text, stream })
  }

  #stopHere(cursor: unknown): void {
    this.toldToLeave = true
    this.#send({ _tag: "StopHere", cursor: cursor === undefined ? undefined : json("The cursor", cursor) })
    if (!this.#abort.signal.aborted) this.#abort.abort()
  }

  #stopView(): StepContext.StopView {
    let left = 0
    const requested = () => this.requested
    const check = async (cursor?: unknown): Promise<boolean> => {
      if (performance.now() - this.#turnedAt > sliceMillis) {
        await turn()
        this.#turnedAt = performance.now()
      }
      while (this.demand === "hold") await this.#untilReleased()
      if (!this.requested) return false
      this.#stopHere(cursor)
      return true
    }
    return {
      get requested() {
        return requested()
      },
      check,
      every: (n, cursor) => {
        if (left > 0) {
          left--
          return false
        }
        left = Math.max(1, Math.trunc(n)) - 1
        if (Atomics.load(this.#shared, slots.demand) === 0 && performance.now() - this.#turnedAt <= sliceMillis)
          return false
        return check(cursor)
      }
    }
  }

  #untilReleased(): Promise<void> {
    return new Promise((resolve) => {
      this.#send({ _tag: "Quiet", on: true })
      const listener = (demand: StepContext.Demand) => {
        if (demand === "hold") return
        this.#listeners.delete(listener)
        this.#send({ _tag: "Quiet", on: false })
        resolve()
      }
      this.#listeners.add(listener)
      // It may have changed before anybody listened.
      listener(this.demand)
    })
  }

  #saveCursor(
    cursor: unknown,
    progress: Parameters<StepContext.StepContextShape["saveCursor"]>[1],
    effects: Effects | undefined
  ): ReturnType<StepContext.StepContextShape["saveCursor"]> {
    const number = ++this.#cursors
    const committed = new Promise<void>((resolve) => this.#commits.set(number, resolve))
    this.#send({
      _tag: "Cursor",
      number,
      cursor: json("The cursor", cursor),
      progress: progress === undefined ? undefined : (json("The progress", progress) as typeof progress)
    })
    // Without Effect in this thread nobody here can wait for one.
    return effects?.promise(() => committed) as ReturnType<StepContext.StepContextShape["saveCursor"]>
  }
}

const json = (what: string, value: unknown): unknown => {
  const checked = JsonValue.check(value)
  if (checked.ok) return checked.value
  throw new WorkerFailure({ code: "value-not-json", message: JsonValue.problem(what, checked) })
}
