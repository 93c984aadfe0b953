// Floor and Halte on one graph with one setting of SQLite, in turns within this process: what the disk does at one moment
// hits neighbours alike. Prints the milliseconds of each run as one line of JSON.
import { expectedSum, stepValue, sumOf } from "../graphs/Graph.mjs"
import { makeFloor } from "./Floor.mjs"
import { makeHalte } from "./HalteDurable.mjs"
import { durableGraphs } from "./DurableGraph.mjs"

const { folder, graph: name, millis, synchronous } = JSON.parse(process.argv[2])
const graph = durableGraphs[name]
const deps = graph.make()
const expected = expectedSum(deps)
const floor = await makeFloor(`${folder}/floor.db`, synchronous, graph, deps, stepValue)
const { commits, runs } = await makeHalte(`${folder}/halte.db`, synchronous, graph, deps, stepValue, [
  "step",
  "relaxed"
])
const contenders = { floor, ...runs }
const samples = { floor: [], step: [], relaxed: [] }
let stepCommits = 0
// The first round is cold and not counted.
for (let round = 0, spent = 0; round < 4 || (spent < millis && round < 60); round++)
  for (const [contender, run] of Object.entries(contenders)) {
    const before = commits()
    const begin = performance.now()
    const values = await run()
    const took = performance.now() - begin
    const sum = sumOf(values)
    if (sum !== expected)
      throw new Error(`${contender} gave the sum ${sum}, not ${expected}: steps ran out of order or twice`)
    spent += took
    if (round > 0) samples[contender].push(took)
    if (contender === "step") stepCommits = commits() - before
  }
console.log(JSON.stringify({ steps: deps.length, samples, stepCommits }))
process.exit(0)
