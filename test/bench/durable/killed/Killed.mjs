// What runs again after `kill -9` in the middle of a layer of 100 steps, although it was stored as completed.
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { environment, measure, nodeFlags, pathOf } from "../../ChildProcess.mjs"

const bodiesIn = (log) =>
  existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").filter(Boolean).map(Number) : []

/** Runs until enough bodies are through, and kills. Answers whether it was still at work. */
const killInTheMiddle = (input, log, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...nodeFlags(options.built), pathOf("durable/killed/child.mjs"), JSON.stringify({ ...input, phase: "first" })],
      { stdio: ["ignore", "ignore", "pipe"], env: environment }
    )
    let errors = ""
    child.stderr.on("data", (data) => (errors = (errors + data).slice(-2_000)))
    const enough = 30 + Math.floor(Math.random() * 40)
    const look = setInterval(() => {
      if (bodiesIn(log).length >= enough) child.kill("SIGKILL")
    }, 2)
    const late = setTimeout(() => child.kill("SIGTERM"), options.capMillis)
    child.on("close", (code, signal) => {
      clearInterval(look)
      clearTimeout(late)
      if (signal === "SIGKILL") resolve(bodiesIn(log).length)
      else reject(new Error(`it ended before it was killed: ${errors || (signal ?? `exit code ${code}`)}`))
    })
  })

/** Answers `{ stored, repeated, lost }` of one kill, or `{ problem }`. */
export const killOnce = async ({ folder, module, server }, options) => {
  const own = mkdtempSync(`${folder}/killed-`)
  const log = `${own}/log`
  const input = {
    module,
    log,
    id: `killed-${own.slice(-6)}`,
    context: { folder: own, server, synchronous: "full" }
  }
  try {
    const through = await killInTheMiddle(input, log, options)
    const { problem, value } = await measure("durable/killed/child.mjs", { ...input, phase: "again" }, options)
    if (problem !== undefined) return { problem }
    const times = new Map()
    for (const i of bodiesIn(log)) times.set(i, (times.get(i) ?? 0) + 1)
    return {
      through,
      stored: value.stored.length,
      repeated: value.stored.filter((i) => times.get(i) > 1).length,
      again: [...times.values()].filter((n) => n > 1).length
    }
  } catch (error) {
    return { problem: error.message.slice(0, 200) }
  }
}
