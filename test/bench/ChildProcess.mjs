// Runs one measurement in a fresh process and answers what it printed, or why there is nothing.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Halte from its sources, or with `--built` from its dist folders. */
export const nodeFlags = (built) => (built ? [] : ["-C", "@halte/source"])

export const environment = { ...process.env, NODE_ENV: "production", NODE_NO_WARNINGS: "1" }

export const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url))

/** Answers `{ value }`, or `{ problem, isLate }` when it failed or took longer than `capMillis`. */
export const measure = (file, input, { built = false, capMillis, flags = [] }) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeFlags(built), ...flags, pathOf(file), JSON.stringify(input)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment
    })
    let out = ""
    let errors = ""
    let isLate = false
    child.stdout.on("data", (data) => (out += data))
    child.stderr.on("data", (data) => (errors = (errors + data).slice(-8_000)))
    const cap = setTimeout(() => {
      isLate = true
      child.kill("SIGKILL")
    }, capMillis)
    child.on("close", (code) => {
      clearTimeout(cap)
      if (isLate) return resolve({ problem: `more than ${capMillis / 1000} s`, isLate })
      const line = out.trim().split("\n").at(-1)
      if (code !== 0 || !line?.startsWith("{")) return resolve({ problem: problemIn(errors) ?? `exit code ${code}` })
      resolve({ value: JSON.parse(line) })
    })
  })

const problemIn = (errors) => {
  if (/heap out of memory/i.test(errors)) return "out of memory"
  return /^\S*Error\b.*$/m.exec(errors)?.[0].slice(0, 120)
}
