// Measures the parts that were asked for, prints their tables, and last the targets.
import { writeFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { check } from "./check/Check.mjs"
import { checkReport } from "./check/CheckReport.mjs"
import { durable } from "./durable/Durable.mjs"
import { durableReport } from "./durable/DurableReport.mjs"
import { graphReport } from "./graphs/GraphReport.mjs"
import { graphs } from "./graphs/Graph.mjs"
import { graphSpeed } from "./graphs/GraphSpeed.mjs"
import { http } from "./http/Http.mjs"
import { httpReport } from "./http/HttpReport.mjs"
import { latencyReport, stopLatency } from "./latency/StopLatency.mjs"
import { loopCost, loopReport } from "./loop/LoopCost.mjs"
import { orphans, orphansReport } from "./orphans/Orphans.mjs"
import { targets } from "./report/Target.mjs"
import { targetReport } from "./report/TargetReport.mjs"

const options = JSON.parse(process.argv[2])
const begin = performance.now()
const report = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text.slice(0, process.stderr.columns - 1)}`)
}
const show = (text) => {
  report("")
  console.log(`${text}\n`)
}
const load = () => loadavg()[0].toFixed(1)

show(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, load ${load()} at the start; Halte from its ` +
    `${options.built ? "dist folders" : "sources"}.\nEach measurement is a fresh process, the contenders take turns, ` +
    `${options.rounds} rounds, medians. × is the multiple of plain promises\nin the same round. Read the ratios: times change ` +
    `with whatever else the machine does.`
)
const results = {}
for (const graph of Object.keys(graphs).filter((name) => options.parts.includes(name))) {
  const rows = await graphSpeed([graph], options, report)
  results.graphs = [...(results.graphs ?? []), ...rows]
  show(graphReport(rows))
}
if (options.parts.includes("loop")) show(loopReport((results.loop = await loopCost(options, report))))
if (options.parts.includes("latency")) show(latencyReport((results.latency = await stopLatency(options, report))))
if (options.parts.includes("orphans")) show(orphansReport((results.orphans = await orphans(options, report))))
if (options.parts.includes("durable")) show(durableReport((results.durable = await durable(options, report))))
if (options.parts.includes("http")) show(httpReport((results.http = await http(options, report))))
if (options.parts.includes("check")) show(checkReport((results.check = await check(options, report))))

show(targetReport(targets(results)))
console.log(`${Math.round((performance.now() - begin) / 1000)} s, load ${load()} at the end.`)
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, undefined, 1)}\n`)
