/**
 * What this machine lets Halte promise about processes, for `halte check`.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { Effect } from "effect"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import * as ProcessMark from "./ProcessMark.ts"

/**
 * `notes` are sentences for people, one for each thing that can't be promised.
 *
 * @since 0.1.0
 */
export interface Capabilities {
  readonly platform: string
  /** Whether processes can be marked by a limit, which even a cleared environment keeps. */
  readonly limitMark: boolean
  readonly hold: boolean
  readonly notes: ReadonlyArray<string>
}

/**
 * Finds out by starting `true` once as a step's program is started.
 *
 * @since 0.1.0
 */
export const probe = (platform: ProcessPlatform, engine: number): Effect.Effect<Capabilities> =>
  Effect.callback<Capabilities>((resume) => {
    const done = (limitMark: boolean) => {
      const notes: Array<string> = []
      if (platform.name === "windows") {
        notes.push(
          "Windows: processes are found by their parents only; one whose parent ended unseen escapes.",
          "Windows: there is no SIGTERM; console programs may ignore the request to end until the grace period is over."
        )
      } else if (!limitMark) {
        notes.push(
          platform.name === "linux"
            ? "`ulimit -m` is refused here: a process that leaves its session, is re-parented and clears its environment escapes."
            : `${platform.name}: a process that leaves its session, is re-parented and clears its environment escapes.`
        )
      }
      if (platform.holdRefused !== undefined) notes.push(`Processes can't be paused: ${platform.holdRefused}.`)
      resume(Effect.succeed({ platform: platform.name, limitMark, hold: platform.holdRefused === undefined, notes }))
    }
    if (platform.name !== "linux") return done(false)
    const mark = { engine, step: 0 }
    const { args, file } = platform.launch("/bin/sh", ["-c", "exec cat /proc/self/limits"], mark)
    execFile(file, args, (_error, stdout) => done(stdout.includes(` ${ProcessMark.bytes(mark)} `)))
  })
