// Halte with order alone: steps come `after` others and pass values through a variable of the author's own.
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Effect, Scope } from "effect"
import { sumOf } from "../graphs/Graph.mjs"

export const build = async (deps, step, body) => {
  let out = new Array(deps.length)
  const steps = []
  const work = (i) =>
    step(
      i,
      deps[i].map((d) => out[d])
    )
  const keep = (i) => (value) => {
    out[i] = value
  }
  for (let i = 0; i < deps.length; i++)
    steps.push(
      Step.make(`s${i}`, {
        after: deps[i].map((d) => steps[d]),
        run:
          body === "effect"
            ? () => Effect.sync(() => keep(i)(work(i)))
            : body === "promise"
              ? () => work(i).then(keep(i))
              : () => keep(i)(work(i))
      })
    )
  const flow = Flow.make("bench", { steps })
  const scope = Scope.makeUnsafe()
  const executions = await Effect.runPromise(Scope.provide(ExecutionsLocal.make({ flows: [flow] }), scope))
  return () => {
    out = new Array(deps.length)
    return Effect.runPromise(Effect.flatMap(executions.start({ flow: "bench" }), (id) => executions.outcome(id))).then(
      (outcome) => {
        if (outcome._tag !== "Completed") throw new Error(`the execution ended ${outcome._tag}, not Completed`)
        return () => sumOf(out)
      }
    )
  }
}
