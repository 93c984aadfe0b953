/**
 * The flags that say how a command shows what happens, and what they amount to here.
 */
import { Effect, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import { isCi } from "../input/Ask.ts"
import { isForeground } from "../terminal/Foreground.ts"
import * as Output from "../terminal/Output.ts"

export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withoutNegation, Flag.withDefault(false))

/** A flag that takes a whole number, `least` or more. */
export const whole = (name: string, least: number) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (n) => n >= least,
      (n) => `${n} is less than ${least}`
    )
  )

export const modes = ["auto", "tree", "lines", "json", "quiet"] as const
export type Mode = (typeof modes)[number]

export const color = {
  color: Flag.Literals("color", ["auto", "always", "never"]).pipe(
    Flag.withDescription("Colors: auto, always or never"),
    Flag.withOptionalValue("always"),
    Flag.optional
  ),
  noColor: switchFlag("no-color", "No colors")
}

/** For commands that ask nothing of a running screen. */
export const plain = {
  json: switchFlag("json", "JSON on standard output"),
  ...color
}

export const ephemeral = switchFlag("ephemeral", "Keep nothing: the execution can't be listed or resumed afterwards")

export const noInput = switchFlag("no-input", "Never ask, read no keys")

export const common = {
  ...color,
  quiet: switchFlag("quiet", "Only what has to be said").pipe(Flag.withAlias("q")),
  verbose: switchFlag("verbose", "Also processes and their ends").pipe(Flag.withAlias("v"))
}

export const progress = {
  progress: Flag.Literals("progress", modes).pipe(
    Flag.withDescription("How to show it: auto, tree, lines, json or quiet (HALTE_PROGRESS)"),
    Flag.optional
  ),
  json: switchFlag("json", "Events as JSON lines on standard output"),
  noInput,
  logs: Flag.Literals("logs", ["stream", "grouped"]).pipe(
    Flag.withDescription("Output of steps line by line, or when the step has ended"),
    Flag.withDefault("stream" as const)
  )
}

/** Flags or variables that can't mean anything. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  problem: Schema.String
}) {
  readonly code = "usage"
  override get message() {
    return this.problem
  }
}

/** A file that could not be written. */
export class NotWritable extends Schema.TaggedError<NotWritable>()("NotWritable", {
  file: Schema.String,
  reason: Schema.String
}) {
  readonly code = "not-writable"
  override get message() {
    return `\`${this.file}\` can't be written: ${this.reason}.`
  }
}

export interface ColorFlags {
  readonly color: Option.Option<"auto" | "always" | "never">
  readonly noColor: boolean
}

/** The streams that the command writes to, in the look that the flags ask for. */
export const output = (flags: ColorFlags): Effect.Effect<Output.Output> =>
  Effect.map(Output.Streams, (from) =>
    Output.make(flags.noColor ? "never" : Option.getOrElse(flags.color, () => "auto" as const), from)
  )

/** The mode that the flags, HALTE_PROGRESS and the terminal give. */
export const mode = (
  flags: { readonly progress: Option.Option<Mode>; readonly json: boolean; readonly quiet: boolean },
  env: NodeJS.ProcessEnv,
  terminal: boolean
): Effect.Effect<Exclude<Mode, "auto">, UsageError> => {
  if (flags.json) return Effect.succeed("json")
  if (flags.quiet) return Effect.succeed("quiet")
  const variable = env["HALTE_PROGRESS"]
  const wanted = Option.getOrElse(flags.progress, () => (variable === undefined || variable === "" ? "auto" : variable))
  if (!modes.includes(wanted as Mode))
    return Effect.fail(
      new UsageError({ problem: `\`HALTE_PROGRESS\` is \`${wanted}\`, which is none of ${modes.join(", ")}.` })
    )
  if (wanted !== "auto") return Effect.succeed(wanted as Exclude<Mode, "auto">)
  return Effect.succeed(terminal && !isCi(env) && env["TERM"] !== "dumb" && isForeground() ? "tree" : "lines")
}
