// Mastra: a workflow is steps in a row and steps side by side, so a graph goes in layer by layer, each waiting for all
// of the layer before it.
import { createStep, createWorkflow } from "@mastra/core/workflows"
import { z } from "zod"
import { sumOf } from "../graphs/Graph.mjs"
import { layersOf } from "./Layers.mjs"

export const build = (deps, step) => {
  let out = new Array(deps.length)
  const steps = deps.map((before, i) =>
    createStep({
      id: `s${i}`,
      inputSchema: z.any(),
      outputSchema: z.any(),
      execute: async () => {
        out[i] = await step(
          i,
          before.map((d) => out[d])
        )
        return {}
      }
    })
  )
  let workflow = createWorkflow({ id: "bench", inputSchema: z.any(), outputSchema: z.any() })
  for (const layer of layersOf(deps))
    workflow = layer.length === 1 ? workflow.then(steps[layer[0]]) : workflow.parallel(layer.map((i) => steps[i]))
  workflow.commit()
  return async () => {
    out = new Array(deps.length)
    const run = await workflow.createRun()
    const result = await run.start({ inputData: {} })
    if (result.status !== "success") throw new Error(`the workflow ended ${result.status}: ${result.error}`)
    return () => sumOf(out)
  }
}
