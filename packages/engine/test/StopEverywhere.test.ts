/**
 * P7: interrupted at every stopping point, and resumed by another process from the store alone, an execution ends as one
 * that nobody interrupted, and each completed step and batch ran once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type ExecutionId,
  ExecutionsLocal,
  ExecutionState,
  type ExecutionStore,
  ExecutionStoreMemory,
  InterruptStrategy
} from "@halte/engine"
import { Bounded, RandomGraph } from "@halte/engine/testing"
import * as MortalStore from "./support/MortalStore.ts"
import { flows } from "./support/SmallFlows.ts"

interface Played {
  readonly values: Readonly<Record<string, unknown>>
  /** Moments of each attempt: before and after each piece of work, and after each write. */
  readonly moments: ReadonlyArray<number>
  /** Where each attempt but the last stopped: what had completed, and the cursors. */
  readonly stops: ReadonlyArray<string>
  /** Attempts that were asked to stop and had nothing left to be stopped. */
  readonly attempts: number
}

/** Interrupts the n-th attempt at the n-th of these moments; each attempt is another engine's. */
const play = (
  graph: RandomGraph.RandomFlow,
  at: ReadonlyArray<number>,
  strategy?: InterruptStrategy.InterruptStrategy
): Effect.Effect<Played, unknown> =>
  Effect.gen(function* () {
    const shared = ExecutionStoreMemory.make()
    const ends = new Map<string, number>()
    const moments: Array<number> = []
    const stops: Array<string> = []
    let id: ExecutionId.ExecutionId | undefined
    for (let attempt = 0; ; attempt++) {
      moments.push(0)
      let interrupt: (() => void) | undefined
      const moment = () => {
        if (moments[attempt]!++ === at[attempt]) interrupt?.()
      }
      const store = MortalStore.make(shared)
      const watched: ExecutionStore.ExecutionStoreShape = {
        ...store,
        append: (claim, ...args) =>
          Effect.tap(store.append(claim, ...args), () =>
            Effect.sync(() => {
              id ??= claim.execution
              moment()
            })
          )
      }
      const flow = RandomGraph.toFlow(graph, ({ index, phase, step }) => {
        if (phase === "end") ends.set(`${step} ${index}`, (ends.get(`${step} ${index}`) ?? 0) + 1)
        moment()
      })
      const ended = yield* Effect.scoped(
        Effect.gen(function* () {
          const engine = yield* ExecutionsLocal.make({ flows: [flow], store: watched })
          const known = id
          interrupt = () => {
            const asked = id
            if (asked !== undefined) Effect.runFork(engine.interrupt(asked, strategy === undefined ? {} : { strategy }))
          }
          if (known === undefined) yield* engine.start({ flow: flow.name })
          else yield* engine.resume(known)
          return yield* Bounded.within(engine.outcome(id!), `attempt ${attempt + 1}`)
        })
      )
      const events = yield* shared.read(id!, 0, 10_000)
      assert.deepStrictEqual(yield* shared.owners, [], "the claim ended with the attempt")
      const state = ExecutionState.fold(undefined, events)!
      assert.strictEqual(state.status, ended._tag)
      if (ended._tag === "Completed") {
        for (const [piece, count] of ends) assert.strictEqual(count, 1, `\`${piece}\` ran once`)
        return { values: ExecutionState.outcome(state)!.values, moments, stops, attempts: attempt + 1 }
      }
      assert.strictEqual(ended._tag, "Interrupted")
      const { completed, interrupted } = state.ended!.partition
      stops.push(
        JSON.stringify([[...completed].sort(), interrupted.map((s) => `${s.step}@${JSON.stringify(s.cursor)}`).sort()])
      )
    }
  })

const stopEverywhere = (graph: RandomGraph.RandomFlow, twice: boolean) =>
  Effect.gen(function* () {
    const reference = yield* play(graph, [])
    const stops = new Set<string>()
    let attempts = 0
    const check = (at: ReadonlyArray<number>) =>
      Effect.gen(function* () {
        const played = yield* play(graph, at).pipe(
          Effect.catchCause((cause) =>
            Effect.die(new Error(`interrupted at ${at}`, { cause: new Error(String(cause)) }))
          )
        )
        assert.deepStrictEqual(played.values, reference.values, `interrupted at ${at}`)
        for (const stop of played.stops) stops.add(stop)
        attempts += played.attempts
        return played
      })
    for (let first = 0; first < reference.moments[0]!; first++) {
      const { moments } = yield* check([first])
      if (twice && first % 3 === 0)
        for (let second = first % 2; second < (moments[1] ?? 0); second += 2) yield* check([first, second])
    }
    return { stops, attempts, moments: reference.moments[0]! }
  })

describe("P7: interrupted at every stopping point and resumed by another engine", { timeout: 30_000 }, () => {
  for (const [name, nodes] of Object.entries(flows))
    it.live(`${name} ends as if nothing had happened, twice as well`, () =>
      Effect.gen(function* () {
        const { attempts, moments, stops } = yield* stopEverywhere(RandomGraph.of(nodes), true)
        assert.isAbove(attempts, moments, "the most of these moments were before a stopping point")
        assert.isAtLeast(stops.size, 3, "it stopped in different places")
      })
    )

  it.live("a list stops before each of its batches, a loop at each of its checks, and a chain before each step", () =>
    Effect.gen(function* () {
      const { node, of } = RandomGraph
      const cursors = (stops: ReadonlySet<string>) => [...stops].flatMap((stop) => JSON.parse(stop)[1] as Array<string>)
      const list = of([node("list", { kind: "for-each", items: 7, every: 3 })])
      assert.sameMembers([...new Set(cursors((yield* stopEverywhere(list, false)).stops))], ["list@3", "list@6"])
      const loop = of([node("loop", { kind: "loop", items: 4, turns: 1 })])
      assert.includeMembers(cursors((yield* stopEverywhere(loop, false)).stops), ["loop@1", "loop@2", "loop@3"])
      const chain = of([node("a"), node("b", { after: ["a"] }), node("c", { after: ["b"] })])
      assert.sameMembers([...(yield* stopEverywhere(chain, false)).stops], ["[[],[]]", '[["a"],[]]', '[["a","b"],[]]'])
    })
  )

  it.live("a flow that lets some more steps start stops after exactly these, and goes on with the rest", () =>
    Effect.gen(function* () {
      const graph = RandomGraph.of(flows["a fan"]!)
      const reference = yield* play(graph, [])
      for (let first = 0; first < reference.moments[0]!; first++) {
        const played = yield* play(graph, [first, first], InterruptStrategy.PollNextN(1))
        assert.deepStrictEqual(played.values, reference.values, `interrupted at ${first}`)
      }
    })
  )
})
