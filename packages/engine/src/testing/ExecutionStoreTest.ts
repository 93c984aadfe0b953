/**
 * The suite that every `ExecutionStore` passes: ownership and its fence, the order and wholeness of appends, paging,
 * listing, logs and their cap, removal, and all of it at once.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit, type Scope } from "effect"
import type { Claim, ExecutionStoreShape } from "../ExecutionStore.ts"
import type { ExecutionEvent, Fact } from "../model/ExecutionEvent.ts"
import * as ExecutionId from "../model/ExecutionId.ts"
import type { FlowDescription } from "../model/FlowDescription.ts"
import type { LogLine } from "../model/LogLine.ts"
import type { Partition } from "../model/Partition.ts"
import * as Check from "./Check.ts"
import * as SharedLimitsTest from "./SharedLimitsTest.ts"
import * as Suite from "./Suite.ts"

/**
 * Registers the suite. `make` answers an empty store for each test.
 *
 * **Example** (Testing the store in memory with Vitest)
 *
 * ```ts
 * ExecutionStoreTest.suite({ describe, it }, "memory", Effect.sync(ExecutionStoreMemory.make))
 * ```
 *
 * @since 0.1.0
 */
export const suite = <E>(
  api: Suite.TestApi,
  name: string,
  make: Effect.Effect<ExecutionStoreShape, E, Scope.Scope>,
  options: {
    /** Bytes of log that the store keeps per step. @default 1 MiB */
    readonly logLimit?: number | undefined
  } = {}
): void =>
  Suite.register(
    api,
    `ExecutionStore: ${name}`,
    [...cases(options.logLimit ?? 1 << 20), ...SharedLimitsTest.cases],
    make
  )

let made = 0
// Ids in the order of their making, whatever the clock says.
const newId = (): ExecutionId.ExecutionId => ExecutionId.make(1_700_000_000_000 + ++made)

const definition = (flow: string): FlowDescription => ({
  name: flow,
  fingerprint: "0123456789abcdef",
  strategy: { _tag: "FinishCurrent" },
  single: false,
  steps: [{ id: "build", name: "build", kind: "function", after: [] }]
})

const partition: Partition = {
  completed: ["build"],
  interrupted: [],
  terminated: [],
  failed: [],
  skipped: [],
  notStarted: []
}

const at = (execution: string, sequence: number, fact: Fact, attempt = 1): ExecutionEvent =>
  ({ v: 1, execution, sequence, at: 1_700_000_000_000 + sequence, attempt, ...fact }) as ExecutionEvent

const started = (flow: string): Fact => ({
  type: "execution-started",
  flow,
  definition: definition(flow),
  params: { version: "1.2.3", list: [1, null, "ü ⏹"] },
  source: "Sdk",
  strategy: { _tag: "FinishCurrent" }
})
const ended = (status: "Completed" | "Interrupted" | "Failed" | "Terminated"): Fact => ({
  type: "execution-ended",
  status,
  partition,
  tookMillis: 12.345
})
const requested: Fact = {
  type: "interrupt-requested",
  signal: { source: "Cli", by: "ada", requestedAt: 1_700_000_000_000 },
  strategy: { _tag: "PollNextN", n: 2 },
  bound: { _tag: "Within", millis: 5500, steps: ["build"] },
  running: ["build"]
}
const stepStarted: Fact = { type: "step-started", step: "build", try: 1, cursor: { page: 3 } }
const stepCompleted: Fact = { type: "step-completed", step: "build", try: 1, tookMillis: 1.5, value: [{ a: 1 }, "b"] }

/** A claim, and what follows on what it appended. */
const begin = (store: ExecutionStoreShape, flow = "release", owner = "one") =>
  Effect.gen(function* () {
    const id = newId()
    const claim = yield* store.claim(id, owner)
    yield* store.append(claim, [at(id, 1, started(flow))])
    return { id, claim }
  })

const line = (sequence: number, step: string, text: string): LogLine => ({
  sequence,
  at: 1_700_000_000_000,
  step,
  try: 1,
  stream: "stdout",
  text
})

const sequences = (list: ReadonlyArray<{ readonly sequence: number }>) => list.map((e) => e.sequence)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const refuses = (effect: Effect.Effect<unknown, unknown>, what: string) =>
  Effect.flatMap(Effect.exit(effect), (exit) =>
    Effect.sync(() => Check.that(Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause), what))
  )

const cases = (logLimit: number): ReadonlyArray<Suite.Case<ExecutionStoreShape>> => [
  {
    title: "gives the first claim of an execution and refuses a second owner by the name of the first",
    test: (store) =>
      Effect.gen(function* () {
        const id = newId()
        const claim = yield* store.claim(id, "one")
        Check.same([claim.execution, claim.owner], [id, "one"], "the claim")
        const error = yield* Check.failsWith(store.claim(id, "two"), "Claimed", "a second owner")
        Check.same((error as { readonly owner: string }).owner, "one", "the owner that is named")
      })
  },
  {
    title: "gives each claim of an execution a higher epoch, after a release and after a takeover",
    test: (store) =>
      Effect.gen(function* () {
        const { claim: first, id } = yield* begin(store)
        yield* store.release(first)
        const second = yield* store.claim(id, "two")
        const third = yield* store.claim(id, "three", { takeOver: "two" })
        Check.that(second.epoch > first.epoch, "the epoch after a release is higher")
        Check.that(third.epoch > second.epoch, "the epoch after a takeover is higher")
      })
  },
  {
    title: "P8: fences whoever has lost the claim, and keeps nothing of what it sends",
    test: (store) =>
      Effect.gen(function* () {
        const { claim: old, id } = yield* begin(store)
        const now = yield* store.claim(id, "two", { takeOver: "one" })
        const fenced = (effect: Effect.Effect<void, unknown>, what: string) => Check.failsWith(effect, "Fenced", what)
        const error = yield* fenced(store.append(old, [at(id, 2, stepStarted)]), "append by the old owner")
        Check.same((error as { readonly current: number }).current, now.epoch, "the epoch that the error names")
        yield* fenced(store.appendLog(old, [line(1, "build", "late")]), "appendLog by the old owner")
        yield* fenced(store.heartbeat(old), "heartbeat by the old owner")
        yield* fenced(store.release(old), "release by the old owner")
        yield* store.heartbeat(now)
        yield* store.append(now, [at(id, 2, stepCompleted)])
        Check.same(
          (yield* store.read(id, 1, 10)).map((e) => e.type),
          ["step-completed"],
          "what is kept"
        )
        Check.same(yield* store.readLog(id, { after: 0, limit: 10 }), [], "the lines that are kept")
      })
  },
  {
    title: "fences a claim that was released, and one that was never given",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        yield* store.release(claim)
        yield* Check.failsWith(store.append(claim, [at(id, 2, stepStarted)]), "Fenced", "append after release")
        const never: Claim = { execution: newId(), owner: "one", epoch: 1, sequence: 0, lineSequence: 0 }
        yield* Check.failsWith(
          store.append(never, [at(never.execution, 1, started("release"))]),
          "Fenced",
          "append without a claim"
        )
        Check.same(yield* store.read(never.execution, 0, 10), [], "what is kept of it")
      })
  },
  {
    title: "reads back what was appended, in order and unchanged",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        const events = [
          at(id, 2, stepStarted),
          at(id, 3, requested),
          at(id, 4, stepCompleted),
          at(id, 5, ended("Interrupted"))
        ]
        yield* store.append(claim, events.slice(0, 1))
        yield* store.append(claim, events.slice(1))
        Check.same(yield* store.read(id, 0, 100), [at(id, 1, started("release")), ...events], "the events")
      })
  },
  {
    title: "reads in pages after a sequence, and nothing of an id that it does not know",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        yield* store.append(
          claim,
          range(2, 250).map((n) => at(id, n, stepStarted))
        )
        const seen: Array<number> = []
        for (let after = 0; ;) {
          const page = yield* store.read(id, after, 64)
          Check.that(page.length <= 64, "a page holds no more than was asked for")
          if (page.length === 0) break
          seen.push(...sequences(page))
          after = page.at(-1)!.sequence
        }
        Check.same(seen, range(1, 250), "the sequences of all pages")
        Check.same(sequences(yield* store.read(id, 248, 64)), [249, 250], "the last page")
        Check.same(yield* store.read(id, 250, 64), [], "the page after the last event")
        Check.same(yield* store.read(newId(), 0, 64), [], "the events of an unknown id")
      })
  },
  {
    title: "P5: keeps all or nothing of a batch that does not follow on what is stored",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        const batch = (...numbers: ReadonlyArray<number>) =>
          store.append(
            claim,
            numbers.map((n) => at(id, n, stepStarted))
          )
        yield* refuses(batch(3, 4), "a batch with a gap before it is refused")
        yield* refuses(batch(1, 2), "a batch that repeats a sequence is refused")
        yield* refuses(batch(2, 3, 5), "a batch with a gap in it is refused")
        Check.same(sequences(yield* store.read(id, 0, 100)), [1], "what is kept after three refusals")
        yield* batch(2, 3)
        Check.same(sequences(yield* store.read(id, 0, 100)), [1, 2, 3], "what is kept after one that follows")
      })
  },
  {
    title: "lists newest first, filtered by flow and status, in pages before an id, fifty by default",
    test: (store) =>
      Effect.gen(function* () {
        const ids: Array<ExecutionId.ExecutionId> = []
        for (let i = 0; i < 60; i++) {
          const { claim, id } = yield* begin(store, i % 3 === 0 ? "nightly" : "release")
          ids.unshift(id)
          if (i % 2 === 0) yield* store.append(claim, [at(id, 2, ended("Completed"))])
        }
        const listed = (filter?: Parameters<typeof store.list>[0]) =>
          Effect.map(store.list(filter), (list) => list.map((e) => e.id))
        const numbered = ids.map((id, k) => ({ id, i: 59 - k }))
        const where = (isIn: (i: number) => boolean) => numbered.filter(({ i }) => isIn(i)).map(({ id }) => id)
        Check.same(yield* listed(), ids.slice(0, 50), "without a filter")
        Check.same(yield* listed({ limit: 100 }), ids, "with a limit")
        Check.same(
          yield* listed({ flow: "nightly" }),
          where((i) => i % 3 === 0),
          "by flow"
        )
        Check.same(
          yield* listed({ status: ["Running"] }),
          where((i) => i % 2 === 1),
          "by status"
        )
        Check.same(
          yield* listed({ flow: "nightly", status: ["Completed", "Failed"] }),
          where((i) => i % 6 === 0),
          "by flow and status"
        )
        Check.same(yield* listed({ before: ids[9]!, limit: 5 }), ids.slice(10, 15), "before an id")
      })
  },
  {
    title: "counts executions by state, of one flow or of all, as listings have them",
    test: (store) =>
      Effect.gen(function* () {
        Check.same(yield* store.counts(), {}, "in an empty store")
        const ids: Array<ExecutionId.ExecutionId> = []
        for (let i = 0; i < 7; i++) {
          const { claim, id } = yield* begin(store, i < 3 ? "nightly" : "release", `owner-${i}`)
          ids.push(id)
          if (i % 2 === 0) yield* store.append(claim, [at(id, 2, ended("Completed"))], { release: true })
          if (i === 1) yield* store.append(claim, [at(id, 2, requested)])
        }
        // Nothing is known of it yet but that somebody may write it.
        yield* store.claim(newId(), "one")
        Check.same(yield* store.counts(), { Completed: 4, Interrupting: 1, Running: 2 }, "of all")
        Check.same(yield* store.counts({ flow: "nightly" }), { Completed: 2, Interrupting: 1 }, "of one flow")
        Check.same(yield* store.counts({ flow: "other" }), {}, "of a flow without any")
        yield* store.remove([ids[0]!])
        Check.same(yield* store.counts({ flow: "nightly" }), { Completed: 1, Interrupting: 1 }, "after one is gone")
      })
  },
  {
    title: "says in a listing the state, attempt, times and owner as the events leave them",
    test: (store) =>
      Effect.gen(function* () {
        const id = newId()
        let claim = yield* store.claim(id, "one")
        Check.same(yield* store.list(), [], "an execution without events is not listed")
        let sequence = 0
        const after = (fact: Fact, attempt = 1) =>
          Effect.gen(function* () {
            yield* store.append(claim, [at(id, ++sequence, fact, attempt)])
            return (yield* store.list())[0]!
          })
        const asker = { source: "Cli" } as const
        const first = yield* after(started("release"))
        Check.same(
          [first.id, first.flow, first.status, first.attempt, first.sequence, first.owner],
          [id, "release", "Running", 1, 1, "one"],
          "the first listing"
        )
        Check.same((yield* after({ type: "execution-queued" })).status, "Pending", "queued")
        Check.same((yield* after({ type: "execution-dequeued" })).status, "Running", "dequeued")
        Check.same((yield* after({ type: "pausing", ...asker, running: [] })).status, "Pausing", "pausing")
        Check.same((yield* after({ type: "paused" })).status, "Paused", "paused")
        Check.same((yield* after({ type: "resumed", ...asker })).status, "Running", "resumed")
        Check.same((yield* after(requested)).status, "Interrupting", "asked to stop")
        const stopped = yield* after(ended("Interrupted"))
        Check.same([stopped.status, stopped.sequence], ["Interrupted", 8], "stopped")
        Check.same(stopped.endedAt, 1_700_000_000_008, "the time of its end")
        yield* store.release(claim)
        Check.same((yield* store.list())[0]!.owner, undefined, "the owner after the release")
        claim = yield* store.claim(id, "two")
        const again = yield* after(started("release"), 2)
        Check.same(
          [again.status, again.attempt, again.startedAt, again.endedAt, again.owner],
          ["Running", 2, first.startedAt, undefined, "two"],
          "the second attempt"
        )
        const signal = { source: "Cli" as const, requestedAt: 1 }
        Check.same(
          (yield* after({ type: "terminate-requested", signal, running: [] }, 2)).status,
          "Terminating",
          "terminating"
        )
        Check.same((yield* after(ended("Terminated"), 2)).status, "Terminated", "terminated")
        // A request after the end is recorded and changes nothing.
        const late = yield* after({ type: "interrupt-repeated", signal, late: true }, 2)
        Check.same([late.status, late.sequence], ["Terminated", sequence], "after a late request")
      })
  },
  {
    title: "keeps log lines in order, read by step, after a sequence and in pages",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        const lines = range(1, 300).map((n) => line(n, n % 3 === 0 ? "test" : "build", `line ${n}`))
        yield* store.appendLog(claim, lines.slice(0, 100))
        yield* store.appendLog(claim, lines.slice(100))
        Check.same(yield* store.readLog(id, { after: 0, limit: 1000 }), lines, "all lines")
        Check.same(
          yield* store.readLog(id, { after: 150, limit: 1000, step: "test" }),
          lines.filter((l) => l.sequence > 150 && l.step === "test"),
          "the later lines of one step"
        )
        Check.same(sequences(yield* store.readLog(id, { after: 7, limit: 3 })), [8, 9, 10], "a page")
        Check.same(
          sequences(yield* store.readLog(id, { after: 7, limit: 2, step: "test" })),
          [9, 12],
          "a page of a step"
        )
        Check.same(yield* store.readLog(id, { after: 300, limit: 3 }), [], "nothing after the last")
        Check.same(yield* store.readLog(newId(), { after: 0, limit: 3 }), [], "the lines of an unknown id")
      })
  },
  {
    title: "caps the log of each step: the oldest lines go first, and other steps keep theirs",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        const text = "x".repeat(1024)
        const count = Math.ceil((logLimit * 2.5) / text.length)
        yield* store.appendLog(claim, [line(1, "quiet", "only one")])
        for (let n = 2; n < count; n += 100)
          yield* store.appendLog(
            claim,
            range(n, Math.min(n + 99, count)).map((k) => line(k, "noisy", text))
          )
        const kept = yield* store.readLog(id, { after: 0, limit: count + 1, step: "noisy" })
        const bytes = kept.reduce((sum, l) => sum + l.text.length, 0)
        Check.that(bytes <= logLimit, `at most ${logLimit} bytes are kept of a step, and it was ${bytes}`)
        Check.that(bytes > logLimit / 2, `most of the allowed bytes are kept, and it was ${bytes}`)
        Check.same(sequences(kept), range(count - kept.length + 1, count), "the lines that are kept are the last ones")
        const middle = kept[kept.length >> 1]!.sequence
        Check.same(
          sequences(yield* store.readLog(id, { after: middle, limit: 2 })),
          [middle + 1, middle + 2],
          "a page from within"
        )
        Check.same(
          (yield* store.readLog(id, { after: 0, limit: 10, step: "quiet" })).map((l) => l.text),
          ["only one"],
          "the lines of the other step"
        )
      })
  },
  {
    title: "forgets executions that have ended, with their lines, and leaves those alone that have not",
    test: (store) =>
      Effect.gen(function* () {
        const over = yield* begin(store)
        yield* store.appendLog(over.claim, [line(1, "build", "bye")])
        yield* store.append(over.claim, [at(over.id, 2, ended("Failed"))])
        const live = yield* begin(store)
        Check.same(yield* store.remove([over.id]), 0, "one that has ended and is still owned")
        yield* store.release(over.claim)
        Check.same(yield* store.remove([over.id, live.id, newId()]), 1, "how many are gone")
        Check.same(yield* store.read(over.id, 0, 10), [], "the events of the one that is gone")
        Check.same(yield* store.readLog(over.id, { after: 0, limit: 10 }), [], "its lines")
        Check.same(
          (yield* store.list()).map((e) => e.id),
          [live.id],
          "what is listed"
        )
        yield* store.append(live.claim, [at(live.id, 2, stepStarted)])
        Check.same(yield* store.remove([over.id]), 0, "removing it again")
      })
  },
  {
    title: "R10: lets exactly one of many owners claim an execution",
    test: (store) =>
      Effect.gen(function* () {
        const id = newId()
        const all = yield* Effect.forEach(range(1, 16), (n) => Effect.exit(store.claim(id, `owner-${n}`)), {
          concurrency: "unbounded"
        })
        Check.same(all.filter(Exit.isSuccess).length, 1, "how many claims were given")
        // Of those who find out that the owner is gone, one gets it: the others would take it from somebody who lives.
        const first = all.find(Exit.isSuccess)!.value
        const takers = yield* Effect.forEach(
          range(1, 16),
          (n) => Effect.exit(store.claim(id, `taker-${n}`, { takeOver: first.owner })),
          { concurrency: "unbounded" }
        )
        const taken = takers.filter(Exit.isSuccess).map((exit) => exit.value)
        Check.same(taken.length, 1, "how many took it over")
        yield* Check.failsWith(
          store.append(first, [at(id, 1, started("release"))]),
          "Fenced",
          "append by the first owner"
        )
        yield* store.append(taken[0]!, [at(id, 1, started("release"))])
      })
  },
  {
    title: "says with a claim behind which event and which line the owner goes on",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        Check.same([claim.sequence, claim.lineSequence], [0, 0], "of a new execution")
        yield* store.append(claim, [at(id, 2, stepStarted)])
        yield* store.appendLog(claim, [line(1, "build", "a"), line(2, "test", "b")])
        yield* store.release(claim)
        const next = yield* store.claim(id, "two")
        Check.same([next.sequence, next.lineSequence], [2, 2], "of one that others wrote before")
      })
  },
  {
    title: "R16: lets one execution at a time hold the name of a flow, until its claim is released or taken over",
    test: (store) =>
      Effect.gen(function* () {
        const ids = range(1, 8).map(newId)
        const all = yield* Effect.forEach(
          ids,
          (id) => Effect.exit(store.claim(id, `owner-${id}`, { single: "release" })),
          { concurrency: "unbounded" }
        )
        const claims = all.filter(Exit.isSuccess).map((exit) => exit.value)
        Check.same(claims.length, 1, "how many hold it")
        const held = claims[0]!
        const error = yield* Check.failsWith(store.claim(newId(), "late", { single: "release" }), "Held", "another one")
        Check.same((error as { readonly execution: string }).execution, held.execution, "the execution that is named")
        yield* store.claim(newId(), "late", { single: "nightly" })
        yield* store.claim(newId(), "late")
        const taken = yield* store.claim(held.execution, "heir", { takeOver: held.owner, single: "release" })
        yield* Check.failsWith(store.claim(newId(), "late", { single: "release" }), "Held", "after a takeover")
        yield* store.release(taken)
        yield* store.claim(newId(), "late", { single: "release" })
      })
  },
  {
    title: "gives a key to one of many that claim with it at once, and names that one to the others",
    test: (store) =>
      Effect.gen(function* () {
        const key = (digest: string) => ({ key: { name: "once", digest } })
        Check.same(yield* store.keyUse("once"), undefined, "a key that nobody has used")
        const all = yield* Effect.forEach(
          range(1, 16).map(newId),
          (id, n) => Effect.exit(store.claim(id, `owner-${n}`, key(`digest ${id}`))),
          { concurrency: "unbounded" }
        )
        const claims = all.filter(Exit.isSuccess).map((exit) => exit.value)
        Check.same(claims.length, 1, "how many got it")
        const [first] = claims as [Claim]
        const id = first.execution
        const use = { execution: id, digest: `digest ${id}` }
        Check.same(yield* store.keyUse("once"), { ...use, begun: false }, "whose it is before its first event")
        const error = yield* Check.failsWith(store.claim(newId(), "late", key("other")), "KeyTaken", "another one")
        const { execution, key: named } = error as { readonly execution: string; readonly key: string }
        Check.same([execution, named], [id, "once"], "what the refusal names")
        yield* store.append(first, [at(id, 1, started("release"))])
        Check.same(yield* store.keyUse("once"), { ...use, begun: true }, "whose it is then")
        yield* store.append(first, [at(id, 2, ended("Completed"))], { release: true })
        Check.same(yield* store.keyUse("once"), { ...use, begun: true }, "whose it is after the end")
        yield* store.release(yield* store.claim(id, "later"))
        yield* Check.failsWith(store.claim(newId(), "late", key("other")), "KeyTaken", "another one after the end")
        yield* store.claim(newId(), "late", { key: { name: "twice", digest: "other" } })
        yield* store.claim(newId(), "late")
      })
  },
  {
    title: "leaves a key free whose execution never began, however its claim was given back",
    test: (store) =>
      Effect.gen(function* () {
        const options = { key: { name: "once", digest: "d" }, single: "release" }
        const one = yield* store.claim(newId(), "one", options)
        yield* store.release(one)
        Check.same(yield* store.keyUse("once"), undefined, "after a release")
        const two = yield* store.claim(newId(), "two", options)
        // Whoever had it before has nothing to give back any more.
        yield* store.release(yield* store.claim(one.execution, "one"))
        Check.same((yield* store.keyUse("once"))?.execution, two.execution, "after a release of the one before")
        const heir = yield* store.claim(two.execution, "heir", { takeOver: "two" })
        Check.same((yield* store.keyUse("once"))?.execution, two.execution, "after a takeover")
        yield* store.append(heir, [], { release: true })
        Check.same(yield* store.keyUse("once"), undefined, "after a release with no events")
        yield* store.claim(newId(), "gone", options)
        const begun = yield* store.claim(newId(), "gone", { key: { name: "begun", digest: "d" } })
        yield* store.append(begun, [at(begun.execution, 1, started("nightly"))])
        yield* store.disown("gone")
        Check.same(yield* store.keyUse("once"), undefined, "after its owner was found to be gone")
        Check.same((yield* store.keyUse("begun"))?.execution, begun.execution, "the key of one that had begun")
        yield* store.claim(newId(), "next", options)
      })
  },
  {
    title: "refuses a key that is taken before it looks who holds the flow, and keeps nothing of a refused claim",
    test: (store) =>
      Effect.gen(function* () {
        const options = { key: { name: "once", digest: "d" }, single: "release" }
        const held = yield* store.claim(newId(), "one", options)
        yield* Check.failsWith(store.claim(newId(), "two", options), "KeyTaken", "the same start")
        const other = { key: { name: "other", digest: "d" }, single: "release" }
        yield* Check.failsWith(store.claim(newId(), "two", other), "Held", "another start")
        yield* Check.failsWith(store.claim(held.execution, "two", other), "Claimed", "a claim of the same execution")
        Check.same(yield* store.keyUse("other"), undefined, "the key of the refused ones")
        Check.same((yield* store.keyUse("once"))?.execution, held.execution, "the key of the first")
      })
  },
  {
    title: "forgets a key with its execution, and not with another one",
    test: (store) =>
      Effect.gen(function* () {
        const keyed = (name: string) =>
          Effect.gen(function* () {
            const id = newId()
            const claim = yield* store.claim(id, "one", { key: { name, digest: "d" } })
            yield* store.append(claim, [at(id, 1, started("release")), at(id, 2, ended("Failed"))], { release: true })
            return id
          })
        const [a, b] = [yield* keyed("a"), yield* keyed("b")]
        yield* store.remove([a])
        Check.same(yield* store.keyUse("a"), undefined, "the key of what is gone")
        Check.same((yield* store.keyUse("b"))?.execution, b, "the key of what is there")
        Check.that((yield* keyed("a")) !== a, "the key starts another one")
        Check.that((yield* store.keyUse("a")) !== undefined, "the key is taken again")
      })
  },
  {
    title: "gives the claim back with the last events, in one commit with them, and not when they are refused",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        yield* refuses(store.append(claim, [at(id, 3, ended("Failed"))], { release: true }), "events with a gap")
        yield* Check.failsWith(store.claim(id, "two"), "Claimed", "a claim after the refusal")
        yield* store.append(claim, [at(id, 2, ended("Failed"))], { release: true })
        yield* Check.failsWith(store.append(claim, [at(id, 3, stepStarted)]), "Fenced", "append after the release")
        const next = yield* store.claim(id, "two")
        Check.same(next.sequence, 2, "where the next owner goes on")
      })
  },
  {
    title: "releases all that an owner still holds once it is known to be gone, and nothing of others",
    test: (store) =>
      Effect.gen(function* () {
        const id = newId()
        const empty = yield* store.claim(id, "gone", { single: "release" })
        const { claim, id: begun } = yield* begin(store, "nightly", "gone")
        const other = yield* begin(store, "nightly", "alive")
        yield* store.disown("gone")
        Check.same(
          (yield* store.owners).map((o) => o.owner),
          ["alive"],
          "the owners that are left"
        )
        yield* Check.failsWith(store.append(claim, [at(begun, 2, stepStarted)]), "Fenced", "append by the gone one")
        yield* Check.failsWith(store.heartbeat(empty), "Fenced", "heartbeat of the gone one")
        yield* store.append(other.claim, [at(other.id, 2, stepStarted)])
        yield* store.claim(newId(), "next", { single: "release" })
      })
  },
  {
    title: "names the owners of claims, and lists what one of them owns",
    test: (store) =>
      Effect.gen(function* () {
        const a = yield* begin(store, "release", "one")
        const b = yield* begin(store, "release", "two")
        const c = yield* begin(store, "release", "one")
        yield* store.heartbeat(b.claim)
        const owners = Effect.map(store.owners, (all) => all.map((o) => o.owner).sort())
        Check.same(yield* owners, ["one", "two"], "the owners")
        Check.that(
          (yield* store.owners).every((o) => Number.isInteger(o.aliveAt) && o.aliveAt > 0),
          "when each was alive is a time"
        )
        Check.same(
          (yield* store.list({ owner: "one" })).map((e) => e.id),
          [c.id, a.id],
          "what the first one owns"
        )
        yield* store.release(a.claim)
        yield* store.release(c.claim)
        Check.same(yield* owners, ["two"], "the owners after a release")
        Check.same(yield* store.list({ owner: "one" }), [], "what the first one owns then")
      })
  },
  {
    title: "lists the executions whose id has the ending that a person gives",
    test: (store) =>
      Effect.gen(function* () {
        const { id } = yield* begin(store)
        yield* begin(store)
        Check.same(
          (yield* store.list({ ending: id.slice(-8) })).map((e) => e.id),
          [id],
          "by an ending"
        )
        Check.same(yield* store.list({ ending: "UUUU" }), [], "by an ending that no id can have")
      })
  },
  {
    title: "lists the executions of sub-flows with the others, and leaves them out when it is asked to",
    test: (store) =>
      Effect.gen(function* () {
        const above = yield* begin(store)
        const parent = { execution: above.id, step: "build" }
        const below = newId()
        yield* store.append(yield* store.claim(below, "one"), [at(below, 1, { ...started("notes"), parent } as Fact)])
        Check.same(
          (yield* store.list()).flatMap((e) => e.parent ?? []),
          [parent],
          "what says whose it is"
        )
        Check.same(
          (yield* store.list({ children: false })).map((e) => e.id),
          [above.id],
          "without those of sub-flows"
        )
        Check.same(
          (yield* store.list({ children: false, status: ["Running"] })).map((e) => e.id),
          [above.id],
          "by a state, without those of sub-flows"
        )
      })
  },
  {
    title: "gives back a value of any size, in the event or by its reference",
    test: (store) =>
      Effect.gen(function* () {
        const { claim, id } = yield* begin(store)
        const value = { text: "ü⏹x".repeat(700_000), list: [1, null] }
        const items = Array.from({ length: 50_000 }, (_, i) => `dist/file-${i}.js`)
        yield* store.append(claim, [
          at(id, 2, { type: "step-cursor", step: "build", cursor: 0, items }),
          at(id, 3, { type: "step-completed", step: "build", try: 1, tookMillis: 1, value })
        ])
        const [cursor, completed] = yield* store.read(id, 1, 10)
        const get = (event: ExecutionEvent | undefined, field: string) =>
          Effect.gen(function* () {
            const { references, ...fields } = event as ExecutionEvent & {
              readonly references?: Record<string, { readonly sha256: string; readonly bytes: number }>
            }
            const reference = references?.[field]
            if (reference === undefined) return (fields as Record<string, unknown>)[field]
            Check.that(!(field in fields), `${field} is not there twice`)
            const text = yield* store.readBlob(id, reference.sha256)
            Check.same(new TextEncoder().encode(text ?? "").length, reference.bytes, `the size of ${field}`)
            return JSON.parse(text ?? "null") as unknown
          })
        Check.same(yield* get(cursor, "items"), items, "the items")
        Check.same(yield* get(completed, "value"), value, "the value")
        Check.same(yield* store.readBlob(id, "0".repeat(64)), undefined, "a hash that nobody has")
      })
  },
  {
    title: "R10, P9: keeps many executions apart while all are written at once",
    test: (store) =>
      Effect.gen(function* () {
        const all = yield* Effect.forEach(range(1, 20), () => begin(store), { concurrency: "unbounded" })
        yield* Effect.forEach(
          all,
          ({ claim, id }, k) =>
            Effect.gen(function* () {
              for (let n = 2; n <= 41; n += 4) {
                yield* store.append(
                  claim,
                  range(n, n + 3).map((m) => at(id, m, stepStarted))
                )
                yield* store.appendLog(claim, [line(n, "build", `${k}`)])
              }
            }),
          { concurrency: "unbounded" }
        )
        for (const [k, { id }] of all.entries()) {
          const events = yield* store.read(id, 0, 100)
          Check.same(sequences(events), range(1, 41), "the sequences of one execution")
          Check.that(
            events.every((e) => e.execution === id),
            "every event is of its own execution"
          )
          const lines = yield* store.readLog(id, { after: 0, limit: 100 })
          Check.same(
            lines.map((l) => l.text),
            Array.from({ length: 10 }, () => `${k}`),
            "its lines"
          )
        }
      })
  }
]
