// Halte over its SQLite store, as a program uses it: from `start` to the outcome, which is told once it is stored.
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect, Scope } from "effect"
import { turn } from "./DurableGraph.mjs"

/** A graph as a flow whose steps read their predecessors' values. */
export const flowOf = ({ body, concurrency }, deps, step, durability) => {
  const steps = []
  for (let i = 0; i < deps.length; i++) {
    const names = deps[i].map((_, k) => `before${k}`)
    const value = (input) =>
      step(
        i,
        names.map((name) => input[name])
      )
    steps.push(
      Step.make(`s${i}`, {
        input: Object.fromEntries(names.map((name, k) => [name, steps[deps[i][k]]])),
        run: body === "turn" ? (input) => turn().then(() => value(input)) : value
      })
    )
  }
  return Flow.make("bench", { steps, durability, ...(concurrency === undefined ? undefined : { concurrency }) })
}

/** Answers a run of the graph per durability, all in one file, and how many commits there have been. */
export const makeHalte = async (file, synchronous, graph, deps, step, durabilities) => {
  const scope = Scope.makeUnsafe()
  let commits = 0
  const onCommit = () => void commits++
  const store = await Effect.runPromise(Scope.provide(SqliteStore.open({ file, synchronous, onCommit }), scope))
  const runs = {}
  for (const durability of durabilities) {
    const flow = flowOf(graph, deps, step, durability)
    const executions = await Effect.runPromise(Scope.provide(ExecutionsLocal.make({ flows: [flow], store }), scope))
    runs[durability] = async () => {
      const outcome = await Effect.runPromise(
        Effect.flatMap(executions.start({ flow: "bench" }), (id) => executions.outcome(id))
      )
      if (outcome._tag !== "Completed") throw new Error(`the execution ended ${outcome._tag}, not Completed`)
      return deps.map((_, i) => outcome.values[`s${i}`])
    }
  }
  return { runs, commits: () => commits }
}
