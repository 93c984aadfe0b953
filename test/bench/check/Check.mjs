// `halte check` of a large flow file, as a command, beside the time that its YAML parser alone takes. What is compared is
// time of the processor: 2 s are 2 s only on a machine that does nothing else.
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { shapes } from "../../../packages/flow-file/test/support/BigFlows.ts"
import { environment, measure, nodeFlags, pathOf } from "../ChildProcess.mjs"
import { median } from "../Statistics.mjs"

const steps = 10_000

/** What the command may take: three times the parser, and 2 s for everything else, its start included. */
export const allowedMillis = (yamlMillis) => 3 * yamlMillis + 2_000

const main = pathOf("../../packages/cli/bin/halte.mjs")
const source = pathOf("../../packages/cli/src/main.ts")

/** Tells the processor's time when the process ends. */
const told =
  "data:text/javascript,import{writeSync}from'node:fs';" +
  "process.on('exit',()=>{const{user,system}=process.cpuUsage();writeSync(3,String((user+system)/1000))})"

const command = (file, cwd, built) =>
  new Promise((resolve, reject) => {
    const begin = performance.now()
    const args = [...nodeFlags(built), "--import", told, built ? main : source, "check", file]
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      env: environment
    })
    let text = ""
    child.stdio[3].on("data", (data) => (text += data))
    child.on("close", () => {
      if (Number(text) > 0) resolve({ check: Number(text), wall: performance.now() - begin })
      else reject(new Error(`\`halte check ${file}\` did not say how long it took`))
    })
  })

export const check = async (options, report) => {
  const directory = mkdtempSync(join(tmpdir(), "halte-bench-"))
  try {
    const names = Object.keys(shapes)
    const samples = Object.fromEntries(names.map((name) => [name, []]))
    for (const [i, name] of names.entries()) writeFileSync(join(directory, `${i}.flow.yaml`), shapes[name](steps))
    for (let round = 0; round < options.rounds; round++)
      for (const [i, name] of names.entries()) {
        report(`check: round ${round + 1} of ${options.rounds}, ${name}`)
        const file = join(directory, `${i}.flow.yaml`)
        const yaml = await measure("check/Yaml.mjs", { file }, { built: options.built, capMillis: options.capMillis })
        if (yaml.value === undefined) throw new Error(`The YAML of \`${name}\` was not parsed: ${yaml.problem}`)
        samples[name].push({ yaml: yaml.value.millis, ...(await command(file, directory, options.built)) })
      }
    return names.map((name) => ({
      name,
      yamlMillis: median(samples[name].map(({ yaml }) => yaml)),
      checkMillis: median(samples[name].map(({ check }) => check)),
      wallMillis: median(samples[name].map(({ wall }) => wall)),
      // Within a round: neighbours in time saw the same machine.
      share: median(samples[name].map(({ check, yaml }) => check / allowedMillis(yaml)))
    }))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
