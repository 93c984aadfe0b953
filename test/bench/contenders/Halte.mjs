// Halte as it is used: `Executions` in this process, events recorded in the memory store, latch read before every step,
// the outcome awaited. Each step reads its predecessors' values as inputs.
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Effect, Scope } from "effect"
import { sumOf } from "../graphs/Graph.mjs"

export const build = async (deps, step, body) => {
  const steps = []
  const names = Array.from({ length: deps.reduce((most, d) => Math.max(most, d.length), 0) }, (_, k) => `before${k}`)
  const values = (input, count) => {
    const list = new Array(count)
    for (let k = 0; k < count; k++) list[k] = input[names[k]]
    return list
  }
  for (let i = 0; i < deps.length; i++) {
    const input = {}
    const count = deps[i].length
    for (let k = 0; k < count; k++) input[names[k]] = steps[deps[i][k]]
    steps.push(
      Step.make(`s${i}`, {
        input,
        run:
          body === "effect"
            ? (input) => Effect.sync(() => step(i, values(input, count)))
            : (input) => step(i, values(input, count))
      })
    )
  }
  const flow = Flow.make("bench", { steps })
  const scope = Scope.makeUnsafe()
  const executions = await Effect.runPromise(Scope.provide(ExecutionsLocal.make({ flows: [flow] }), scope))
  return () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const id = yield* executions.start({ flow: "bench" })
        return yield* executions.outcome(id)
      })
    ).then((outcome) => {
      if (outcome._tag !== "Completed") throw new Error(`the execution ended ${outcome._tag}, not Completed`)
      return () => sumOf(deps.map((_, i) => outcome.values[`s${i}`]))
    })
}
