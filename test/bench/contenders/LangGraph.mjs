// LangGraph: a state graph whose joins wait for all predecessors. Values go through a variable, which is cheaper for it
// than its state would be.
import { Annotation, END, START, StateGraph } from "@langchain/langgraph"
import { successorsOf, sumOf } from "../graphs/Graph.mjs"

export const build = (deps, step) => {
  let out = new Array(deps.length)
  const graph = new StateGraph(Annotation.Root({ done: Annotation({ reducer: (_, b) => b, default: () => 0 }) }))
  const successors = successorsOf(deps)
  for (let i = 0; i < deps.length; i++)
    graph.addNode(`s${i}`, async () => {
      out[i] = await step(
        i,
        deps[i].map((d) => out[d])
      )
      return {}
    })
  for (let i = 0; i < deps.length; i++) {
    if (deps[i].length === 0) graph.addEdge(START, `s${i}`)
    else graph.addEdge(deps[i].length === 1 ? `s${deps[i][0]}` : deps[i].map((d) => `s${d}`), `s${i}`)
    if (successors[i].length === 0) graph.addEdge(`s${i}`, END)
  }
  const compiled = graph.compile()
  return async () => {
    out = new Array(deps.length)
    await compiled.invoke({ done: 0 }, { recursionLimit: deps.length + 10 })
    return () => sumOf(out)
  }
}
