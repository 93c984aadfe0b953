// Bare Effect, by layers: all steps of a layer at once, then the next. Fast, and slower steps hold up the whole layer.
import { Effect } from "effect"
import { sumOf } from "../graphs/Graph.mjs"
import { layersOf } from "./Layers.mjs"
import { asEffect } from "./StepEffect.mjs"

export const build = (deps, step, body) => {
  const layers = layersOf(deps)
  return () => {
    const out = new Array(deps.length)
    const one = asEffect(deps, step, body, out)
    const options = { concurrency: "unbounded", discard: true }
    return Effect.runPromise(
      Effect.forEach(layers, (layer) => Effect.forEach(layer, one, options), { discard: true })
    ).then(() => () => sumOf(out))
  }
}
