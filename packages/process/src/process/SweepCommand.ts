/**
 * What the supervisor becomes when its engine has ended, as a program: it ends what the engine has left behind, and itself.
 *
 * Neither this file nor what it imports loads Effect: the sweep has to start fast.
 *
 * @since 0.1.0
 */
import { parseArgs } from "node:util"
import { sweep } from "./EngineSweep.ts"

/**
 * The last of the arguments that make a program of another purpose sweep, so that others recognize it while it does: a
 * desktop has no Node beside it, and starts itself.
 *
 * @since 0.1.0
 */
export const flag = "--halte-sweep"

/**
 * Does it. The arguments are `[--since=TIME] ENGINE [MARK…]`, as the supervisor adds them to those of its option `sweeper`;
 * the marks have had their graceful signal. Answers the exit code: 1 when something is left or can't be looked for, 2 when
 * nothing says what to sweep.
 *
 * @since 0.1.0
 */
export const run = async (args: ReadonlyArray<string>): Promise<number> => {
  // The shell ignores them, and what it becomes takes that back. Ended half way, it would leave what it was made for.
  for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT", "SIGTERM"]) process.on(signal, () => undefined)
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    // Of a desktop, what Chromium is told comes along.
    strict: false,
    options: { since: { type: "string" } }
  })
  const [name, ...told] = positionals
  const engine = Number(name)
  if (!Number.isSafeInteger(engine) || engine <= 0) return 2
  const since = Number(values["since"])
  const report = await sweep(engine, { told, since: since > 0 ? since : undefined })
  return report.supported && report.left.length === 0 ? 0 : 1
}
