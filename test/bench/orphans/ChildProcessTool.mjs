// Node alone: SIGTERM to the child, SIGKILL after the grace period, and the tool ends when the child has.
import { spawn } from "node:child_process"

const [file, ...args] = JSON.parse(process.env.BENCH_COMMAND)
const child = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"] })
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => {
    child.kill("SIGTERM")
    setTimeout(() => child.kill("SIGKILL"), 300).unref()
  })
child.on("exit", () => process.exit(0))
