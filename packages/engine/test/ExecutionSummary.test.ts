/** What a listing says is what the fold says, whatever the batches in which a store is told. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type EventBatch,
  type ExecutionEvent,
  ExecutionsLocal,
  ExecutionState,
  ExecutionStore,
  ExecutionStoreMemory,
  ExecutionSummary,
  Step
} from "@halte/engine"
import { Bounded, HandStep, RandomGraph } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

type Any = ExecutionEvent.ExecutionEvent

/** A store that keeps what it was told beside the summaries that a real one keeps after each batch. */
const watching = (durable: boolean) => {
  const memory = ExecutionStoreMemory.make()
  const batches: Array<EventBatch.EventBatch> = []
  const store: ExecutionStore.ExecutionStoreShape = {
    ...memory,
    durable,
    append: (claim, events, options) => {
      batches.push(events)
      return memory.append(claim, events, options)
    }
  }
  return { store, batches }
}

const check = (batches: ReadonlyArray<EventBatch.EventBatch>) => {
  let told: ExecutionSummary.ExecutionSummary | undefined
  let counted: ExecutionSummary.ExecutionSummary | undefined
  let state: ExecutionState.ExecutionState | undefined
  for (const batch of batches) {
    told = ExecutionStore.summarize(told, batch)
    for (const event of batch) {
      counted = ExecutionSummary.after(counted, [event], event.sequence)
      state = ExecutionState.fold(state, [event])
      compare(counted!, state!, event)
    }
    assert.deepStrictEqual(told, counted, "a batch tells the same as its events one by one")
  }
  return told!
}

const compare = (summary: ExecutionSummary.ExecutionSummary, state: ExecutionState.ExecutionState, event: Any) => {
  const completed = [...state.steps.values()].filter((s) => s.status === "Completed").length
  assert.deepStrictEqual(
    {
      id: summary.id,
      status: summary.status,
      attempt: summary.attempt,
      sequence: summary.sequence,
      startedAt: summary.startedAt,
      attemptStartedAt: summary.attemptStartedAt,
      endedAt: summary.endedAt,
      steps: summary.steps,
      completed: summary.completed
    },
    {
      id: state.id,
      status: state.status,
      attempt: state.attempt,
      sequence: state.sequence,
      startedAt: state.startedAt,
      attemptStartedAt: state.attemptStartedAt,
      endedAt: state.endedAt,
      steps: state.steps.size,
      completed
    },
    `after ${event.type}, ${event.sequence}`
  )
  if (summary.place !== undefined && state.ended === undefined)
    assert.notStrictEqual(state.steps.get(summary.place.step)!.status, "Completed", "where it is is not where it was")
}

describe("ExecutionSummary", () => {
  it.live("says of random flows, stopped and resumed, what the fold says, after each event and each batch", () =>
    Effect.gen(function* () {
      for (let seed = 1; seed <= 40; seed++) {
        const next = RandomGraph.random(seed * 31)
        const { batches, store } = watching(next() < 0.4)
        let left = Math.floor(next() * 30)
        let interrupt = () => {}
        const flow = RandomGraph.toFlow(
          RandomGraph.make(seed),
          () => {
            if (left-- === 0) interrupt()
          },
          {
            durability: next() < 0.3 ? "relaxed" : "step",
            fails: (step) => step.attempt === 1 && step.step.length % 3 === 0 && next() < 0.3
          }
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            const engine = yield* ExecutionsLocal.make({ flows: [flow], store })
            const id = yield* engine.start({ flow: flow.name })
            interrupt = () => void Effect.runFork(Effect.ignore(engine.interrupt(id)))
            for (;;) {
              const outcome = yield* Bounded.within(engine.outcome(id), `seed ${seed}`)
              if (outcome._tag === "Completed") break
              yield* engine.resume(id)
            }
            const said = check(batches)
            const [listed] = yield* engine.list()
            assert.deepStrictEqual(listed, said, `seed ${seed}`)
          })
        )
      }
    })
  )

  it.live("counts each completed step once when steps complete in the turn in which the execution ends", () =>
    Effect.gen(function* () {
      const { batches, store } = watching(false)
      const steps = [
        Step.make("a", { run: () => 1 }),
        Step.make("b", { run: () => 2 }),
        Step.make("c", { run: (_: unknown, step) => step.interrupted() }),
        Step.make("d", { after: "c", run: () => 3 })
      ]
      const engine = yield* Engine.make(Engine.of(steps), { store })
      yield* engine.run()
      assert.isTrue(
        batches.some((b) => (b.completions ?? 0) > 0 && b.notable!.some((e) => e.type === "execution-ended")),
        "they came together"
      )
      assert.strictEqual(check(batches).completed, 2)
    })
  )

  it.live("says no longer where a step was that has completed", () =>
    Effect.gen(function* () {
      const { batches, store } = watching(false)
      const a = HandStep.make("a")
      const gate = Step.gate("gate", { message: "Go on?" })
      const last = HandStep.make("last", { after: [a.step, gate] })
      const engine = yield* Engine.make(Engine.of([a.step, gate, last.step]), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.seen(id, "gate-opened")
      hand.context.report({ done: 3, total: 4 })
      yield* hand.succeed()
      yield* engine.answer(id, "gate", true)
      const second = yield* last.begun()
      assert.isUndefined(check(batches).place)
      yield* second.succeed()
      yield* engine.ended(id)
      check(batches)
    })
  )
})
