// Bare Effect, by layers: all steps of a layer at once, then the next. Fast, and slower steps hold up the whole layer.
import { Effect } from "effect"
import { sumOf } from "../graphs/Graph.mjs"
import { asEffect } from "./StepEffect.mjs"

export const build = (deps, step, body) => {
  const depth = new Int32Array(deps.length)
  const layers = []
  for (let i = 0; i < deps.length; i++) {
    for (const d of deps[i]) depth[i] = Math.max(depth[i], depth[d] + 1)
    ;(layers[depth[i]] ??= []).push(i)
  }
  return () => {
    const out = new Array(deps.length)
    const one = asEffect(deps, step, body, out)
    const options = { concurrency: "unbounded", discard: true }
    return Effect.runPromise(
      Effect.forEach(layers, (layer) => Effect.forEach(layer, one, options), { discard: true })
    ).then(() => () => sumOf(out))
  }
}
