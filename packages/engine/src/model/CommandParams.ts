/**
 * One command line under Halte: the params of the flow `command`, as the command line, the page and a program give them.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The name of the flow that runs one command.
 *
 * @since 0.1.0
 */
export const flow = "command"

/**
 * Between SIGTERM and SIGKILL when nothing else is said, in milliseconds.
 *
 * @since 0.1.0
 */
export const defaultGraceMillis = 500

/**
 * A command. `line` is a program with its arguments, each passed as it is, or one text for the shell of the system.
 *
 * @since 0.1.0
 */
export const CommandParams = Schema.Struct({
  line: Schema.Union([Schema.NonEmptyArray(Schema.String), Schema.NonEmptyString]),
  /** Where it runs. @default the working directory of the engine's process */
  directory: Schema.optionalKey(Schema.String),
  /** Variables besides those of the engine's process. */
  environment: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Variables that are secret: never stored, and masked in everything that is. */
  secrets: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Between SIGTERM and SIGKILL, in milliseconds. */
  graceMillis: Schema.Number.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
})
export type CommandParams = typeof CommandParams.Type

/**
 * The line of a command as a person types it, from params of whatever kind; `undefined` where they have none.
 *
 * @since 0.1.0
 */
export const lineOf = (params: unknown): string | undefined => {
  const line = typeof params === "object" && params !== null && "line" in params ? params.line : undefined
  if (typeof line === "string") return line
  return Array.isArray(line) ? line.map((part) => quoted(String(part))).join(" ") : undefined
}

const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
