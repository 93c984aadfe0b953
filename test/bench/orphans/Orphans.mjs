// What is left of a program's processes after a stop of the tool that runs it, 1.2 s after the tool has ended: time for
// whatever still forks to show itself. Two stops: Ctrl-C (SIGINT to the tool's process group, as a terminal sends it) and
// SIGTERM to the tool alone (as `kill` and supervisors of services send it).
import { spawn } from "node:child_process"
import { randomInt } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter } from "node:path"
import { environment, pathOf } from "../ChildProcess.mjs"
import { table } from "../report/Table.mjs"
import { endAll, survivors } from "./Survivors.mjs"
import { tools } from "./Tool.mjs"

const scenarios = pathOf("../../packages/process/test/fixtures/scenarios")
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

const until = async (millis, condition) => {
  for (const end = performance.now() + millis; performance.now() < end; await sleep(20)) if (condition()) return true
  return false
}

/** Answers how many processes are left, and whether the tool had to be ended. */
const once = async (name, stop, scenario, built) => {
  const word = `3600.${randomInt(1e8, 1e9)}`
  const folder = mkdtempSync(`${tmpdir()}/halte-bench-`)
  const command = ["sh", `${scenarios}/${scenario}.sh`, word]
  const [file, ...args] = tools[name].command(command, { folder, built })
  const tool = spawn(file, args, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      ...environment,
      BENCH_COMMAND: JSON.stringify(command),
      PATH: `${pathOf("node_modules/.bin")}${delimiter}${process.env.PATH}`
    }
  })
  let ended = false
  tool.on("exit", () => (ended = true))
  const own = () => survivors(word).filter((pid) => pid !== tool.pid)
  try {
    let most = 0
    const seen = await until(60_000, () => {
      most = Math.max(most, own().length)
      return most > 0 || ended
    })
    if (!seen || most === 0) return { problem: "did not start" }
    // Until its shape is complete: no new process for half a second.
    for (let count = -1; count !== own().length; await sleep(scenario === "npm-chain" ? 1_500 : 500))
      count = own().length
    try {
      if (stop === "ctrl-c") process.kill(-tool.pid, "SIGINT")
      else process.kill(tool.pid, "SIGTERM")
    } catch {
      // The tool has ended by itself: its program had.
    }
    const isStuck = !(await until(8_000, () => ended))
    await sleep(1_200)
    return { left: own().length, isStuck }
  } finally {
    await endAll(word)
    try {
      process.kill(-tool.pid, "SIGKILL")
    } catch {
      // It has ended, as it should.
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

const stops = ["ctrl-c", "sigterm"]

/** Answers rows of `{ scenario, results: { tool: { left, isStuck, problem } } }`, `left` by stop, or a reason for none. */
export const orphans = async (options, report) => {
  if (process.platform !== "linux") return { skipped: "the scenarios are looked for in /proc, which is Linux's" }
  if (!existsSync(scenarios)) return { skipped: `${scenarios} is missing` }
  const rows = []
  for (const file of readdirSync(scenarios).toSorted()) {
    const scenario = file.replace(/\.sh$/, "")
    const names = Object.keys(tools)
    const results = Object.fromEntries(names.map((name) => [name, { left: [0, 0] }]))
    // The worst of the rounds: an escape that succeeds now and then is an escape.
    for (let round = 0; round < (options.quick ? 1 : 2); round++) {
      report(`orphans: ${scenario}`)
      const pairs = names.flatMap((name) => stops.map((stop, at) => ({ name, stop, at })))
      // All at once: what is counted are processes, not milliseconds.
      const found = await Promise.all(pairs.map(({ name, stop }) => once(name, stop, scenario, options.built)))
      pairs.forEach(({ at, name }, i) => {
        const result = results[name]
        if (found[i].problem !== undefined) result.problem = found[i].problem
        else {
          result.left[at] = Math.max(result.left[at], found[i].left)
          result.isStuck ||= found[i].isStuck
        }
      })
    }
    rows.push({ scenario, results })
  }
  return { rows }
}

export const orphansReport = ({ rows, skipped }) => {
  if (skipped !== undefined) return `orphans: left out, ${skipped}`
  const names = Object.keys(tools)
  const cell = ({ isStuck, left, problem }) => problem ?? `${left.join(" / ")}${isStuck ? " hangs" : ""}`
  const clean = names.map((name) => {
    const count = (at) =>
      rows.filter(({ results: { [name]: r } }) => r.problem === undefined && r.left[at] === 0).length
    return `${count(0)} / ${count(1)} of ${rows.length}`
  })
  return (
    "processes left after Ctrl-C / after SIGTERM to the tool alone (hangs: the tool had not ended after 8 s)\n" +
    table(
      ["", ...names.map((name) => tools[name].text)],
      [...rows.map((row) => [row.scenario, ...names.map((name) => cell(row.results[name]))]), ["clean", ...clean]]
    )
  )
}

/** Nothing left after either stop. */
export const isClean = ({ left, problem }) => problem === undefined && left.every((count) => count === 0)
