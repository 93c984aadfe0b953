/**
 * The sweep as a program of Node: `node SweepMain.ts [--since=TIME] ENGINE [MARK…]`.
 *
 * @since 0.1.0
 */
import { run } from "./SweepCommand.ts"

process.exitCode = await run(process.argv.slice(2))
