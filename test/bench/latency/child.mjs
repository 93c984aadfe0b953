// Runs one thing that SIGINT stops. Says when it is at work, and, on the clock that all processes share, when it stopped.
import { writeSync } from "node:fs"
import { stoppable } from "./Stoppable.mjs"

const ready = () => writeSync(1, "ready\n")
await stoppable[process.argv[2]].begin(ready)
const stoppedAt = process.hrtime.bigint()
writeSync(1, `stopped ${stoppedAt}\n`)
process.exit(0)
