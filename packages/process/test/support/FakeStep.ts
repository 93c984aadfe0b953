/**
 * A step's context for tests: records what a runner says, and asks it to stop when the test says so.
 */
import { Deferred, Effect } from "effect"
import { type ExecutionEvent, type ExecutionId, type InterruptSignal, StepContext, type StepId } from "@halte/engine"

export type Line = { readonly text: string; readonly stream: "stdout" | "stderr" | "log"; readonly at: number }

export interface FakeStep {
  readonly context: StepContext.StepContextShape
  readonly lines: ReadonlyArray<Line>
  readonly facts: ReadonlyArray<ExecutionEvent.Fact>
  readonly reports: ReadonlyArray<StepContext.Progress>
  readonly cursors: ReadonlyArray<unknown>
  readonly quiet: ReadonlyArray<boolean>
  readonly ask: (demand: StepContext.Demand) => void
  /** Waits until at least `count` lines match. */
  readonly line: (pattern: RegExp, count?: number) => Effect.Effect<Line>
  readonly until: (holds: () => boolean) => Effect.Effect<void>
  readonly texts: (stream?: Line["stream"]) => ReadonlyArray<string>
  readonly factsOf: <T extends ExecutionEvent.Fact["type"]>(
    type: T
  ) => ReadonlyArray<Extract<ExecutionEvent.Fact, { readonly type: T }>>
}

export const make = (
  options: {
    readonly cursor?: unknown
    readonly params?: unknown
    readonly mask?: (text: string) => string
    readonly demand?: StepContext.Demand
    readonly commit?: Effect.Effect<void>
  } = {}
): FakeStep => {
  const mask = options.mask ?? ((text: string) => text)
  const lines: Array<Line> = []
  const facts: Array<ExecutionEvent.Fact> = []
  const reports: Array<StepContext.Progress> = []
  const cursors: Array<unknown> = []
  const quiet: Array<boolean> = []
  const listeners = new Set<(demand: StepContext.Demand) => void>()
  const abort = new AbortController()
  let watchers: Array<{ readonly holds: () => boolean; readonly done: () => void }> = []
  const look = () => {
    const met = watchers.filter((w) => w.holds())
    watchers = watchers.filter((w) => !met.includes(w))
    for (const w of met) w.done()
  }
  const signal: InterruptSignal.InterruptSignal = { source: "Http", by: "ada", requestedAt: 17 }
  const control = {
    demand: options.demand ?? ("go" as StepContext.Demand),
    get signal() {
      return control.demand === "interrupt" || control.demand === "terminate" ? signal : undefined
    },
    subscribe: (listener: (demand: StepContext.Demand) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    abortSignal: abort.signal
  }
  const requested = () => control.demand === "interrupt" || control.demand === "terminate"
  const context: StepContext.StepContextShape = {
    execution: "0000000000TEST000001" as ExecutionId.ExecutionId,
    flow: "test",
    step: "step" as StepId.StepId,
    attempt: 1,
    try: 1,
    params: options.params ?? {},
    cursor: options.cursor,
    control,
    stop: {
      get requested() {
        return requested()
      },
      check: async () => requested(),
      every: () => requested()
    },
    signal: abort.signal,
    log: (text, stream = "log") => {
      lines.push({ text: mask(text), stream, at: performance.now() })
      look()
    },
    report: (progress) => {
      reports.push(progress)
      look()
    },
    saveCursor: (cursor) => {
      cursors.push(cursor)
      look()
      return options.commit
    },
    interrupted: (o) => new StepContext.StoppedHalfWay(o ?? {}),
    completed: (value) => new StepContext.FinishedAnyway(value),
    record: (fact) => {
      facts.push(fact)
      look()
    },
    answer: Effect.never,
    mask,
    kept: {},
    stopHere: () => undefined,
    quiet: (on) => {
      quiet.push(on)
      look()
    }
  }
  const until = (holds: () => boolean) =>
    Effect.suspend(() => {
      if (holds()) return Effect.void
      const done = Deferred.makeUnsafe<void>()
      watchers.push({ holds, done: () => Deferred.doneUnsafe(done, Effect.void) })
      return Deferred.await(done)
    })
  return {
    context,
    lines,
    facts,
    reports,
    cursors,
    quiet,
    ask: (demand) => {
      control.demand = demand
      if (requested()) abort.abort()
      for (const listener of listeners) listener(demand)
    },
    line: (pattern, count = 1) =>
      Effect.map(
        until(() => lines.filter((l) => pattern.test(l.text)).length >= count),
        () => lines.findLast((l) => pattern.test(l.text))!
      ),
    until,
    texts: (stream) => lines.filter((l) => stream === undefined || l.stream === stream).map((l) => l.text),
    factsOf: (type) => facts.filter((f) => f.type === type) as never
  }
}
