// `npm run chaos`: kills engines at random moments for a long time. `--rounds N`, `--seed N`, `--quiet`.
import { spawnSync } from "node:child_process"

const main = ["-C", "@halte/source", "test/chaos/Main.ts", ...process.argv.slice(2)]
process.exit(spawnSync(process.execPath, main, { stdio: "inherit" }).status ?? 1)
