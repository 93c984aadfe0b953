// How many requests a second each kind gets answered, by Halte's server and by a bare one that answers the same bytes, in
// turns.
import { Agent } from "node:http"
import { serve } from "./Serving.mjs"

const connections = 16

const { millis } = JSON.parse(process.argv[2])
const { bare: barePort, end, port, send, tell } = await serve()

const started = []
for (let i = 0; i < 50; i++) started.push((await send({ method: "POST", path: "/flows/small/executions" }, "{}")).text)
const { id } = JSON.parse(started[0])
const kinds = {
  live: { path: "/health/live" },
  get: { path: `/executions/${id}` },
  list: { path: "/executions" },
  start: { path: "/flows/small/executions", method: "POST", body: "{}" }
}
const answers = {}
for (const { body, ...options } of Object.values(kinds)) answers[options.path] = (await send(options, body)).text
await tell({ answers })

const rate = async ({ body, ...options }, to) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const until = performance.now() + millis
  let done = 0
  const client = async () => {
    while (performance.now() < until) {
      const { status } = await send({ ...options, agent, port: to }, body)
      if (status !== 200 && status !== 202) throw new Error(`${options.path} was answered ${status}`)
      done++
    }
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: connections }, client))
  agent.destroy()
  return (done / (performance.now() - begin)) * 1_000
}

const perSecond = {}
const bare = {}
for (const [name, kind] of Object.entries(kinds)) {
  // Warm first: both are compiled on their first thousand requests.
  for (const to of [port, barePort]) await rate(kind, to)
  perSecond[name] = await rate(kind, port)
  bare[name] = await rate(kind, barePort)
}
console.log(JSON.stringify({ perSecond, bare }))
end()
process.exit(0)
