/**
 * Finds out whether a Ctrl-C of the terminal comes twice: from the terminal, which sends it to everybody in the
 * foreground, and from a package manager among them that sends it on to what it runs.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { place } from "./Foreground.ts"

/**
 * Measured: 0.3 ms after the Ctrl-C itself; a package manager on a loaded machine needs longer. Where the system joins the
 * two into one signal no echo comes, and a second press within this time is taken for it: long enough to be safe, short
 * enough that who presses again is heard.
 */
export const echoMillis = 500

/** The time in which an echo is to be expected, or `undefined` when nobody sends a Ctrl-C on. */
export const detect = (
  env: Readonly<Record<string, string | undefined>> = process.env,
  launched: boolean = process.connected
): number | undefined => {
  if (env["npm_lifecycle_event"] === undefined && env["npm_command"] === undefined && env["npm_execpath"] === undefined)
    return undefined
  if (process.platform === "win32") return undefined
  const mine = place(process.pid)
  // Without a terminal of its own nothing comes twice: `kill -INT` to the package manager arrives once.
  if (mine !== undefined && mine.group !== mine.foreground) return undefined
  // Only a direct parent sends it to us: the variables are inherited by whatever runs below.
  let parent = process.ppid
  if (launched) parent = place(parent)?.parent ?? parent
  const command = commandLine(parent)
  return command === undefined || isPackageManager(command) ? echoMillis : undefined
}

const commandLine = (pid: number): string | undefined => {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
    return spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8", timeout: 1000 }).stdout
  } catch {
    return undefined
  }
}

/** `npm start`, `node …/npm-cli.js run x`, `npx …`, `pnpm …`, `yarn …`. */
export const isPackageManager = (command: string): boolean =>
  /(^|[\s/])(npm|npx|pnpm|pnpx|yarn)(-cli)?(\.c?js)?(\s|$)/.test(command)
