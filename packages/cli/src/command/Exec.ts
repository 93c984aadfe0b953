/**
 * `halte exec -- cmd…`: one command line under Halte.
 */
import { Quantity } from "@halte/flow-file"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import { CommandParams } from "@halte/engine"
import { CommandFlow } from "@halte/process"
import * as ExitCode from "../ExitCode.ts"
import { follow } from "../Follow.ts"
import { killGroups } from "../KillGroups.ts"
import * as Person from "../Person.ts"
import * as ExecScreen from "../terminal/ExecScreen.ts"
import * as JsonScreen from "../terminal/JsonScreen.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import { exits, leave } from "./Exit.ts"

const duration = (flag: Flag.Flag<string>) =>
  flag.pipe(
    Flag.withMetavar("duration"),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(Quantity.toMillis(text)),
      () => "Write a duration such as 500ms, 5s or 2m, of 24 days at most"
    )
  )

export const exec = Command.make(
  "exec",
  {
    line: Argument.String("command").pipe(
      Argument.withDescription("The program and its arguments, after --"),
      Argument.variadic({ min: 1 })
    ),
    grace: duration(Flag.String("grace")).pipe(
      Flag.withDescription("Between SIGTERM and SIGKILL when asked to stop (default 500ms)"),
      Flag.withDefault(CommandParams.defaultGraceMillis)
    ),
    dir: Flag.Directory("dir", { mustExist: true }).pipe(Flag.withDescription("Run it there"), Flag.optional),
    project: ProjectFlag.flag,
    ephemeral: OutputFlags.ephemeral,
    json: OutputFlags.progress.json,
    ...OutputFlags.common
  },
  (flags) =>
    exits(
      Effect.gen(function* () {
        if (flags.line[0] === "")
          return yield* new OutputFlags.UsageError({ problem: "The program to run is an empty text." })
        const output = yield* OutputFlags.output(flags)
        const { executions, unrecorded } = yield* ProjectFlag.openToRun(flags, [CommandFlow.make(flags.grace)])
        const screen = flags.json
          ? JsonScreen.make(output)
          : ExecScreen.make(output, { quiet: flags.quiet, promise: flags.grace + CommandFlow.verifyMillis })
        const { signal, state } = yield* follow({
          executions,
          output,
          screen,
          begin: Effect.map(
            executions.start({
              flow: CommandParams.flow,
              params: {
                line: flags.line,
                graceMillis: flags.grace,
                ...Option.match(flags.dir, { onNone: () => ({}), onSome: (directory) => ({ directory }) })
              },
              source: "Cli",
              by: Person.name()
            }),
            (id) => ({ id, attempt: 1 })
          ),
          unrecorded,
          by: Person.name(),
          killGroups,
          leave,
          notices: false
        })
        return ExitCode.ofCommand(state, signal)
      }).pipe(Effect.scoped, Effect.provide(Assembly.services))
    )
).pipe(Command.withDescription("Run one command line"))
