// XState: one machine that spawns an actor per step and counts open predecessors. A parallel state per step would test
// every guard at every step, which is slower still.
import { createActor, enqueueActions, fromPromise, setup, stopChild } from "xstate"
import { successorsOf, sumOf } from "../graphs/Graph.mjs"

export const build = (deps, step) => {
  const successors = successorsOf(deps)
  const sources = deps.flatMap((before, i) => (before.length === 0 ? [i] : []))
  let out = []
  let left = []
  let open = 0
  const work = fromPromise(async ({ input: i }) => {
    out[i] = await step(
      i,
      deps[i].map((d) => out[d])
    )
    return i
  })
  const start = (enqueue, i) => enqueue.spawnChild("work", { id: `s${i}`, input: i })
  const machine = setup({ actors: { work } }).createMachine({
    initial: "running",
    states: {
      running: {
        entry: enqueueActions(({ enqueue }) => {
          for (const i of sources) start(enqueue, i)
        }),
        on: {
          "xstate.done.actor.*": {
            actions: enqueueActions(({ enqueue, event }) => {
              const i = event.output
              enqueue(stopChild(`s${i}`))
              for (const next of successors[i]) if (--left[next] === 0) start(enqueue, next)
              if (--open === 0) enqueue.raise({ type: "all-done" })
            })
          },
          "all-done": "done"
        }
      },
      done: { type: "final" }
    }
  })
  return () => {
    out = new Array(deps.length)
    left = deps.map((d) => d.length)
    open = deps.length
    return new Promise((resolve, reject) => {
      const actor = createActor(machine)
      actor.subscribe({ complete: () => resolve(() => sumOf(out)), error: reject })
      actor.start()
    })
  }
}
