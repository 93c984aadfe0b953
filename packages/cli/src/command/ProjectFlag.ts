/**
 * The project that a command works in: the flag that names it, opening it, and what a person is told when it is opened.
 */
import type { Flow } from "@halte/engine"
import { Clock, Effect, Option, Schema, type Scope } from "effect"
import { type CliError, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import { lines, type Output } from "../terminal/Output.ts"
import { paint, plain } from "../view/Look.ts"
import * as Resumable from "../view/Resumable.ts"
import { wrap } from "../view/TextWidth.ts"
import { type CommandFailed, type Exit, exits } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"

export const flag = Flag.Directory("project", { mustExist: true }).pipe(
  Flag.withMetavar("directory"),
  Flag.withDescription("The directory that holds .halte (HALTE_DIR); else found upwards from the working directory"),
  Flag.optional
)

export interface Given extends OutputFlags.ColorFlags {
  readonly project: Option.Option<string>
}

export interface Opened extends Assembly.Assembly {
  readonly output: Output
  readonly now: number
  /** What is added to commands that are shown, so that they mean the same project. */
  readonly again: ReadonlyArray<string>
}

/** What is added to commands that are shown, so that they mean the same project. */
export const again = (given: Pick<Given, "project">): ReadonlyArray<string> =>
  Option.match(given.project, { onNone: () => [], onSome: (directory) => ["--project", directory] })

/** Opens the project, and tells on standard error what was found there. */
export const open = (
  given: Given,
  options: Omit<Assembly.OpenOptions, "project"> = { engine: false }
): Effect.Effect<Opened, Assembly.OpenError, Assembly.Services | Scope.Scope> =>
  Effect.gen(function* () {
    const output = yield* OutputFlags.output(given)
    const opener = yield* Assembly.Opener
    const assembly = yield* opener.open({ ...options, project: Option.getOrUndefined(given.project) })
    tell(output, assembly)
    const opened: Opened = { ...assembly, output, now: yield* Clock.currentTimeMillis, again: again(given) }
    return opened
  })

/**
 * Opens the project to run flows in this process; with `--ephemeral`, an engine that keeps nothing. Where nothing can be
 * kept that is said to be the way out.
 */
export const openToRun = (
  given: Given & { readonly ephemeral: boolean },
  flows: ReadonlyArray<Flow.Flow<unknown, Assembly.StepServices>>
): Effect.Effect<Assembly.Assembly, Assembly.OpenError | NotKept, Assembly.Services | Scope.Scope> =>
  given.ephemeral
    ? Assembly.ephemeral(flows)
    : open(given, { engine: true, flows }).pipe(
        Effect.mapError((error) =>
          "code" in error && (error.code === "project-unusable" || error.code === "executions-unavailable")
            ? new NotKept({ problem: error.message, code: error.code })
            : error
        )
      )

/** What would run can't be kept. */
export class NotKept extends Schema.TaggedError<NotKept>()("NotKept", {
  problem: Schema.String,
  code: Schema.Literals(["project-unusable", "executions-unavailable"])
}) {
  override get message() {
    return `${this.problem}\nNothing was started. Add \`--ephemeral\` to run it without keeping anything.`
  }
}

/** What a person should know before anything else: executions found without their engine, and other notices. */
export const tell = (output: Output, assembly: Pick<Assembly.Assembly, "notices" | "recovered">): void => {
  const look = output.look("stderr")
  for (const text of [...assembly.recovered.map(Resumable.recovered), ...assembly.notices])
    lines(
      output,
      "stderr",
      wrap(plain(look, text), output.size().columns).map((line) => paint(look, "yellow", line))
    )
}

/** A command over the opened project that runs nothing itself. */
export const using = <E, R>(
  given: Given,
  body: (opened: Opened) => Effect.Effect<number, E, R>
): Effect.Effect<void, CommandFailed | CliError.CliError, Exclude<Exclude<R, Scope.Scope>, Assembly.Services> | Exit> =>
  exits(Effect.flatMap(open(given), body).pipe(Effect.scoped, Effect.provide(Assembly.services)))
