/**
 * A client of `halte serve` in five lines: start, watch, stop.
 *
 *   node -C @halte/source examples/sdk/client.ts http://127.0.0.1:4280 index-files
 *
 * The token of a server of this directory's project is found by itself.
 */
import { Halte } from "@halte/sdk/node"

const [url = "http://127.0.0.1:4280", flow = "index-files"] = process.argv.slice(2)

const halte = await Halte.connect(url)
const execution = await halte.start(flow)
console.log(`${flow} started, ${execution.id}. Press Ctrl-C to stop it.`)

// The server's work is not this program's: a first Ctrl-C asks the server to stop it, a second one leaves it alone.
process.once("SIGINT", () => void execution.interrupt({ via: "SIGINT", reason: "Ctrl-C in the client" }))

for await (const event of execution.events()) {
  if (event.type === "step-started") console.log(`${event.step} began`)
  if (event.type === "step-completed") console.log(`${event.step} is done`)
  if (event.type === "interrupt-requested") console.log("Stopping …")
}
const outcome = await execution.outcome()
console.log(`${outcome._tag}: ${outcome.completed.length} done, ${outcome.notStarted.length} not started`)
await halte.close()
