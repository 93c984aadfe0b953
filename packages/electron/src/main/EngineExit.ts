/**
 * How an engine's process ended, in words.
 *
 * Electron tells an exit code where the process ended by itself, and what `waitpid` says where it did not: the number of
 * the signal, with the bit for a memory dump; or, on Windows, the number of an exception.
 */
import { constants } from "node:os"
import * as ExitCode from "../host/ExitCode.ts"

/**
 * Whether what it wrote last is the only trace of why it ended: it crashed, ran out of memory, or ended with an error that
 * nobody has told.
 */
export const isUntold = (
  code: number,
  fatal: string | undefined,
  platform: NodeJS.Platform = process.platform
): boolean => {
  if (fatal !== undefined) return true
  if (code === 0 || code === ExitCode.broken || code === ExitCode.unusable) return false
  return !kills.includes(signalOf(code, platform) ?? "")
}

/** As it follows "The engine" or "it". `fatal`: where V8 said that it can't go on. */
export const how = (code: number, fatal: string | undefined, platform: NodeJS.Platform = process.platform): string => {
  if (fatal !== undefined) return /memory|\bheap\b|\boom\b/i.test(fatal) ? "ran out of memory" : `crashed (${fatal})`
  if (code === ExitCode.broken) return "ended after an error of its own, which is in the log"
  if (platform === "win32") return code > 0xffff ? `crashed (0x${code.toString(16)})` : `ended with code ${code}`
  const signal = signalOf(code, platform)
  if (signal !== undefined) return crashes.includes(signal) ? `crashed (${signal})` : `was killed by ${signal}`
  return `ended with code ${code >= 256 && (code & 0xff) === 0 ? code >> 8 : code}`
}

/** Of the low numbers no process of ours ends by itself with another than 0 and 1, and SIGHUP it does not hear. */
const signalOf = (code: number, platform: NodeJS.Platform): string | undefined =>
  platform !== "win32" && code > 1 && code < 256 ? nameOf(code & 0x7f) : undefined

const crashes: ReadonlyArray<string> = ["SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGSYS"]
/** Those that end a process that does not ask for it. Others are codes of Node itself. */
const kills: ReadonlyArray<string> = ["SIGKILL", "SIGTERM", "SIGXCPU", "SIGXFSZ"]

const nameOf = (number: number): string | undefined =>
  Object.entries(constants.signals).find(
    ([name, one]) => one === number && (crashes.includes(name) || kills.includes(name))
  )?.[0]
