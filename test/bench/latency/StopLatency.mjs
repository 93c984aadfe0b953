// From a real SIGINT to "everything has stopped", in a process of its own each time.
import { spawn } from "node:child_process"
import { environment, nodeFlags, pathOf } from "../ChildProcess.mjs"
import { number, table } from "../report/Table.mjs"
import { median } from "../Statistics.mjs"
import { graphNames, loopNames, stoppable } from "./Stoppable.mjs"

/** What has not stopped by then is said never to. */
const neverMillis = 3_000

/** Milliseconds, or `undefined` for never. */
const once = (name, built) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeFlags(built), pathOf("latency/child.mjs"), name], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment
    })
    let sentAt
    let text = ""
    let errors = ""
    let signal
    // Anywhere in a slice of the event loop, not always at its beginning.
    const send = () => {
      sentAt = process.hrtime.bigint()
      child.kill("SIGINT")
      signal = setTimeout(() => child.kill("SIGKILL"), neverMillis)
    }
    const start = setTimeout(() => child.kill("SIGKILL"), 60_000)
    child.stderr.on("data", (data) => (errors = (errors + data).slice(-2_000)))
    child.stdout.on("data", (data) => {
      text += data
      if (sentAt !== undefined || !text.includes("ready\n")) return
      sentAt = 0n
      clearTimeout(start)
      setTimeout(send, 100 + Math.random() * 50)
    })
    child.on("close", (code) => {
      clearTimeout(start)
      clearTimeout(signal)
      const stopped = /stopped (\d+)/.exec(text)?.[1]
      if (stopped !== undefined && sentAt > 0n) return resolve(Number(BigInt(stopped) - sentAt) / 1e6)
      if (sentAt > 0n && code === null) return resolve(undefined)
      reject(
        new Error(`\`${stoppable[name].text}\` could not be stopped as measured: ${errors || `exit code ${code}`}`)
      )
    })
  })

export const stopLatency = async (options, report) => {
  const times = options.quick ? 7 : 20
  const names = [...loopNames, ...graphNames]
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < times; round++)
    for (const name of names) {
      // Once is enough for what never stops.
      if (samples[name].includes(undefined)) continue
      report(`latency: round ${round + 1} of ${times}, ${stoppable[name].text}`)
      samples[name].push(await once(name, options.built))
    }
  return names.map((name) => {
    const isNever = samples[name].includes(undefined)
    return {
      name,
      kind: loopNames.includes(name) ? "loop" : "graph",
      times: samples[name].length,
      medianMillis: isNever ? undefined : median(samples[name]),
      mostMillis: isNever ? undefined : Math.max(...samples[name])
    }
  })
}

export const latencyReport = (rows) =>
  [
    ["from SIGINT to the end, inside a loop over a body of 300 ns", "loop"],
    ["from SIGINT to the end, in a chain of steps of 1 ms (p-graph and async.auto offer no way to stop)", "graph"]
  ]
    .map(([title, kind]) => {
      const own = rows.filter((row) => row.kind === kind)
      const cells = own.map((row) =>
        row.medianMillis === undefined
          ? [stoppable[row.name].text, "never", `(${neverMillis / 1000} s waited)`, row.times]
          : [stoppable[row.name].text, number(row.medianMillis), number(row.mostMillis), row.times]
      )
      return `${title}\n${table(["", "median ms", "most ms", "times"], cells)}`
    })
    .join("\n\n")
