/**
 * Random graphs × moments of the signal × strategies × numbers of signals. Every case has a seed, named when it fails:
 * `HALTE_SEED=n vitest run … Properties` plays that one alone; `HALTE_CASES=n` plays more.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope, Stream } from "effect"
import {
  type Executions,
  ExecutionEvent,
  ExecutionsLocal,
  ExecutionState,
  type ExecutionStore,
  ExecutionStoreMemory,
  FlowDescription,
  InterruptStrategy,
  type Outcome
} from "@halte/engine"
import { Bounded, RandomGraph } from "@halte/engine/testing"

const cases = Number(process.env["HALTE_CASES"] ?? 80)
const only = process.env["HALTE_SEED"]
const seeds = only === undefined ? Array.from({ length: cases }, (_, i) => i + 1) : [Number(only)]

/** Plays every seed; what goes wrong names its seed. */
const forSeeds = (play: (seed: number) => Effect.Effect<void, unknown, Scope.Scope>) =>
  Effect.forEach(
    seeds,
    (seed) =>
      Effect.scoped(play(seed)).pipe(
        Effect.catchCause((cause) => Effect.die(new Error(`HALTE_SEED=${seed}`, { cause: new Error(String(cause)) })))
      ),
    { discard: true }
  )

/** A store that outlives nothing but says it does, and whose writes take a turn of the event loop. */
const slowStore = (onAppend: () => void, durable: boolean) => {
  const memory = ExecutionStoreMemory.make()
  const store: ExecutionStore.ExecutionStoreShape = {
    ...memory,
    durable,
    append: (claim, events, options) =>
      (durable ? Bounded.turns() : Effect.void).pipe(
        Effect.andThen(memory.append(claim, events, options)),
        Effect.tap(() => Effect.sync(() => onAppend()))
      )
  }
  return store
}

interface Scene {
  readonly seed: number
  readonly graph: RandomGraph.RandomFlow
  readonly works: Array<RandomGraph.Work>
  readonly executions: ExecutionsLocal.LocalExecutions
  /** Called in each piece of work and after each write. */
  readonly during: { onMoment: (() => void) | undefined }
}

const open = (
  seed: number,
  durable: boolean,
  strategy?: InterruptStrategy.InterruptStrategy,
  failing?: Pick<NonNullable<Parameters<typeof RandomGraph.toFlow>[2]>, "fails" | "onFailure">
) =>
  Effect.gen(function* () {
    const graph = RandomGraph.make(seed)
    const works: Array<RandomGraph.Work> = []
    const during: Scene["during"] = { onMoment: undefined }
    const flow = RandomGraph.toFlow(
      graph,
      (work) => {
        works.push(work)
        during.onMoment?.()
      },
      { strategy, ...failing }
    )
    const executions = yield* ExecutionsLocal.make({
      flows: [flow],
      store: slowStore(() => during.onMoment?.(), durable)
    })
    return { seed, graph, works, executions, during } satisfies Scene
  })

const eventsOf = (executions: Executions.ExecutionsShape, id: Parameters<typeof executions.get>[0]) =>
  Stream.runCollect(executions.events(id))

/** Leaves that must be over before each leaf begins, groups standing for all of theirs. */
const predecessors = (definition: FlowDescription.FlowDescription): ReadonlyMap<string, ReadonlySet<string>> => {
  const leaves = FlowDescription.leaves(definition).map((l) => l.id)
  const of = (id: string) => leaves.filter((leaf) => leaf === id || leaf.startsWith(`${id}/`))
  const found = new Map<string, Set<string>>()
  const visit = (steps: ReadonlyArray<FlowDescription.StepDescription>, outer: ReadonlyArray<string>) => {
    for (const step of steps) {
      const before = [...outer, ...step.after.flatMap(of)]
      if (step.steps === undefined) found.set(step.id, new Set(before))
      else visit(step.steps, before)
    }
  }
  visit(definition.steps, [])
  return found
}

const listsOf = (outcome: Outcome.Outcome) => ({
  completed: outcome.completed,
  interrupted: outcome.interrupted.map((s) => s.step),
  terminated: outcome.terminated,
  failed: outcome.failed,
  skipped: outcome.skipped,
  notStarted: outcome.notStarted
})

/** P6: every step in one list, and the lists what really ran. */
const checkPartition = (scene: Scene, outcome: Outcome.Outcome, state: ExecutionState.ExecutionState) => {
  const nodes = RandomGraph.leaves(scene.graph.nodes, (map) => !state.steps.has(map))
  const lists = listsOf(outcome)
  const all = Object.values(lists).flat()
  assert.strictEqual(new Set(all).size, all.length, "a step is in two lists")
  assert.deepStrictEqual([...all].sort(), [...nodes.keys()].sort(), "the lists are not all the steps")
  const ends = (step: string) => scene.works.filter((w) => w.step === step && w.phase === "end").map((w) => w.index)
  const pieces = (node: RandomGraph.Node) => (node.kind === "loop" || node.kind === "for-each" ? node.items : 1)
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
  const sorted = (list: ReadonlyArray<number>) => [...list].sort((a, b) => a - b)
  for (const id of lists.completed)
    assert.deepStrictEqual(sorted(ends(id)), upTo(pieces(nodes.get(id)!)), `completed \`${id}\``)
  for (const id of lists.skipped) assert.deepStrictEqual(ends(id), [], `skipped \`${id}\``)
  // A step that an earlier attempt left half-way and this one did not get to has the cursor of then.
  for (const id of lists.notStarted)
    assert.deepStrictEqual(
      sorted(ends(id)),
      upTo((state.steps.get(id)!.cursor as number | undefined) ?? 0),
      `not started \`${id}\``
    )
  for (const { cursor, step } of outcome.interrupted)
    assert.deepStrictEqual(sorted(ends(step)), upTo((cursor as number | undefined) ?? 0), `interrupted \`${step}\``)
}

/** Each step began after all that come before it were over, in whichever attempt. */
const checkOrder = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>) => {
  let before = new Map<string, ReadonlySet<string>>() as ReadonlyMap<string, ReadonlySet<string>>
  let definition: FlowDescription.FlowDescription | undefined
  const over = new Set<string>()
  for (const event of events) {
    if (event.type === "execution-started") {
      definition = event.definition
      for (const [map, count] of Object.entries(event.maps ?? {}))
        definition = FlowDescription.expand(definition, map, count)
      before = predecessors(definition)
    }
    if (event.type === "step-expanded") {
      definition = FlowDescription.expand(definition!, event.step, event.count)
      before = predecessors(definition)
      // Those with no items at all are over with that.
      over.add(event.step)
    }
    if (event.type === "step-completed" || event.type === "step-skipped") over.add(event.step)
    if (event.type === "step-started")
      for (const other of before.get(event.step)!)
        assert.isTrue(over.has(other), `\`${event.step}\` began before \`${other}\` was over`)
  }
}

/** P1, P8: what may still begin after each request, as a count that never goes below zero. */
const checkStarts = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>) => {
  let allowed = Number.POSITIVE_INFINITY
  const allow = (strategy: InterruptStrategy.InterruptStrategy) => {
    if (strategy._tag === "FinishCurrent") allowed = 0
    if (strategy._tag === "PollNextN") allowed = strategy.n
  }
  for (const event of events) {
    if (event.type === "execution-started") allowed = Number.POSITIVE_INFINITY
    if (event.type === "interrupt-requested") allow(event.strategy)
    if (event.type === "interrupt-repeated" && !event.late && event.strategy !== undefined) allow(event.strategy)
    if (event.type === "step-started" && event.try === 1) {
      allowed--
      assert.isAtLeast(allowed, 0, `\`${event.step}\` began after the request allowed no more`)
    }
    if (event.type === "execution-ended" && event.status === "Interrupted")
      assert.strictEqual(allowed, 0, "fewer steps began than the strategy allows")
  }
}

/** The fold of the events is what the engine says, and every event survives its line of JSON. */
const checkEvents = (
  events: ReadonlyArray<ExecutionEvent.ExecutionEvent>,
  state: ExecutionState.ExecutionState,
  outcome: Outcome.Outcome
) => {
  assert.deepStrictEqual(
    events.map((e) => e.sequence),
    events.map((_, i) => i + 1),
    "sequences have no gap"
  )
  const folded = ExecutionState.fold(undefined, events)!
  assert.deepStrictEqual(folded, state, "the fold of the events and the engine's state")
  const half = Math.floor(events.length / 2)
  const inTwo = ExecutionState.fold(ExecutionState.fold(undefined, events.slice(0, half)), events.slice(half))
  assert.deepStrictEqual(inTwo, folded, "folding in two parts")
  assert.deepStrictEqual({ ...ExecutionState.outcome(folded)! }, { ...outcome }, "the folded outcome and the engine's")
  const statuses = new Map(
    Object.entries({
      completed: "Completed",
      interrupted: "Interrupted",
      terminated: "Terminated",
      failed: "Failed",
      skipped: "Skipped",
      notStarted: "Waiting"
    })
  )
  for (const [list, ids] of Object.entries(listsOf(outcome)))
    for (const id of ids) assert.strictEqual(folded.steps.get(id)?.status, statuses.get(list), `the state of \`${id}\``)
  for (const event of events) {
    const line = ExecutionEvent.toJson(event)
    assert.deepStrictEqual(ExecutionEvent.fromJson(line), JSON.parse(JSON.stringify(event)), "an event and its line")
    assert.strictEqual(ExecutionEvent.toJson(ExecutionEvent.fromJson(line)), line, "the line of a line")
  }
}

const strategyOf = (next: () => number): InterruptStrategy.InterruptStrategy | undefined => {
  const which = Math.floor(next() * 6)
  if (which < 2) return undefined
  if (which < 4) return InterruptStrategy.FinishCurrent
  return which === 4 ? InterruptStrategy.PollNextN(Math.floor(next() * 4)) : InterruptStrategy.IgnoreInterruptions
}

const uninterrupted = (seed: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const scene = yield* open(seed, false)
      const id = yield* scene.executions.start({ flow: "random" })
      const outcome = yield* Bounded.within(scene.executions.outcome(id), "an uninterrupted execution")
      assert.strictEqual(outcome._tag, "Completed")
      checkPartition(scene, outcome, yield* scene.executions.get(id))
      const events = yield* eventsOf(scene.executions, id)
      checkOrder(events)
      checkEvents(events, yield* scene.executions.get(id), outcome)
      return { outcome, moments: scene.works.length + events.length }
    })
  )

describe("random graphs", () => {
  it.live(
    "P1, P6, P7, P8: stop exactly where they say, at any moment, and resume to what an uninterrupted one gives",
    () =>
      forSeeds((seed) =>
        Effect.gen(function* () {
          const reference = yield* uninterrupted(seed)
          const next = RandomGraph.random(seed * 7919)
          const scene = yield* open(seed, next() < 0.4, strategyOf(next))
          const { during, executions, works } = scene
          const id = yield* executions.start({ flow: "random" })
          for (let attempt = 1; ; attempt++) {
            // Signals at random moments of this attempt; after a few attempts it is let through.
            const signals = attempt > 4 ? 0 : 1 + Math.floor(next() * 3)
            const moments = Array.from({ length: signals }, () => ({
              left: Math.floor((next() * reference.moments) / attempt),
              strategy: next() < 0.6 ? undefined : strategyOf(next)
            }))
            during.onMoment = () => {
              for (const moment of moments)
                if (moment.left-- === 0)
                  Effect.runFork(
                    executions.interrupt(id, moment.strategy === undefined ? {} : { strategy: moment.strategy })
                  )
            }
            const outcome = yield* Bounded.within(executions.outcome(id), `attempt ${attempt}`)
            during.onMoment = undefined
            const events = yield* eventsOf(executions, id)
            checkEvents(events, yield* executions.get(id), outcome)
            checkPartition(scene, outcome, yield* executions.get(id))
            checkOrder(events)
            checkStarts(events)
            if (outcome._tag === "Completed") {
              assert.deepStrictEqual(outcome.values, reference.outcome.values, "the values, resumed and not")
              assert.deepStrictEqual(listsOf(outcome), listsOf(reference.outcome), "the lists, resumed and not")
              const ends = works.filter((w) => w.phase === "end").map((w) => `${w.step} ${w.index}`)
              assert.strictEqual(new Set(ends).size, ends.length, "a piece of work ran twice")
              break
            }
            assert.strictEqual(outcome._tag, "Interrupted")
            yield* executions.resume(id)
          }
        })
      ),
    60_000
  )

  it.live(
    "P8, P11: terminated at any moment, list every step once, and resume without running a completed one again",
    () =>
      forSeeds((seed) =>
        Effect.gen(function* () {
          const reference = yield* uninterrupted(seed)
          const next = RandomGraph.random(seed * 104_729)
          const scene = yield* open(seed, next() < 0.3)
          const { during, executions, works } = scene
          const id = yield* executions.start({ flow: "random" })
          let left = Math.floor(next() * reference.moments)
          const both = next() < 0.5
          during.onMoment = () => {
            if (left-- !== 0) return
            if (both) Effect.runFork(executions.interrupt(id))
            Effect.runFork(executions.terminate(id))
          }
          const outcome = yield* Bounded.within(executions.outcome(id), "the terminated attempt")
          during.onMoment = undefined
          const events = yield* eventsOf(executions, id)
          const state = yield* executions.get(id)
          checkEvents(events, state, outcome)
          checkOrder(events)
          const lists = listsOf(outcome)
          const all = Object.values(lists).flat()
          const leaves = RandomGraph.leaves(scene.graph.nodes, (map) => !state.steps.has(map))
          assert.deepStrictEqual([...all].sort(), [...leaves.keys()].sort(), "the lists")
          for (const step of [...lists.notStarted, ...lists.skipped])
            assert.isFalse(
              works.some((w) => w.step === step),
              `\`${step}\` never ran`
            )
          const asked = events.findIndex((e) => e.type === "terminate-requested")
          for (const event of events.slice(asked + 1))
            if (asked >= 0) assert.notStrictEqual(event.type, "step-started", "a step began after terminate")
          if (outcome._tag === "Completed") return
          const done = new Set(lists.completed)
          const before = works.length
          yield* executions.resume(id)
          const second = yield* Bounded.within(executions.outcome(id), "the resumed attempt")
          assert.strictEqual(second._tag, "Completed")
          assert.deepStrictEqual(second.values, reference.outcome.values, "the values, resumed and not")
          assert.isFalse(
            works.slice(before).some((w) => done.has(w.step)),
            "a completed step ran again"
          )
        })
      ),
    60_000
  )

  it.live(
    "P6, P8: failing here and there, and asked to stop at any moment, say which it was, and resume to the same values",
    () =>
      forSeeds((seed) =>
        Effect.gen(function* () {
          const reference = yield* uninterrupted(seed)
          const next = RandomGraph.random(seed * 15_485_863)
          const often = next() * 0.4
          const unlucky = new Map<string, boolean>()
          const scene = yield* open(seed, next() < 0.3, undefined, {
            onFailure: next() < 0.5 ? "stop" : "continue",
            fails: (step) => {
              if (!unlucky.has(step.step)) unlucky.set(step.step, next() < often)
              return step.attempt === 1 && unlucky.get(step.step)!
            }
          })
          const { during, executions, works } = scene
          const id = yield* executions.start({ flow: "random" })
          let left = next() < 0.5 ? Number.POSITIVE_INFINITY : Math.floor(next() * reference.moments)
          during.onMoment = () => {
            if (left-- === 0) Effect.runFork(executions.interrupt(id))
          }
          const outcome = yield* Bounded.within(executions.outcome(id), "the first attempt")
          during.onMoment = undefined
          const events = yield* eventsOf(executions, id)
          checkEvents(events, yield* executions.get(id), outcome)
          checkPartition(scene, outcome, yield* executions.get(id))
          checkOrder(events)
          const failedAt = events.findIndex((e) => e.type === "step-failed")
          const request = events.find((e) => e.type === "interrupt-requested")
          assert.deepStrictEqual(
            [...outcome.failed].sort(),
            events.flatMap((e) => (e.type === "step-failed" ? [e.step] : [])).sort()
          )
          if (outcome._tag === "Failed") {
            const first = events[failedAt]
            assert.strictEqual(first?.type === "step-failed" && first.step, outcome.step)
            assert.isTrue(
              request === undefined || request.sequence > failedAt + 1,
              "stop wins: a failure after the request is not its outcome"
            )
          }
          if (outcome._tag === "Interrupted") assert.strictEqual(request?.signal.source, "Sdk")
          if (outcome._tag === "Completed") return assert.strictEqual(failedAt, -1)
          yield* executions.resume(id)
          const second = yield* Bounded.within(executions.outcome(id), "the resumed attempt")
          assert.strictEqual(second._tag, "Completed")
          assert.deepStrictEqual(second.values, reference.outcome.values, "the values, resumed and not")
          const ends = works.filter((w) => w.phase === "end").map((w) => `${w.step} ${w.index}`)
          assert.strictEqual(new Set(ends).size, ends.length, "a piece of work ran twice")
        })
      ),
    60_000
  )
})
