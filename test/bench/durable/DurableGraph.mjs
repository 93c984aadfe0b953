// The graphs of durable steps. `peers`: packaged engines are measured on it too: 1,000 steps, since some of them take
// milliseconds for one. A body is a value, or takes one turn of the event loop, as anything that waits for something does.
import { layersOf } from "../contenders/Layers.mjs"
import { chain, fan, layered } from "../graphs/Graph.mjs"

export const durableGraphs = {
  chain: { text: "chain of 1,000", make: () => chain(1_000), body: "value", peers: true },
  layers: { text: "layered 100×10, 3 dependencies each", make: () => layered(100, 10, 3), body: "value", peers: true },
  layered: { text: "layered 100×100, 3 dependencies each", make: () => layered(100, 100, 3), body: "value" },
  fan: { text: "fan-out 1→1,000→1, 32 at a time", make: () => fan(1_000), body: "turn", concurrency: 32 }
}

/** The graph by layers, for engines whose workflows are code: all steps of one, then all of the next. */
export const byLayers = (deps) => layersOf(deps)

/** The next turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))
