/**
 * `halte exec -- cmd…`: one command line under Halte.
 */
import { Duration, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as CommandFlow from "../CommandFlow.ts"
import * as ExitCode from "../ExitCode.ts"
import { follow } from "../Follow.ts"
import { killGroups } from "../KillGroups.ts"
import * as Person from "../Person.ts"
import * as ExecScreen from "../terminal/ExecScreen.ts"
import * as JsonScreen from "../terminal/JsonScreen.ts"
import * as OutputFlags from "./OutputFlags.ts"
import { exits, leave } from "./Exit.ts"

export const duration = (flag: Flag.Flag<string>) =>
  flag.pipe(
    Flag.withMetavar("<duration>"),
    Flag.withSchema(
      Schema.String.pipe(
        Schema.check(
          Schema.makeFilter((text: string) => parseDuration(text) !== undefined || "a duration like 500ms, 5s or 2m")
        )
      )
    ),
    Flag.map((text) => parseDuration(text)!)
  )

/** `500ms`, `5s`, `1.5m`, `2h`. */
export const parseDuration = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim())
  if (match === null) return undefined
  const unit = { ms: "millis", s: "seconds", m: "minutes", h: "hours" } as const
  return Duration.toMillis(Duration.fromInputUnsafe(`${Number(match[1])} ${unit[match[2] as keyof typeof unit]}`))
}

export const exec = Command.make(
  "exec",
  {
    line: Argument.String("command").pipe(
      Argument.withDescription("The program and its arguments, after --"),
      Argument.variadic({ min: 1 })
    ),
    grace: duration(Flag.String("grace")).pipe(
      Flag.withDescription("Between SIGTERM and SIGKILL when asked to stop (default 500ms)"),
      Flag.withDefault(CommandFlow.defaultGraceMillis)
    ),
    dir: Flag.Directory("dir").pipe(Flag.withDescription("Run it there"), Flag.optional),
    json: OutputFlags.progress.json,
    ...OutputFlags.common
  },
  (flags) =>
    exits(
      Effect.gen(function* () {
        const output = OutputFlags.output(flags)
        const { executions } = yield* Assembly.local([CommandFlow.make(flags.grace)])
        const screen = flags.json
          ? JsonScreen.make(output)
          : ExecScreen.make(output, { quiet: flags.quiet, promise: flags.grace + CommandFlow.verifyMillis })
        const { signal, state } = yield* follow({
          executions,
          output,
          screen,
          start: {
            flow: CommandFlow.name,
            params: {
              line: flags.line,
              graceMillis: flags.grace,
              ...Option.match(flags.dir, { onNone: () => ({}), onSome: (directory) => ({ directory }) })
            },
            source: "Cli",
            by: Person.name()
          },
          by: Person.name(),
          killGroups,
          leave,
          notices: false
        })
        return ExitCode.ofCommand(state, signal)
      }).pipe(Effect.scoped, Effect.provide(Assembly.services))
    )
).pipe(Command.withDescription("Run one command line"))
