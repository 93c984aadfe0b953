// Runs a layer of 100 steps and one after them all. The first process is killed from outside in the middle of the layer;
// the second one says what is stored, then goes on. Each step leaves a line in a file when its body is through.
import { appendFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

const { context, id, log, module, phase } = JSON.parse(process.argv[2])
const width = 100
const deps = [...Array.from({ length: width }, () => []), Array.from({ length: width }, (_, i) => i)]
const layers = [Array.from({ length: width }, (_, i) => i), [width]]
const step = async (i) => {
  await sleep(i === width ? 0 : 5 + 10 * (i % 20))
  appendFileSync(log, `${i}\n`)
  return i
}
const { committed, open } = await import(module)
const stored = phase === "again" ? await committed(context, id) : []
const { finish, run } = await open({ ...context, deps, layers, step })
await (phase === "again" ? finish(id) : run(id))
console.log(JSON.stringify({ stored }))
process.exit(0)
