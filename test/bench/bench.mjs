// `npm run bench`: how fast Halte is, as ratios to plain promises in the same run.
import { cpus } from "node:os"
import { graphReport } from "./graphs/GraphReport.mjs"
import { graphs } from "./graphs/Graph.mjs"
import { graphSpeed } from "./graphs/GraphSpeed.mjs"
import { readOptions, usage } from "./Options.mjs"

const options = readOptions(process.argv.slice(2))
if (options.help) {
  console.log(usage)
  process.exit(0)
}
const isTerminal = process.stderr.isTTY
const report = (text) => isTerminal && process.stderr.write(`\r\x1b[2K${text.slice(0, process.stderr.columns - 1)}`)

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "processor"}. Each measurement is a fresh process; the ` +
    `contenders take turns; ${options.rounds} rounds, medians.\nRead ratios (× plain promises), not times: the machine may be doing other things.\n`
)
const graphRows = await graphSpeed(
  options.parts.filter((part) => part in graphs),
  options,
  report
)
report("")
console.log(graphReport(graphRows))
