// p-graph: nodes with a `run`, edges as pairs. It passes no values, so they go through a variable.
import { PGraph } from "p-graph"
import { sumOf } from "../graphs/Graph.mjs"

export const build = (deps, step) => {
  let out = new Array(deps.length)
  const nodes = new Map(
    deps.map((before, i) => [
      `s${i}`,
      {
        run: async () => {
          out[i] = await step(
            i,
            before.map((d) => out[d])
          )
        }
      }
    ])
  )
  const edges = deps.flatMap((before, i) => before.map((d) => [`s${d}`, `s${i}`]))
  const graph = new PGraph(nodes, edges)
  return () => {
    out = new Array(deps.length)
    return graph.run().then(() => () => sumOf(out))
  }
}
