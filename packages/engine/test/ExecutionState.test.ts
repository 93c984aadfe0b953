import { assert, describe, it } from "@effect/vitest"
import { type ExecutionEvent, ExecutionState } from "@halte/engine/model"
import { definition, everyEvent, started, tell } from "./support/Events.ts"

type Fact = ExecutionEvent.Fact
const fold = (...facts: ReadonlyArray<Fact>) => ExecutionState.fold(undefined, tell([started, ...facts]))!
const step = (state: ExecutionState.ExecutionState, id = "build") => state.steps.get(id)!
const run: Fact = { type: "step-started", step: "build", try: 1 }
const signal = { source: "Cli", requestedAt: 7 } as const
const request = (
  strategy: { readonly _tag: "FinishCurrent" } | { readonly _tag: "PollNextN"; readonly n: number }
): Fact => ({
  type: "interrupt-requested",
  signal,
  strategy,
  bound: { _tag: "Within", millis: 5, steps: ["build"] },
  running: ["build"]
})
const finish = { _tag: "FinishCurrent" } as const
const partition = { completed: [], interrupted: [], terminated: [], failed: [], skipped: [], notStarted: [] }
const failure = { code: "boom", message: "it broke" }

describe("ExecutionState.fold", () => {
  it("begins with `execution-started`: every step that is no group waits", () => {
    const state = fold()
    assert.deepStrictEqual(
      [state.status, state.attempt, state.sequence, state.startedAt, state.by],
      ["Running", 1, 1, 1_001, "ann"]
    )
    assert.deepStrictEqual([...state.steps.keys()], ["build", "upload/part-1", "upload/part-2", "ship"])
    assert.isTrue([...state.steps.values()].every((s) => s.status === "Waiting" && s.attempt === 0))
    assert.isUndefined(ExecutionState.fold(undefined, tell([{ type: "paused" }])), "nothing before the start counts")
    assert.isUndefined(ExecutionState.outcome(state))
  })

  it("follows the states of an execution", () => {
    const status = (...facts: ReadonlyArray<Fact>) => fold(...facts).status
    assert.strictEqual(status({ type: "execution-queued" }), "Pending")
    assert.strictEqual(status({ type: "execution-queued" }, { type: "execution-dequeued" }), "Running")
    const pausing: Fact = { type: "pausing", source: "Cli", running: [] }
    assert.strictEqual(status(pausing), "Pausing")
    assert.strictEqual(status(pausing, { type: "paused" }), "Paused")
    assert.strictEqual(status(pausing, { type: "paused" }, { type: "resumed", source: "Cli" }), "Running")
    assert.strictEqual(status(request(finish)), "Interrupting")
    assert.strictEqual(status({ type: "terminate-requested", signal, running: [] }), "Terminating")
    for (const ended of ["Completed", "Failed", "Interrupted", "Terminated"] as const)
      assert.strictEqual(status({ type: "execution-ended", status: ended, partition, tookMillis: 1 }), ended)
  })

  it("follows a step: started, told, retried, completed", () => {
    const retrying = fold(
      run,
      { type: "step-progress", step: "build", done: 1, total: 4, message: "one" },
      { type: "step-retrying", step: "build", try: 1, failure, delayMillis: 500 }
    )
    const { done, message, retryAt, status, total } = step(retrying)
    assert.deepStrictEqual(
      { done, message, retryAt, status, total },
      {
        done: 1,
        message: "one",
        retryAt: 1_004 + 500,
        status: "Running",
        total: 4
      }
    )
    const completed = step(
      fold(
        run,
        { type: "step-started", step: "build", try: 2 },
        { type: "step-completed", step: "build", try: 2, tookMillis: 9, value: 7 }
      )
    )
    assert.deepStrictEqual(completed, {
      id: "build",
      status: "Completed",
      completedAs: 4,
      attempt: 1,
      try: 2,
      startedAt: 1_003,
      endedAt: 1_004,
      tookMillis: 9,
      value: 7
    })
  })

  it("R25, P6: keeps where a step stopped, and what it had", () => {
    const { cursor, detail, done, partial, status, stopMillis, total } = step(
      fold(run, {
        type: "step-interrupted",
        step: "build",
        try: 1,
        tookMillis: 3,
        cursor: 17,
        done: 17,
        total: 32,
        partial: { sum: 3 },
        detail: "at 17",
        stopMillis: 2
      })
    )
    assert.deepStrictEqual(
      { cursor, detail, done, partial, status, stopMillis, total },
      {
        cursor: 17,
        detail: "at 17",
        done: 17,
        partial: { sum: 3 },
        status: "Interrupted",
        stopMillis: 2,
        total: 32
      }
    )
  })

  it("says of running steps that they are interrupting, unless the strategy lets them finish", () => {
    assert.strictEqual(step(fold(run, request(finish))).status, "Interrupting")
    assert.strictEqual(step(fold(run, request({ _tag: "PollNextN", n: 2 }))).status, "Running")
    const sooner = fold(run, request({ _tag: "PollNextN", n: 2 }), {
      type: "interrupt-repeated",
      signal,
      late: false,
      strategy: finish,
      bound: { _tag: "None", steps: ["build"] }
    })
    assert.strictEqual(step(sooner).status, "Interrupting")
    assert.deepStrictEqual([sooner.honoured, sooner.bound], [finish, { _tag: "None", steps: ["build"] }])
    assert.deepStrictEqual(
      sooner.requests.map((r) => r.kind),
      ["first", "repeat"]
    )
  })

  it("R28, R72: keeps every request with its kind; a late one changes nothing else", () => {
    const state = fold(
      run,
      request(finish),
      { type: "execution-ended", status: "Interrupted", partition, tookMillis: 1 },
      { type: "interrupt-repeated", signal: { source: "Page", requestedAt: 9 }, late: true }
    )
    assert.deepStrictEqual(
      state.requests.map((r) => [r.kind, r.signal.source]),
      [
        ["first", "Cli"],
        ["late", "Page"]
      ]
    )
    assert.strictEqual(state.signal?.source, "Cli")
    assert.strictEqual(state.status, "Interrupted")
  })

  it("marks running steps as paused and running again", () => {
    assert.strictEqual(step(fold(run, { type: "paused" })).status, "Paused")
    assert.strictEqual(step(fold(run, { type: "paused" }, { type: "resumed", source: "Cli" })).status, "Running")
    assert.strictEqual(step(fold(run, { type: "paused" }), "ship").status, "Waiting")
  })

  it("collects the results of a `for-each` over cursors", () => {
    const state = fold(
      run,
      { type: "step-cursor", step: "build", cursor: 0, done: 0, total: 4, items: [1, 2, 3, 4] },
      { type: "step-cursor", step: "build", cursor: 2, done: 2, total: 4, results: ["a", "b"] },
      { type: "step-cursor", step: "build", cursor: 4, done: 4, total: 4, results: ["c", null], failed: 1 }
    )
    assert.deepStrictEqual(
      [step(state).items, step(state).results, step(state).failed, step(state).cursor],
      [[1, 2, 3, 4], ["a", "b", "c", null], 1, 4]
    )
  })

  it("knows a gate as open only while its step waits", () => {
    const open: Fact = { type: "gate-opened", step: "ship", message: "Ship?" }
    const begin: Fact = { type: "step-started", step: "ship", try: 1 }
    assert.deepStrictEqual(step(fold(begin, open), "ship").gate, { message: "Ship?" })
    const over = fold(begin, open, { type: "step-completed", step: "ship", try: 1, tookMillis: 1, value: true })
    assert.isUndefined(step(over, "ship").gate)
  })

  it("follows processes by their pid, the latest of that pid", () => {
    const begin = (step: string): Fact => ({ type: "process-started", step, try: 1, pid: 42, command: "x" })
    const exited: Fact = { type: "process-exited", step: "build", try: 1, pid: 42, exitCode: 0, tookMillis: 5 }
    const { processes } = fold(begin("build"), exited, begin("ship"), {
      type: "process-signalled",
      step: "ship",
      pid: 42,
      signal: "SIGTERM",
      count: 2,
      killInMillis: 500
    })
    assert.deepStrictEqual(
      processes.map((p) => [p.step, p.exited?.exitCode, p.signalled?.killAt]),
      [
        ["build", 0, undefined],
        ["ship", undefined, 1_005 + 500]
      ]
    )
  })

  it("says how clean-up went; an undone step counts as not started", () => {
    const done: Fact = { type: "step-completed", step: "build", try: 1, tookMillis: 1, value: 7 }
    const undoing: Fact = { type: "clean-up-started", step: "build", kind: "undo", deadlineMillis: 1 }
    const undone: Fact = { type: "clean-up-ended", step: "build", kind: "undo", tookMillis: 1 }
    assert.strictEqual(step(fold(run, done, undoing)).cleanUp, "running")
    const after = step(fold(run, done, undoing, undone))
    assert.deepStrictEqual([after.status, after.cleanUp, after.value], ["Waiting", "done", undefined])
    const failed = step(fold(run, done, undoing, { ...undone, failure } as Fact))
    assert.deepStrictEqual([failed.status, failed.cleanUp], ["Completed", "failed"])
  })

  it("R29: an undone group takes back its completed steps; groups are never steps of the state", () => {
    const complete = (step: string): ReadonlyArray<Fact> => [
      { type: "step-started", step, try: 1 },
      { type: "step-completed", step, try: 1, tookMillis: 1, value: 1 }
    ]
    const state = fold(
      ...complete("build"),
      ...complete("upload/part-1"),
      ...complete("upload/part-2"),
      { type: "clean-up-started", step: "upload", kind: "undo", deadlineMillis: 1 },
      { type: "clean-up-ended", step: "upload", kind: "undo", tookMillis: 1 }
    )
    assert.deepStrictEqual(
      [...state.steps.values()].map((s) => [s.id, s.status]),
      [
        ["build", "Completed"],
        ["upload/part-1", "Waiting"],
        ["upload/part-2", "Waiting"],
        ["ship", "Waiting"]
      ]
    )
    const failed = fold(...complete("upload/part-1"), {
      type: "clean-up-ended",
      step: "upload",
      kind: "clean-up",
      tookMillis: 1,
      failure
    })
    assert.deepStrictEqual([...failed.steps.keys()], ["build", "upload/part-1", "upload/part-2", "ship"])
    assert.strictEqual(step(failed, "upload/part-1").status, "Completed")
  })

  it("begins a new attempt with what is completed, and where the rest goes on", () => {
    const before = fold(
      run,
      { type: "step-completed", step: "build", try: 1, tookMillis: 1, value: 7 },
      { type: "step-started", step: "upload/part-1", try: 1 },
      request(finish),
      { type: "step-interrupted", step: "upload/part-1", try: 1, tookMillis: 1, cursor: 5, partial: { n: 5 } },
      { type: "execution-ended", status: "Interrupted", partition, tookMillis: 1 }
    )
    const { by: _by, ...again } = started as Extract<Fact, { readonly type: "execution-started" }>
    const state = ExecutionState.fold(
      before,
      tell([{ ...again, params: { version: "2.0.0" }, source: "Page" }], { sequence: before.sequence, attempt: 2 })
    )!
    assert.deepStrictEqual(
      [state.status, state.attempt, state.params, state.source, state.startedAt],
      ["Running", 2, { version: "2.0.0" }, "Page", before.startedAt]
    )
    for (const gone of ["by", "signal", "honoured", "bound", "ended", "endedAt"] as const)
      assert.isUndefined(state[gone], gone)
    assert.strictEqual(state.requests.length, 1, "the history of requests stays")
    assert.strictEqual(step(state).value, 7)
    assert.deepStrictEqual(step(state, "upload/part-1"), {
      id: "upload/part-1",
      status: "Waiting",
      attempt: 0,
      try: 0,
      cursor: 5
    })
    assert.strictEqual(before.status, "Interrupted", "the state before is as it was")
  })

  it("changes nothing of the state it is given, and gives that one back when nothing happened", () => {
    const first = fold(run)
    const frozen = JSON.stringify([first, [...first.steps], first.requests, first.processes])
    for (let i = 1; i < everyEvent.length; i++)
      ExecutionState.fold(first, tell([{ ...everyEvent[i]! }], { sequence: first.sequence }))
    assert.strictEqual(JSON.stringify([first, [...first.steps], first.requests, first.processes]), frozen)
    assert.strictEqual(ExecutionState.fold(first, []), first)
    const next = ExecutionState.fold(first, tell([{ type: "paused" }], { sequence: first.sequence }))!
    assert.notStrictEqual(next.steps, first.steps)
    const other = ExecutionState.fold(first, tell([{ type: "execution-queued" }], { sequence: first.sequence }))!
    assert.strictEqual(other.steps, first.steps, "what did not change is shared")
  })

  it("gives the same state whether events come one by one or all at once", () => {
    const all = ExecutionState.fold(undefined, everyEvent)
    let one: ExecutionState.ExecutionState | undefined
    for (const event of everyEvent) one = ExecutionState.fold(one, [event])
    assert.deepStrictEqual(one, all)
  })

  it("ignores events that it has folded before, and types that it does not know", () => {
    const events = tell([started, run, { type: "step-completed", step: "build", try: 1, tookMillis: 1, value: 7 }])
    const state = ExecutionState.fold(undefined, events)!
    assert.deepStrictEqual(ExecutionState.fold(state, events), state)
    const unknown = ExecutionState.fold(
      state,
      tell([{ type: "step-teleported", step: "build" } as never], { sequence: state.sequence })
    )!
    assert.strictEqual(unknown.sequence, state.sequence + 1)
    assert.deepStrictEqual({ ...unknown, sequence: 0 }, { ...state, sequence: 0 })
  })

  it("folds 20,000 processes in a time that grows with their number, not with its square", () => {
    const events = tell([
      started,
      ...Array.from({ length: 20_000 }, (_, i): Fact => ({
        type: "process-started",
        step: "build",
        try: 1,
        pid: i,
        command: "x"
      }))
    ])
    const begin = performance.now()
    assert.strictEqual(ExecutionState.fold(undefined, events)!.processes.length, 20_000)
    // Some 20 ms; copying all of them for each takes seconds.
    assert.isBelow(performance.now() - begin, 1_000)
  })
})

describe("ExecutionState.groupStatus", () => {
  const group = definition.steps[1]!
  const statusOf = (...facts: ReadonlyArray<Fact>) => ExecutionState.groupStatus(fold(...facts), group)
  const begin = (step: string): Fact => ({ type: "step-started", step, try: 1 })
  const complete = (step: string): Fact => ({ type: "step-completed", step, try: 1, tookMillis: 1 })
  const skip = (step: string): Fact => ({ type: "step-skipped", step, reason: "condition" })
  const ended: Fact = { type: "execution-ended", status: "Interrupted", partition, tookMillis: 1 }

  it("R29: is that of the steps in it", () => {
    assert.strictEqual(statusOf(), "Waiting")
    assert.strictEqual(statusOf(begin("upload/part-1")), "Running")
    assert.strictEqual(statusOf(complete("upload/part-1")), "Running")
    assert.strictEqual(statusOf(complete("upload/part-1"), ended), "Interrupted")
    assert.strictEqual(statusOf(complete("upload/part-1"), skip("upload/part-2")), "Completed")
    assert.strictEqual(statusOf(skip("upload/part-1"), skip("upload/part-2")), "Skipped")
    assert.strictEqual(
      statusOf(begin("upload/part-1"), { type: "step-failed", step: "upload/part-2", try: 1, tookMillis: 1, failure }),
      "Failed"
    )
  })
})

describe("ExecutionState.outcome", () => {
  const end = (status: "Completed" | "Failed" | "Interrupted" | "Terminated", more: object = {}): Fact => ({
    type: "execution-ended",
    status,
    partition: { ...partition, completed: ["build"] },
    tookMillis: 9,
    ...more
  })
  const done: Fact = { type: "step-completed", step: "build", try: 1, tookMillis: 1, value: 7 }

  it("R20: is one of four different types, each with what it has to say", () => {
    const completed = ExecutionState.outcome(fold(run, done, end("Completed")))!
    assert.deepStrictEqual(completed, {
      _tag: "Completed",
      ...partition,
      completed: ["build"],
      execution: completed.execution,
      flow: "release",
      attempt: 1,
      tookMillis: 9,
      values: { build: 7 }
    })
    const late = ExecutionState.outcome(fold(run, request(finish), done, end("Completed")))
    assert.deepStrictEqual(late?._tag === "Completed" && late.late, signal)
    const failed = ExecutionState.outcome(fold(end("Failed", { failure: { step: "build", failure } })))
    assert.deepStrictEqual(failed?._tag === "Failed" && [failed.step, failed.failure.code], ["build", "boom"])
    const interrupted = ExecutionState.outcome(fold(request(finish), end("Interrupted", { stopMillis: 4 })))
    assert.deepStrictEqual(interrupted?._tag === "Interrupted" && [interrupted.signal, interrupted.stopMillis], [
      signal,
      4
    ])
    const terminated = ExecutionState.outcome(
      fold({ type: "terminate-requested", signal, running: [] }, end("Terminated", { abandoned: ["build"] }))
    )
    assert.deepStrictEqual(terminated?._tag === "Terminated" && terminated.abandoned, ["build"])
    const crashed = ExecutionState.outcome(fold(run, end("Interrupted", { cause: "Crash" })))
    assert.strictEqual(crashed?._tag === "Interrupted" && crashed.signal.source, "Crash")
  })
})
