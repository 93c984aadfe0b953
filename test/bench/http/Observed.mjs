// One execution after the other, observed by nobody, by one who does nothing, by metrics, and by all signals to a collector
// that takes everything; in turns. Prints the milliseconds of each.
import { createServer } from "node:http"
import { ExecutionsLocal, ExecutionStoreMemory, ObservedStore } from "@halte/engine"
import { Telemetry } from "@halte/sdk/node"
import { Effect, Scope } from "effect"
import { flowOf } from "../durable/HalteDurable.mjs"
import { graphs, stepValue } from "../graphs/Graph.mjs"

const { millis } = JSON.parse(process.argv[2])
const graph = graphs.layered
const deps = graph.make()
const flow = flowOf({}, deps, stepValue, "step")
const scope = Scope.makeUnsafe()
const run = (effect) => Effect.runPromise(Scope.provide(effect, scope))

const collector = createServer((message, out) => {
  message.resume()
  message.on("end", () => out.end())
})
await new Promise((resolve) => collector.listen(0, "127.0.0.1", resolve))
const endpoint = `http://127.0.0.1:${collector.address().port}`

const observe = {
  none: undefined,
  silent: { appended: () => {} },
  metrics: (await run(Telemetry.make({ env: {} }))).observe,
  traces: (await run(Telemetry.make({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } }))).observe
}

const makeEngine = (observer) => {
  const memory = ExecutionStoreMemory.make()
  const store = observer === undefined ? memory : ObservedStore.make(memory, observer)
  return run(ExecutionsLocal.make({ flows: [flow], store }))
}
const once = async (engine) => {
  const begin = performance.now()
  const outcome = await Effect.runPromise(Effect.flatMap(engine.start({ flow: "bench" }), (id) => engine.outcome(id)))
  const took = performance.now() - begin
  if (outcome._tag !== "Completed") throw new Error(`the execution ended ${outcome._tag}, not Completed`)
  return took
}

const engines = {}
for (const [name, observer] of Object.entries(observe)) engines[name] = await makeEngine(observer)
const samples = { none: [], silent: [], metrics: [], traces: [] }
// The first rounds are cold and not counted; nor is the first run of each turn, which clears away what others have left.
for (let round = 0, spent = 0; round < 8 || spent < millis; round++)
  for (const [name, engine] of Object.entries(engines)) {
    await once(engine)
    const took = await once(engine)
    if (round < 3) continue
    spent += took
    samples[name].push(took)
  }
console.log(JSON.stringify({ steps: deps.length, samples }))
process.exit(0)
