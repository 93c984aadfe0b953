// One measurement in a process of its own: builds the graph with one contender, runs it cold, then warm, checks every
// sum, and prints what it took as one line of JSON.
import { expectedSum, graphs, stepValue } from "./Graph.mjs"

const { body, contender, graph, repeats } = JSON.parse(process.argv[2])
const deps = graphs[graph].make()
const expected = expectedSum(deps)
const step = body === "promise" ? async (node, inputs) => stepValue(node, inputs) : stepValue
const { build } = await import(`../contenders/${contender}.mjs`)

const mark = performance.now()
const run = await build(deps, step, body)
const buildMillis = performance.now() - mark

const once = async () => {
  const begin = performance.now()
  const sumOfValues = await run()
  const took = performance.now() - begin
  const sum = sumOfValues()
  if (sum !== expected)
    throw new Error(`${contender} gave the sum ${sum}, not ${expected}: steps ran out of order or twice`)
  return took
}
const coldMillis = await once()
const coldMaxRss = process.resourceUsage().maxRSS
// What takes long is measured less often: a contender of 20 s tells all it has to tell in one run.
const warm = coldMillis > 20_000 ? [coldMillis] : []
for (let spent = 0; warm.length < repeats && (warm.length === 0 || spent < 4_000); spent += warm.at(-1))
  warm.push(await once())

console.log(
  JSON.stringify({
    steps: deps.length,
    buildMillis,
    coldMillis,
    warm,
    coldMaxRssMiB: coldMaxRss / 1024,
    maxRssMiB: process.resourceUsage().maxRSS / 1024
  })
)
// Some contenders keep handles open.
process.exit(0)
