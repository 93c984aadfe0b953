// One packaged engine on one graph in a process of its own: prints the milliseconds of each run as one line of JSON.
import { expectedSum, stepValue, sumOf } from "../../graphs/Graph.mjs"
import { byLayers, durableGraphs } from "../DurableGraph.mjs"

const { file, folder, graph, millis, server, synchronous } = JSON.parse(process.argv[2])
const deps = durableGraphs[graph].make()
const expected = expectedSum(deps)
const { open } = await import(`./${file}.mjs`)
const { run } = await open({ deps, layers: byLayers(deps), step: stepValue, folder, server, synchronous })
const samples = []
// The first run is cold: it counts only where it takes so long that nobody waits for a second one.
for (let round = 0, spent = 0; round < 2 || (spent < millis && round < 20); round++) {
  const begin = performance.now()
  const sum = sumOf(await run())
  const took = performance.now() - begin
  if (sum !== expected) throw new Error(`${file} gave the sum ${sum}, not ${expected}: steps ran out of order or twice`)
  spent += took
  if (round > 0 || took > millis) samples.push(took)
  if (took > millis) break
}
console.log(JSON.stringify({ steps: deps.length, samples }))
process.exit(0)
