/**
 * P5: the process is killed at every one of its writes, before the write or before its answer, and the next process goes
 * on: nothing is half recorded, nothing that was recorded is done again, and the end is that of an uninterrupted run.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  ExecutionsLocal,
  ExecutionState,
  type ExecutionStore,
  ExecutionStoreMemory,
  type Flow,
  type Partition,
  Recovery,
  Step
} from "@halte/engine"
import { Bounded, HandStep, RandomGraph } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"
import { flows } from "./support/SmallFlows.ts"

interface Scene {
  readonly graph: RandomGraph.RandomFlow
  readonly durability?: Flow.Durability | undefined
  /** Turns of the event loop that a write takes. */
  readonly turns?: number | undefined
  /** The process asks for a stop at this piece of work of its life, and then resumes. */
  readonly interruptAt?: number | undefined
  /** Steps that fail in their first attempt. */
  readonly failing?: ReadonlyArray<string> | undefined
}

interface Played {
  /** The writes of each life. */
  readonly writes: ReadonlyArray<ReadonlyArray<string>>
  readonly values: Readonly<Record<string, unknown>>
  readonly lists: Record<string, ReadonlyArray<string>>
}

type Steps = ExecutionState.ExecutionState["steps"]

const listsOf = (partition: Partition.Partition) => ({
  completed: partition.completed,
  interrupted: partition.interrupted.map((s) => s.step),
  terminated: partition.terminated,
  failed: partition.failed,
  skipped: partition.skipped,
  notStarted: partition.notStarted
})

/** What the store says, whoever asks. */
const stored = (store: ExecutionStore.ExecutionStoreShape) =>
  Effect.gen(function* () {
    const listed = yield* store.list()
    assert.isAtMost(listed.length, 1, "one execution was started, however often it was tried")
    const summary = listed[0]
    if (summary === undefined) return undefined
    const events = yield* store.read(summary.id, 0, Number.MAX_SAFE_INTEGER)
    return { summary, events, state: ExecutionState.fold(undefined, events)! }
  })

/** Plays a scene with the deaths of its processes, one after the other, until a process lives to the end. */
const play = (scene: Scene, deaths: ReadonlyArray<MortalStore.Death>): Effect.Effect<Played, unknown> =>
  Effect.gen(function* () {
    const leaves = RandomGraph.leaves(scene.graph.nodes)
    const shared = ExecutionStoreMemory.make()
    const lives: Array<MortalStore.MortalStore> = []
    const problems: Array<string> = []
    const ends = new Map<string, Set<number>>()

    /** What a step may do in a life, given what was stored when the one before it ended. */
    const observe = (life: number, before: Steps | undefined, work: RandomGraph.Work) => {
      const piece = `\`${work.step}\` ${work.index}`
      const earlier = ends.get(piece) ?? new Set()
      if (work.phase === "end") ends.set(piece, earlier.add(life))
      else if (earlier.has(life)) problems.push(`${piece} ran twice in one life`)
      const step = before?.get(work.step)
      const { every, kind } = leaves.get(work.step)!
      if (step?.status === "Completed" || step?.status === "Skipped") problems.push(`${piece} ran after ${step.status}`)
      if (kind !== "for-each" || step === undefined) return
      const cursor = (step.cursor as number | undefined) ?? 0
      if (work.index < cursor) problems.push(`${piece} ran although the cursor was at ${cursor}`)
      if (scene.durability === "relaxed" || work.phase === "end") return
      if (earlier.size > 0 && work.index >= cursor + every && [...earlier].some((l) => l < life))
        problems.push(`${piece} ran again, more than a batch after the cursor ${cursor}`)
    }

    const live = (store: MortalStore.MortalStore, life: number, before: Steps | undefined) =>
      Effect.gen(function* () {
        for (let gone = 0; gone < life; gone++)
          yield* Recovery.recover(store, { owner: `process-${life}`, gone: `process-${gone}` })
        if (life > 0) yield* checkRecovered(shared, scene.graph.nodes)
        let works = 0
        let interrupt = () => {}
        const flow = RandomGraph.toFlow(
          scene.graph,
          (work) => {
            // What a process does after it was killed does not happen.
            if (store.isDead()) return
            observe(life, before, work)
            if (++works === scene.interruptAt) interrupt()
          },
          {
            durability: scene.durability,
            logs: true,
            fails: (step) => step.attempt === 1 && scene.failing?.includes(step.step) === true
          }
        )
        const engine = yield* ExecutionsLocal.make({ flows: [flow], store, owner: `process-${life}` })
        const there = (yield* store.list())[0]
        const id = there?.id ?? (yield* engine.start({ flow: flow.name }))
        interrupt = () => void Effect.runFork(Effect.ignore(engine.interrupt(id)))
        if (there?.status === "Completed") return
        if (there !== undefined) yield* engine.resume(id)
        for (;;) {
          const outcome = yield* engine.outcome(id)
          if (outcome._tag === "Completed") return
          yield* engine.resume(id)
        }
      })

    for (let life = 0; ; life++) {
      const store = MortalStore.make(shared, deaths[life], scene.turns)
      lives.push(store)
      const before = (yield* stored(shared))?.state.steps
      const scope = yield* Scope.make()
      const fiber = Effect.runFork(Scope.provide(live(store, life, before), scope))
      yield* Bounded.within(
        Effect.raceFirst(Fiber.join(fiber), store.died),
        `life ${life} to end; it wrote ${store.writes.join(", ")}`
      )
      const close = Scope.close(scope, Exit.void)
      if (!store.isDead()) {
        yield* Bounded.within(close, "the engine to close")
        break
      }
      Effect.runFork(close)
    }

    assert.deepStrictEqual(problems, [])
    const { events, state, summary } = (yield* stored(shared))!
    assert.deepStrictEqual(
      events.map((e) => e.sequence),
      events.map((_, i) => i + 1)
    )
    assert.strictEqual(state.status, "Completed")
    assert.deepStrictEqual(yield* shared.owners, [], "nobody holds a claim")
    assert.deepStrictEqual([summary.status, summary.completed], ["Completed", state.ended!.partition.completed.length])
    const lists = listsOf(state.ended!.partition)
    for (const id of lists.completed) {
      const { items, kind } = leaves.get(id)!
      for (let i = 0; i < (kind === "loop" || kind === "for-each" ? items : 1); i++)
        assert.isTrue(ends.has(`\`${id}\` ${i}`), `\`${id}\` ${i} was done`)
    }
    return { writes: lives.map((l) => l.writes), values: ExecutionState.outcome(state)!.values, lists }
  })

/** After a recovery each step is exactly one of done, with its value, not started, and stopped, at its cursor. */
const checkRecovered = (shared: ExecutionStore.ExecutionStoreShape, nodes: ReadonlyArray<RandomGraph.Node>) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(
      (yield* shared.owners).filter((o) => o.owner.startsWith("process-")),
      [],
      "nobody who is gone holds a claim"
    )
    const found = yield* stored(shared)
    if (found === undefined) return
    const { events, state, summary } = found
    assert.strictEqual(events.at(-1)!.type, "execution-ended")
    assert.include(["Interrupted", "Failed", "Completed"], state.status)
    const lists = listsOf(state.ended!.partition)
    const all = Object.values(lists).flat()
    const leaves = RandomGraph.leaves(nodes, (map) => !state.steps.has(map))
    assert.deepStrictEqual([...all].sort(), [...leaves.keys()].sort(), "each step is in one list")
    for (const id of lists.completed) assert.isDefined(state.steps.get(id)!.value, `the value of \`${id}\``)
    for (const { cursor, step } of state.ended!.partition.interrupted) {
      assert.strictEqual(state.steps.get(step)!.status, "Interrupted")
      assert.deepStrictEqual(cursor, state.steps.get(step)!.cursor, `the cursor of \`${step}\``)
    }
    assert.deepStrictEqual(listsOf(ExecutionState.partition(state)), lists, "the fold says the same")
    assert.deepStrictEqual(
      [summary.status, summary.completed, summary.sequence],
      [state.status, lists.completed.length, state.sequence],
      "the listing says the same"
    )
  })

const named = (scene: Scene, deaths: ReadonlyArray<MortalStore.Death>) =>
  `killed ${deaths.map((d) => `${d.when} write ${d.write}`).join(", then ")}${scene.interruptAt === undefined ? "" : `, interrupted at ${scene.interruptAt}`}`

/** Kills the first process at each of its writes, in both ways; answers how many writes there were. */
const killEverywhere = (scene: Scene, then: ReadonlyArray<MortalStore.Death> = []) =>
  Effect.gen(function* () {
    const reference = yield* play({ ...scene, interruptAt: undefined, failing: undefined }, [])
    let writes = 0
    for (const when of ["before", "after"] as const)
      for (let write = 1; ; write++) {
        const deaths = [{ write, when }, ...then]
        const { lists, values, ...played } = yield* play(scene, deaths).pipe(
          Effect.catchCause((cause) => Effect.die(new Error(named(scene, deaths), { cause: new Error(String(cause)) })))
        )
        assert.deepStrictEqual(
          { lists, values },
          { lists: reference.lists, values: reference.values },
          named(scene, deaths)
        )
        if (played.writes.length === 1) break
        writes = Math.max(writes, write)
      }
    return writes
  })

describe("P5: a process that is killed at any of its writes", { timeout: 30_000 }, () => {
  for (const [name, nodes] of Object.entries(flows)) {
    const graph = RandomGraph.of(nodes)
    it.live(`loses and repeats nothing that was recorded, in ${name}`, () =>
      Effect.gen(function* () {
        const writes = yield* killEverywhere({ graph })
        assert.isAtLeast(writes, nodes.length, "there were writes to be killed at")
        // While it stops, and while it goes on from where it stopped; with a store that takes its time.
        yield* killEverywhere({ graph, interruptAt: 1 })
        yield* killEverywhere({ graph, turns: 1, interruptAt: 4 })
      })
    )

    it.live(`written behind, repeats no more than what was not recorded, in ${name}`, () =>
      Effect.gen(function* () {
        yield* killEverywhere({ graph, durability: "relaxed" })
        yield* killEverywhere({ graph, durability: "relaxed", interruptAt: 2 })
        yield* killEverywhere({ graph, durability: "relaxed", turns: 1, interruptAt: 5 })
      })
    )
  }

  it.effect("is found again when it was killed while it said that it is alive, before or after", () =>
    Effect.gen(function* () {
      for (const when of ["before", "after"] as const) {
        const shared = ExecutionStoreMemory.make()
        const store = MortalStore.make(shared, { write: 4, when })
        const { a, b, steps } = HandStep.chain("a", "b")
        const engine = yield* Engine.doomed(Engine.of(steps), { store, owner: "process-0" })
        const id = yield* engine.begin()
        yield* a.begun()
        yield* engine.seen(id, "step-started")
        yield* TestClock.adjust("10 seconds")
        yield* Bounded.within(store.died, "the death")
        assert.strictEqual(store.writes.at(-1), "heartbeat")
        yield* Recovery.recover(shared, { owner: "process-1", gone: "process-0" })
        const next = yield* Engine.make(Engine.of(steps), { store: MortalStore.make(shared) })
        yield* next.resume(id)
        for (const step of [a, b]) yield* (yield* step.begun()).succeed(1)
        assert.strictEqual((yield* next.ended(id)).outcome._tag, "Completed")
      }
    })
  )

  it.live("keeps the answer that a person gave to a gate, if it was recorded", () =>
    Effect.gen(function* () {
      for (let write = 1; write < 12; write++) {
        const shared = ExecutionStoreMemory.make()
        const store = MortalStore.make(shared, { write, when: "after" }, 1)
        const gate = Step.gate("gate", { message: "How many?", schema: Schema.NumberFromString })
        const flow = Engine.of([gate, Step.make("b", { input: { gate }, run: ({ gate }) => gate + 1 })])
        const engine = yield* Engine.doomed(flow, { store, owner: "process-0" })
        const live = Effect.gen(function* () {
          const id = yield* engine.begin()
          yield* engine.seen(id, "gate-opened")
          yield* engine.answer(id, "gate", "41", { by: "ann" })
          yield* engine.outcome(id)
        })
        const fiber = Effect.runFork(live)
        yield* Bounded.within(Effect.raceFirst(Fiber.join(fiber), store.died), "the end or the death")
        if (!store.isDead()) break
        yield* Recovery.recover(shared, { owner: "process-1", gone: "process-0" })
        const found = yield* stored(shared)
        if (found === undefined || found.state.status === "Completed") continue
        const next = yield* Engine.make(flow, { store: MortalStore.make(shared) })
        const { id } = found.summary
        yield* next.resume(id)
        if (!found.events.some((e) => e.type === "gate-answered")) {
          yield* next.seen(id, "gate-opened", { after: found.state.sequence })
          yield* next.answer(id, "gate", "41")
        }
        const { of, outcome } = yield* next.ended(id)
        assert.strictEqual(outcome.values["b"], 42)
        assert.strictEqual(of("gate-answered").length, 1, `asked once, killed at write ${write}`)
      }
    })
  )

  it.live("loses and repeats nothing that was recorded after a failure either", () =>
    Effect.gen(function* () {
      const graph = RandomGraph.of(flows["a fan"]!)
      yield* killEverywhere({ graph, failing: ["c", "e"] })
      yield* killEverywhere({ graph, failing: ["b"], durability: "relaxed", interruptAt: 3 })
    })
  )

  it.live("and so is the next one, at any write of its recovery and of its own attempt", () =>
    Effect.gen(function* () {
      const list = { kind: "for-each", inputs: ["a"], items: 4, every: 2 } as const
      const graph = RandomGraph.of([RandomGraph.node("a"), RandomGraph.node("b", list)])
      for (const write of [1, 2, 3, 5, 8])
        yield* killEverywhere({ graph }, [{ write, when: write % 2 === 0 ? "before" : "after" }])
    })
  )

  it.live("four times in a row, each time a little later", () =>
    Effect.gen(function* () {
      const graph = RandomGraph.of(flows["groups within groups"]!)
      yield* killEverywhere({ graph, interruptAt: 2 }, [
        { write: 3, when: "before" },
        { write: 4, when: "after" },
        { write: 6, when: "after" },
        { write: 8, when: "before" }
      ])
    })
  )

  it.live("loses and repeats nothing that was recorded, in random flows", () =>
    Effect.gen(function* () {
      for (const seed of [3, 1234])
        for (const durability of ["step", "relaxed"] as const) {
          const next = RandomGraph.random(seed)
          const scene = {
            graph: RandomGraph.make(seed, { size: 8 }),
            durability,
            turns: next() < 0.5 ? 0 : 1,
            interruptAt: 1 + Math.floor(next() * 8)
          }
          yield* killEverywhere(scene).pipe(
            Effect.catchCause((cause) => Effect.die(new Error(`seed ${seed}`, { cause: new Error(String(cause)) })))
          )
        }
    })
  )
})
