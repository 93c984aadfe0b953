/**
 * What the supervisor becomes when its engine has ended: `node SweepMain.ts [--since=TIME] ENGINE [MARK…]`. The marks have
 * had their graceful signal. Exits with 1 when something is left.
 *
 * @since 0.1.0
 */
import { parseArgs } from "node:util"
import { sweep } from "./EngineSweep.ts"

// Node takes back what the shell had ignored. Ended half way, it would leave what it was made for.
for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT", "SIGTERM"]) process.on(signal, () => undefined)

const { positionals, values } = parseArgs({ allowPositionals: true, options: { since: { type: "string" } } })
const [engine, ...told] = positionals
const report = await sweep(Number(engine), {
  told,
  since: values.since === undefined ? undefined : Number(values.since)
})
if (!report.supported || report.left.length > 0) process.exitCode = 1
