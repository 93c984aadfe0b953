/**
 * `halte exec -- cmd…`: one command line under Halte, here or on the machine of a server.
 */
import { Quantity } from "@halte/flow-file"
import { Effect, FileSystem, Option } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import { CommandParams, type ExecutionId, type Executions } from "@halte/engine"
import { CommandFlow } from "@halte/process"
import * as ExitCode from "../ExitCode.ts"
import { follow } from "../Follow.ts"
import { killGroups } from "../KillGroups.ts"
import * as Person from "../Person.ts"
import * as ExecScreen from "../terminal/ExecScreen.ts"
import * as JsonScreen from "../terminal/JsonScreen.ts"
import * as Executing from "./Executing.ts"
import * as FlowOfServer from "./FlowOfServer.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as ServerFlag from "./ServerFlag.ts"
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
    dir: Flag.Directory("dir").pipe(Flag.withDescription("Run it there"), Flag.optional),
    ...ProjectFlag.flags,
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
        const opened = yield* openedFor(flags)
        const { executions, unrecorded } = opened
        const screen = flags.json
          ? JsonScreen.make(output)
          : ExecScreen.make(output, { quiet: flags.quiet, promise: flags.grace + CommandFlow.verifyMillis })
        const { signal, state } = yield* follow({
          executions,
          output,
          screen,
          begin: Effect.map(
            begin(opened, {
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
          lostHint: Executing.lost(opened, false),
          server: Executing.serverOf(opened),
          by: Person.name(),
          killGroups,
          leave,
          notices: false
        })
        return ExitCode.ofCommand(state, signal)
      }).pipe(Effect.scoped, Effect.provide(Assembly.services))
    )
).pipe(
  Command.withDescription("Run one command line"),
  Command.withExamples([
    { command: "halte exec -- npm run migrate", description: "Here, with Ctrl-C to stop it" },
    {
      command: "halte exec --server http://127.0.0.1:4280 -- df -h",
      description: "On the machine of a server"
    }
  ])
)

interface Flags extends ProjectFlag.Given {
  readonly ephemeral: boolean
  readonly grace: number
  readonly dir: Option.Option<string>
}

/** An engine of this process, or a server that runs commands. */
const openedFor = Effect.fnUntraced(function* (flags: Flags) {
  const place = yield* ServerFlag.place(flags)
  if (place._tag === "Here") {
    if (Option.isSome(flags.dir)) yield* isDirectory(flags.dir.value)
    return yield* ProjectFlag.openToRun(flags, [CommandFlow.make(flags.grace)])
  }
  yield* ServerFlag.refuseBeside(place.from, [["--ephemeral", flags.ephemeral, "what a server runs, it keeps"]])
  const opened = yield* ProjectFlag.open(flags)
  if (opened.server?.commands === false)
    return yield* new FlowOfServer.FlowRefused({
      code: "flow-not-found",
      problem: `\`${place.at.url}\` runs flows, and no single commands.`
    })
  return opened
})

const begin = (
  opened: ProjectFlag.Opened,
  request: Executions.StartRequest
): Effect.Effect<
  ExecutionId.ExecutionId,
  Effect.Error<ReturnType<Executions.ExecutionsShape["start"]>> | FlowOfServer.FlowRefused
> => (opened.server === undefined ? opened.executions.start(request) : FlowOfServer.start(opened, request))

/** On this machine it is looked at before; on that of a server only there. */
const isDirectory = Effect.fnUntraced(function* (path: string) {
  const files = yield* FileSystem.FileSystem
  const found = yield* Effect.option(files.stat(path))
  if (Option.isSome(found) && found.value.type === "Directory") return
  const expected = Option.isNone(found) ? "Path does not exist" : "Path is not a directory"
  return yield* new CliError.ShowHelp({
    commandPath: ["halte", "exec"],
    errors: [new CliError.InvalidValue({ option: "dir", value: path, expected, kind: "flag" })]
  })
})
