// execa: its own stop with its own forced kill after the grace period; the tool ends when execa's promise does.
import { execa } from "execa"

const [file, ...args] = JSON.parse(process.env.BENCH_COMMAND)
const controller = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => controller.abort())
await execa(file, args, { cancelSignal: controller.signal, forceKillAfterDelay: 300, stdin: "ignore" }).catch(() => {})
process.exit(0)
