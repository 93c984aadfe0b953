/**
 * The command tree of `halte`, its help and its errors.
 */
import { FlowFileError } from "@halte/flow-file"
import { FlowError } from "@halte/engine"
import { ExecutionsError, StepId } from "@halte/engine/model"
import { Console, Effect, Layer, Predicate, Terminal } from "effect"
import { Argument, CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { check } from "./command/Check.ts"
import { completions } from "./command/CompletionScript.ts"
import { desktop } from "./command/Desktop.ts"
import { drill } from "./command/Drill.ts"
import { exec } from "./command/Exec.ts"
import { CommandFailed } from "./command/Exit.ts"
import { graph } from "./command/Graph.ts"
import { init } from "./command/Init.ts"
import { answer } from "./command/Answer.ts"
import { interrupt } from "./command/Interrupt.ts"
import { list } from "./command/List.ts"
import { logs } from "./command/Logs.ts"
import { open } from "./command/Open.ts"
import { offer } from "./command/Offer.ts"
import { ParamsRefused } from "./command/ParamsRefused.ts"
import { pause } from "./command/Pause.ts"
import { prune } from "./command/Prune.ts"
import { resume } from "./command/Resume.ts"
import { HelpNotes, run } from "./command/Run.ts"
import { serve } from "./command/Serve.ts"
import { show } from "./command/Show.ts"
import { terminate } from "./command/Terminate.ts"
import * as ServerFlag from "./command/ServerFlag.ts"
import { undo } from "./command/Undo.ts"
import { watch } from "./command/Watch.ts"
import { schema } from "./command/Schema.ts"
import * as ExitCode from "./ExitCode.ts"
import * as ParamsInput from "./input/ParamsInput.ts"
import * as CheckTable from "./view/CheckTable.ts"
import * as HelpText from "./view/HelpText.ts"
import * as InvalidFlow from "./view/InvalidFlow.ts"
import * as Look from "./view/Look.ts"
import * as Refusal from "./view/Refusal.ts"
import * as UsageText from "./view/UsageText.ts"

const help = Command.make(
  "help",
  { command: Argument.String("command").pipe(Argument.withDescription("A command"), Argument.variadic()) },
  ({ command }) => {
    const [name, ...more] = command
    const known = root.subcommands.flatMap((group) => group.commands.map((c) => c.name))
    const wrong = name !== undefined && !known.includes(name)
    return Effect.fail(
      wrong || more.length > 0
        ? new CliError.ShowHelp({
            commandPath: ["halte"],
            errors: [
              new CliError.UnknownSubcommand({
                subcommand: command.join(" "),
                parent: ["halte"],
                suggestions: [StepId.nearest(name!, known)].filter((near) => near !== undefined)
              })
            ]
          })
        : new CliError.ShowHelp({ commandPath: ["halte", ...command], errors: [] })
    )
  }
).pipe(Command.withDescription("Help for one command"))

export const root: Command.Command.Any = Command.make("halte", ServerFlag.flags, offer).pipe(
  Command.withDescription("Automation you can stop"),
  Command.withSubcommands([
    run,
    exec,
    resume,
    list,
    show,
    watch,
    logs,
    interrupt,
    pause,
    terminate,
    answer,
    undo,
    serve,
    open,
    desktop,
    prune,
    init,
    check,
    drill,
    graph,
    schema,
    completions(() => root),
    help
  ])
)

// `-v` is --verbose here, and completions have a command of their own.
const version = GlobalFlag.Action({
  flag: Flag.Boolean("version").pipe(
    Flag.withDescription("Print the version"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  ),
  run: GlobalFlag.Version.run
})
const helpFlag = GlobalFlag.Action({
  flag: Flag.Boolean("help").pipe(
    Flag.withAlias("h"),
    Flag.withDescription("Show help"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  ),
  run: GlobalFlag.Help.run
})

const lookOf = (stream: NodeJS.WriteStream, args: ReadonlyArray<string>): Look.Look =>
  Look.detect({
    isTerminal: stream.isTTY === true,
    env: process.env,
    platform: process.platform,
    flag:
      args.includes("--no-color") || args.includes("--color=never")
        ? "never"
        : args.includes("--color=always") || args.includes("--color")
          ? "always"
          : "auto"
  })

/** Help goes to standard output, what is wrong to standard error. */
const presenter = (args: ReadonlyArray<string>, notes: HelpNotes["Service"]) =>
  CliOutput.layerPresenter({
    present: (event) => {
      switch (event._tag) {
        case "Version":
          return Console.log(`halte ${event.version}`)
        case "Help": {
          const look = lookOf(process.stdout, args)
          return Console.log(
            (event.commandPath.length === 1
              ? HelpText.root(look)
              : HelpText.command(look, event.helpDoc, notes.lines)
            ).join("\n")
          )
        }
        case "InvalidInvocation":
          return Console.error(
            [
              ...event.errors.map(UsageText.sentence),
              `Help: halte help${event.commandPath
                .slice(1)
                .map((name) => ` ${name}`)
                .join("")}`,
              "(code: usage)"
            ].join("\n")
          )
      }
    }
  })

/**
 * `-pname=value` as `-p name=value`, which is how people write short options with values. A server that is named before
 * the command counts for the command.
 */
export const expand = (given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const args = serverAfterCommand(given)
  const end = args.indexOf("--")
  const own = end < 0 ? args : args.slice(0, end)
  return [
    ...own.flatMap((arg) => (/^-p[^=]+=/.test(arg) ? ["-p", arg.slice(2)] : [arg])),
    ...(end < 0 ? [] : args.slice(end))
  ]
}

const serverAfterCommand = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  let at = 0
  for (;;) {
    const arg = args[at]
    if (ServerFlag.names.some((name) => arg === name)) at += 2
    else if (ServerFlag.names.some((name) => arg?.startsWith(`${name}=`))) at += 1
    else break
  }
  const command = args[at]
  if (at === 0 || command === undefined || command.startsWith("-")) return args
  return [command, ...args.slice(0, at), ...args.slice(at + 1)]
}

/** Runs one command line; answers its exit code, whatever happens. */
export const main = (args: ReadonlyArray<string>, versionText: string, exit: { code: number }) => {
  const notes: HelpNotes["Service"] = { lines: [] }
  const program = Command.runWith(root as typeof run, { version: versionText })(expand(args)).pipe(
    Effect.provide(
      Layer.mergeAll(
        presenter(args, notes),
        CliConfig.layer({ builtIns: [helpFlag, version] }),
        Layer.succeed(HelpNotes, notes)
      )
    ),
    Effect.as(undefined)
  )
  return Effect.matchEffect(program, {
    onSuccess: () => Effect.sync(() => exit.code),
    onFailure: (error: unknown) => explain(error, lookOf(process.stderr, args), againOf(args))
  })
}

/** Says what is wrong on standard error and answers the exit code that means it. */
const explain = (error: unknown, look: Look.Look, again: ReadonlyArray<string>): Effect.Effect<number> => {
  if (CliError.isCliError(error))
    return Effect.succeed(error._tag === "ShowHelp" && error.errors.length === 0 ? ExitCode.completed : ExitCode.usage)
  const cause = error instanceof CommandFailed ? error.cause : error
  if (Terminal.isQuitError(cause)) return Effect.succeed(ExitCode.interrupted)
  if (cause instanceof FlowFileError)
    return Effect.as(
      Console.error(
        cause.diagnostics
          .flatMap((d, i) => [...(i === 0 ? [] : [""]), ...CheckTable.problem({ columns: 80, look }, d)])
          .join("\n")
      ),
      ExitCode.usage
    )
  if (cause instanceof ParamsRefused)
    return Effect.as(Console.error(ParamsInput.problemText(cause.flow, cause.problems).join("\n")), ExitCode.usage)
  if (cause instanceof FlowError.FlowError) return Effect.as(Console.error(cause.message), ExitCode.usage)
  if (cause instanceof ExecutionsError.CommandRefused)
    return Effect.as(
      Console.error(Refusal.render({ look, columns: columnsOf(process.stderr), again }, cause).join("\n")),
      ExitCode.usage
    )
  if (cause instanceof ExecutionsError.InvalidParams) {
    const problems = cause.problems.map((p) => ({ name: p.pointer.slice(1), detail: `${p.detail}.` }))
    return Effect.as(Console.error(ParamsInput.problemText(cause.flow, problems).join("\n")), ExitCode.usage)
  }
  if (cause instanceof ExecutionsError.FlowInvalid)
    return Effect.as(
      Console.error(InvalidFlow.render({ look, columns: columnsOf(process.stderr) }, cause).join("\n")),
      ExitCode.usage
    )
  const message = Predicate.hasProperty(cause, "message") ? String(cause.message) : String(cause)
  const code = Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : undefined
  return Effect.as(
    Console.error(`${message}${code === undefined ? "" : `\n(code: ${code})`}`),
    code !== undefined && unavailable.has(code) ? ExitCode.unavailable : ExitCode.usage
  )
}

/** What says in a command line where it works, for commands that are shown in answer to it. */
const againOf = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  const own = end < 0 ? args : args.slice(0, end)
  return ["--project", ...ServerFlag.names].flatMap((name) => {
    const at = own.findIndex((arg) => arg === name || arg.startsWith(`${name}=`))
    if (at < 0) return []
    const value = own[at]!.includes("=") ? own[at]!.slice(name.length + 1) : own[at + 1]
    return value === undefined ? [] : [name, value]
  })
}

const columnsOf = (stream: NodeJS.WriteStream): number =>
  stream.isTTY === true && stream.columns > 0 ? stream.columns : 80

const unavailable: ReadonlySet<string> = new Set([
  "executions-unavailable",
  "project-unusable",
  "unauthorized",
  "signals-unavailable",
  "flow-busy",
  "no-server",
  "no-desktop",
  "desktop-failed",
  "port-taken",
  "port-not-allowed"
])
