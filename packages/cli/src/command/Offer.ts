/**
 * `halte` alone, or with no more than a server: says what can go on and offers to resume it. Without a person, or with nothing to resume, it is the help.
 */
import { Effect, Option } from "effect"
import { CliError } from "effect/cli"
import { DurationText } from "@halte/engine/model"
import * as Assembly from "../Assembly.ts"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { Ask } from "../input/Ask.ts"
import { lines } from "../terminal/Output.ts"
import * as Resumable from "../view/Resumable.ts"
import { exits } from "./Exit.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as Resume from "./Resume.ts"

const defaults: Omit<Resume.Given, "server" | "tokenFile"> = {
  rerun: [],
  param: [],
  params: Option.none(),
  definition: Option.none(),
  stopAfter: Option.none(),
  dryRun: false,
  watch: false,
  project: Option.none(),
  progress: Option.none(),
  json: false,
  noInput: false,
  logs: "stream",
  color: Option.none(),
  noColor: false,
  quiet: false,
  verbose: false
}

const help = new CliError.ShowHelp({ commandPath: ["halte"], errors: [] })

export interface Given {
  readonly server: Option.Option<string>
  readonly tokenFile: Option.Option<string>
}

const offering = (from: Given) =>
  Effect.gen(function* () {
    const given: Resume.Given = { ...defaults, ...from }
    const ask = yield* Ask
    if (!ask.someone()) return yield* help
    // A project that can't be opened has nothing to offer; the next command that needs it says why.
    const named = Option.isSome(from.server) || Option.isSome(from.tokenFile)
    const opened = yield* named ? Effect.asSome(ProjectFlag.open(given)) : Effect.option(ProjectFlag.open(given))
    if (Option.isNone(opened)) return yield* help
    const { executions, now, output } = opened.value
    const found = yield* executions
      .list({ status: Resumable.statuses, children: false, limit: Resume.mostOffered })
      .pipe(Effect.catch(() => Effect.succeed([])))
    if (found.length === 0) return yield* help
    lines(output, "stdout", [
      `${DurationText.plural(found.length, "execution")} can go on. Other commands: ${CommandName.line(["--help"])}`
    ])
    const id = yield* ask.select("Resume one?", [
      ...found.map((summary) => ({ title: Resumable.title(summary, now), value: Option.some(summary.id) })),
      { title: "Leave", value: Option.none() }
    ])
    return Option.isNone(id) ? ExitCode.completed : yield* Resume.one(opened.value, given, id.value)
  })

export const offer = (given: Given) => exits(offering(given).pipe(Effect.scoped, Effect.provide(Assembly.services)))
