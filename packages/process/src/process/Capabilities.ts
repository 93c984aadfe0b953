/**
 * What this machine lets Halte promise about processes, for `halte check`.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { Effect } from "effect"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import * as ProcessMark from "./ProcessMark.ts"
import type { Supervisor } from "./Supervisor.ts"

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
  /** Whether somebody ends the programs when Halte itself is killed, at once and not only at its next start. */
  readonly supervisor: boolean
  readonly notes: ReadonlyArray<string>
}

/**
 * Finds out by starting a program once as a step's is started, and the supervisor, if there is to be one.
 *
 * @since 0.1.0
 */
export const probe = (
  platform: ProcessPlatform,
  engine: number,
  supervisor: Supervisor | undefined
): Effect.Effect<Capabilities> =>
  Effect.promise(async () => {
    const limitMark = await keepsLimit(platform, engine)
    await supervisor?.start()
    const watch = supervisor?.state ?? { watches: false, reason: "it is switched off" }
    return {
      platform: platform.name,
      limitMark,
      hold: platform.holdRefused === undefined,
      supervisor: watch.watches,
      notes: [
        ...escapes(platform, limitMark),
        ...(platform.holdRefused === undefined ? [] : [`Processes can't be paused: ${platform.holdRefused}.`]),
        ...(watch.watches ? [] : [`If Halte itself is killed, its programs go on. No supervisor: ${watch.reason}.`])
      ]
    }
  })

const escapes = (platform: ProcessPlatform, limitMark: boolean): ReadonlyArray<string> => {
  if (platform.name === "windows") {
    return [
      "Windows: processes are found by their parents only; one whose parent ended unseen escapes.",
      "Windows: there is no SIGTERM; console programs may ignore the request to end until the grace period is over."
    ]
  }
  if (limitMark) return []
  const what = "a process that leaves its session, is re-parented and clears its environment escapes."
  return [platform.name === "linux" ? `\`ulimit -m\` is refused here: ${what}` : `${platform.name}: ${what}`]
}

const keepsLimit = (platform: ProcessPlatform, engine: number): Promise<boolean> =>
  new Promise((resolve) => {
    if (platform.name !== "linux") return resolve(false)
    const mark = { engine, step: 0 }
    const { args, file } = platform.launch("/bin/sh", ["-c", "exec cat /proc/self/limits"], mark)
    execFile(file, args, (_error, stdout) => resolve(stdout.includes(` ${ProcessMark.bytes(mark)} `)))
  })
