/**
 * Whether somebody shows tray icons. On Linux that is a program of its own, which not every desktop has: without it an
 * icon can be made, and nobody sees it. The session bus knows.
 */
import { execFile } from "node:child_process"

const watcher = "org.kde.StatusNotifierWatcher"
const bus = ["org.freedesktop.DBus", "/org/freedesktop/DBus"] as const

/** What asks the bus: of these every desktop has one. Each says `true` or `false` somewhere in its answer. */
const askers: ReadonlyArray<readonly [program: string, args: ReadonlyArray<string>]> = [
  [
    "gdbus",
    ["call", "--session", "--dest", bus[0], "--object-path", bus[1], "--method", `${bus[0]}.NameHasOwner`, watcher]
  ],
  [
    "dbus-send",
    ["--session", "--print-reply", `--dest=${bus[0]}`, bus[1], `${bus[0]}.NameHasOwner`, `string:${watcher}`]
  ],
  ["busctl", ["--user", "call", bus[0], bus[1], bus[0], "NameHasOwner", "s", watcher]]
]

/** A bus that does not answer in this time has nobody on it. */
const timeout = 2000

/** Runs a program; `undefined` when it is not there, or failed. */
export type Run = (program: string, args: ReadonlyArray<string>) => Promise<string | undefined>

const run: Run = (program, args) =>
  new Promise((resolve) => {
    execFile(program, [...args], { timeout, encoding: "utf8" }, (error, output) =>
      resolve(error === null ? output : undefined)
    )
  })

/** Where nothing answers, nobody does. */
export const isThere = async (ask: Run = run): Promise<boolean> => {
  for (const [program, args] of askers) {
    const answer = await ask(program, args)
    if (answer !== undefined) return /\btrue\b/.test(answer)
  }
  return false
}
