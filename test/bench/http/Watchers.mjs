// Many watchers of one execution: what each takes while nothing happens, and how fast events reach them all.
import { request } from "node:http"
import { serve } from "./Serving.mjs"

const { watchers } = JSON.parse(process.argv[2])
/** Of the flow: its start, two of the gate and its answer, two of each of 20 steps, and the end. */
const events = 2 * 20 + 6

const { end, headers, port, send, tell } = await serve()
const { id } = JSON.parse((await send({ method: "POST", path: "/flows/watched/executions" }, "{}")).text)
await new Promise((resolve) => setTimeout(resolve, 200))
const before = await tell({ memory: true })

/** Counts frames as they come, and looks for none twice: the tests do that. */
const watch = () => {
  let opened
  const open = new Promise((resolve) => (opened = resolve))
  const over = new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, agent: false, path: `/executions/${id}/events`, headers })
    outgoing.on("error", reject)
    outgoing.once("response", (incoming) => {
      if (incoming.statusCode !== 200) return reject(new Error(`a watcher was answered ${incoming.statusCode}`))
      let count = 0
      let rest = ""
      incoming.setEncoding("utf8")
      incoming.on("data", (chunk) => {
        opened()
        const lines = (rest + chunk).split("\n")
        rest = lines.pop()
        for (const line of lines) if (line.startsWith("id:")) count++
      })
      incoming.once("end", () => resolve(count))
    })
    outgoing.end()
  })
  return { open, over }
}

const all = []
// Not all in one moment: the queue of those that wait to be accepted is short.
for (let i = 0; i < watchers; i++) {
  all.push(watch())
  if (i % 200 === 199) await Promise.all(all.slice(-200).map(({ open }) => open))
}
await Promise.all(all.map(({ open }) => open))
const open = await tell({ memory: true })
const begin = performance.now()
await send({ method: "POST", path: `/executions/${id}/gates/go` }, '{"value":true}')
const counts = await Promise.all(all.map(({ over }) => over))
const took = performance.now() - begin
const wrong = counts.filter((count) => count !== events)
if (wrong.length > 0) throw new Error(`${wrong.length} watchers saw ${wrong[0]} events, not ${events}`)
// What came before the answer was there when they opened.
const delivered = watchers * (events - 4)
console.log(
  JSON.stringify({ perSecond: (delivered / took) * 1_000, bytesEach: (open.bytes - before.bytes) / watchers })
)
end()
process.exit(0)
