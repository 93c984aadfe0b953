/**
 * A command in the words of messages and events.
 *
 * @since 0.1.0
 */
import type { ProcessRunner } from "@halte/engine"

const longest = 160

/**
 * The whole command as one could type it.
 *
 * @since 0.1.0
 */
export const full = (command: ProcessRunner.ProcessSpec["command"]): string =>
  typeof command === "string" ? command : command.map(quoted).join(" ")

/**
 * In backquotes, on one line, and cut where it is long.
 *
 * @since 0.1.0
 */
export const short = (text: string): string => {
  const line = text.trim().replace(/\s*\n\s*/g, "; ")
  return `\`${line.length > longest ? `${line.slice(0, longest - 1)}…` : line}\``
}

const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
