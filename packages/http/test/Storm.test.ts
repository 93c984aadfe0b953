/**
 * Starts, requests to stop, answers and requests to end by force, all at once and from many clients: each that was
 * accepted is in the record of its execution, once, and in no other; and every execution ends as its record says.
 */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, type Scope, Stream } from "effect"
import {
  type ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionsLocal,
  ExecutionStatus,
  type ExecutionStore,
  ExecutionStoreMemory,
  Flow,
  Step
} from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { SqliteStore } from "@halte/store-sqlite"
import * as Random from "../../../test/chaos/Random.ts"
import * as Served from "./support/Served.ts"

const begin = Step.make("begin", { run: () => 1 })
const go = Step.gate("go", { after: [begin], message: "Go?" })
const stormy = Flow.make("stormy", {
  steps: [begin, go, Step.make("end", { after: [go], run: () => 2 })]
}) as Flow.Flow<unknown, never>

/** It tells working from hanging on a machine that does other things, too. */
const patience = 60_000

type Kind = "interrupt" | "answer" | "terminate" | "get"

/** What a client did, and what it was told. */
interface Asked {
  readonly kind: Kind
  readonly id: string
  /** Names the request, in the words of who asks. */
  readonly reason: string
  readonly status: number
  readonly effect: string | undefined
}

const stores: Readonly<Record<string, Effect.Effect<ExecutionStore.ExecutionStoreShape, unknown, Scope.Scope>>> = {
  memory: Effect.sync(ExecutionStoreMemory.make),
  sqlite: Effect.flatMap(Served.directory, (directory) =>
    SqliteStore.open({ file: join(directory, "halte.db"), synchronous: "normal" })
  )
}

type Engine = Executions.ExecutionsShape

const storm = (
  seed: number,
  store: keyof typeof stores,
  executions: number,
  through: (engine: Engine) => Engine = (engine) => engine
) =>
  Effect.gen(function* () {
    const { below } = Random.make(seed)
    const engine = yield* ExecutionsLocal.make({ flows: [stormy], store: yield* Effect.orDie(stores[store]!) })
    const served = yield* Served.make(through(engine))
    const turns = async (n: number) => {
      for (let i = 0; i < n; i++) await new Promise<void>((resolve) => void setImmediate(resolve))
    }
    const asked: Array<Asked> = []
    const ask = async (kind: Kind, id: string, reason: string) => {
      const path = kind === "get" ? "" : kind === "answer" ? "/gates/go" : `/${kind}`
      const body = kind === "answer" ? { value: true } : { reason }
      const response = await served.fetch(`/executions/${id}${path}`, kind === "get" ? undefined : Served.post(body))
      const told = (await response.json()) as {
        readonly id?: string
        readonly execution?: string
        readonly effect?: string
      }
      assert.strictEqual(kind === "get" ? told.id : (told.execution ?? id), id, `${kind} answers for its own execution`)
      asked.push({ kind, id, reason, status: response.status, effect: told.effect })
    }
    // Drawn beforehand: the same seed asks for the same, whatever comes first.
    const plans = Array.from({ length: executions }, (_, i) => ({
      wait: below(20),
      twice: below(3) === 0,
      requests: Array.from({ length: below(4) }, (_, n) => ({
        kind: (["interrupt", "interrupt", "answer", "get", "terminate"] as const)[below(5)]!,
        wait: below(12),
        reason: `execution ${i}, request ${n}`
      }))
    }))
    const client = async ({ requests, twice, wait }: (typeof plans)[number], i: number): Promise<string> => {
      await turns(wait)
      const start = async () => {
        const init = Served.post({}, { "idempotency-key": `${seed}-${i}` })
        const response = await served.fetch("/flows/stormy/executions", init)
        if (response.status === 202) return ((await response.json()) as { readonly id: string }).id
        // The first one of two with one key is still on its way.
        assert.strictEqual(response.status, 409, await response.text())
        return undefined
      }
      const ids = (await Promise.all(twice ? [start(), start()] : [start()])).filter((id) => id !== undefined)
      assert.strictEqual(new Set(ids).size, 1, "one key, one execution")
      const [id] = ids
      await Promise.all(
        requests.map(async ({ kind, reason, wait }) => {
          await turns(wait)
          await ask(kind, id!, reason)
        })
      )
      return id!
    }
    const ids = yield* Bounded.within(
      Effect.promise(() => Promise.all(plans.map(client))),
      "the storm",
      patience
    )
    assert.strictEqual(new Set(ids).size, executions)
    // Who is left waits at the gate.
    yield* Effect.promise(() => Promise.all(ids.map((id, i) => ask("interrupt", id, `the last word to ${i}`))))
    let completed = 0
    for (const id of ids) {
      const events = Array.from(
        yield* Bounded.within(
          Stream.runCollect(engine.events(id as ExecutionId.ExecutionId)),
          `the end of \`${id}\``,
          patience
        )
      )
      check(
        id,
        events,
        asked.filter((one) => one.id === id)
      )
      if (events.some((event) => event.type === "execution-ended" && event.status === "Completed")) completed++
    }
    const page = yield* Effect.promise(() => served.fetch("/executions?limit=1000").then((response) => response.json()))
    const listed = (page as { readonly executions: ReadonlyArray<{ readonly id: string; readonly status: string }> })
      .executions
    assert.deepStrictEqual(listed.map(({ id }) => id).sort(), [...ids].sort())
    assert.isTrue(listed.every(({ status }) => ExecutionStatus.isEnded(status as ExecutionStatus.ExecutionStatus)))
    assert.isAbove(completed, 0, "some went through")
    assert.isBelow(completed, executions, "and some did not")
  }).pipe(
    Effect.catchCause((cause) =>
      Effect.die(new Error(`The storm with seed ${seed} over ${store}: ${Cause.pretty(cause)}`))
    )
  )

/** The requests that were accepted against the record. */
const check = (id: string, events: ReadonlyArray<ExecutionEvent.ExecutionEvent>, asked: ReadonlyArray<Asked>): void => {
  events.forEach((event, i) => {
    assert.strictEqual(event.sequence, i + 1, `the events of ${id} follow on each other`)
    assert.strictEqual(event.execution, id)
  })
  const signals = events.flatMap((event) =>
    event.type === "interrupt-requested" || event.type === "interrupt-repeated" || event.type === "terminate-requested"
      ? [{ type: event.type, reason: event.signal.reason ?? "" }]
      : []
  )
  const firsts = signals.filter(({ type }) => type === "interrupt-requested")
  assert.isAtMost(firsts.length, 1, `${id} began to stop once`)
  for (const { effect, kind, reason, status } of asked) {
    const recorded = signals.filter((signal) => signal.reason === reason)
    if (kind === "interrupt") {
      assert.include([200, 202], status, `interrupting ${id} is never refused`)
      assert.strictEqual(recorded.length, 1, `the request \`${reason}\` is recorded once (it was ${effect})`)
      if (effect === "done") assert.strictEqual(recorded[0]!.type, "interrupt-requested")
    }
    if (kind === "terminate") {
      assert.include([200, 202], status)
      assert.strictEqual(recorded.length, effect === "done" ? 1 : 0, `\`${reason}\` (${effect})`)
    }
    if (kind === "get") assert.strictEqual(status, 200)
    if (kind === "answer") assert.include([202, 409], status)
  }
  const reasons = new Set(asked.map(({ reason }) => reason))
  for (const { reason } of signals) assert.isTrue(reasons.has(reason), `nobody asked ${id} with \`${reason}\``)
  const answered = asked.filter(({ kind, status }) => kind === "answer" && status === 202).length
  assert.strictEqual(events.filter(({ type }) => type === "gate-answered").length, answered)
  const ended = events.find((event) => event.type === "execution-ended")
  if (ended?.type !== "execution-ended") return
  if (ended.status === "Completed") assert.strictEqual(answered, 1, `${id} completed, so it was let through`)
  if (ended.status === "Terminated") assert.isTrue(signals.some(({ type }) => type === "terminate-requested"))
  if (ended.status === "Interrupted") assert.strictEqual(firsts.length, 1)
}

describe("R10 storms", () => {
  // One that is new each time, too: its seed is in the message of what it finds.
  const fresh = Date.now() % 1_000_000
  for (const [seed, store, executions] of [
    [1, "memory", 200],
    [2, "sqlite", 80],
    [fresh, "memory", 60]
  ] as const)
    it.live(
      `R10, P9: ${executions} executions at once over ${store} lose and misdirect no signal (seed ${seed})`,
      () => storm(seed, store, executions),
      2 * patience
    )

  const found = (through: (engine: Engine) => Engine) =>
    Effect.map(Effect.exit(storm(4, "memory", 40, through)), (exit) =>
      exit._tag === "Failure" ? Cause.pretty(exit.cause) : "nothing"
    )

  it.live(
    "find an engine that loses a signal which it has accepted",
    () =>
      Effect.gen(function* () {
        let n = 0
        const text = yield* found((engine) => ({
          ...engine,
          interrupt: (id, request) =>
            Effect.flatMap(engine.get(id), ({ status }) =>
              status === "Interrupting" || (ExecutionStatus.isEnded(status) && ++n % 3 === 0)
                ? Effect.succeed({ execution: id, status, effect: "repeat" as const })
                : engine.interrupt(id, request)
            )
        }))
        assert.match(text, /seed 4 over memory.*is recorded once/s)
      }),
    2 * patience
  )

  it.live(
    "find an engine that gives a signal to another execution",
    () =>
      Effect.gen(function* () {
        const seen: Array<ExecutionId.ExecutionId> = []
        let n = 0
        const text = yield* found((engine) => ({
          ...engine,
          interrupt: (id, request) => {
            seen.push(id)
            const other = request?.reason?.startsWith("the last word") !== true && ++n % 5 === 0 ? seen[0]! : id
            return Effect.map(engine.interrupt(other, request), (receipt) => ({ ...receipt, execution: id }))
          }
        }))
        assert.match(text, /seed 4 over memory.*(is recorded once|nobody asked)/s)
      }),
    2 * patience
  )
})
