/**
 * Where a command works, which is a project of this machine or a server: the flags that name it, opening it, and what a
 * person is told when it is opened.
 */
import type { Flow } from "@halte/engine"
import { Clock, Effect, type FileSystem, Option, Schema, type Scope } from "effect"
import { type CliError, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as ConnectionText from "../view/ConnectionText.ts"
import { paint, plain } from "../view/Look.ts"
import * as Resumable from "../view/Resumable.ts"
import { wrap } from "../view/TextWidth.ts"
import { type CommandFailed, type Exit, exits } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ServerFlag from "./ServerFlag.ts"

export const flag = Flag.Directory("project", { mustExist: true }).pipe(
  Flag.withMetavar("directory"),
  Flag.withDescription("The directory that holds .halte (HALTE_DIR); else found upwards from the working directory"),
  Flag.optional
)

/** For commands that work with a server, too. */
export const flags = { project: flag, ...ServerFlag.flags }

/** Commands that know no server leave its flags out. */
export interface Given extends OutputFlags.ColorFlags, ServerFlag.Given {
  readonly project: Option.Option<string>
}

export interface Opened extends Assembly.Assembly {
  readonly output: Output
  readonly now: number
  /** What is added to commands that are shown, so that they mean the same project or server. */
  readonly again: ReadonlyArray<string>
}

/** Opens the project or the server, and tells on standard error what was found there. */
export const open = (
  given: Given,
  options: Omit<Assembly.OpenOptions, "project" | "server"> = { engine: false }
): Effect.Effect<
  Opened,
  Assembly.OpenError | OutputFlags.UsageError,
  Assembly.Services | FileSystem.FileSystem | Scope.Scope
> =>
  Effect.gen(function* () {
    const place = yield* ServerFlag.place(given)
    const output = yield* OutputFlags.output(given)
    const opener = yield* Assembly.Opener
    const assembly = yield* opener.open({
      ...options,
      ...(place._tag === "Server" ? { server: place.at } : { project: Option.getOrUndefined(given.project) })
    })
    tell(output, assembly)
    const again =
      place._tag === "Server"
        ? place.again
        : Option.match(given.project, { onNone: () => [], onSome: (directory) => ["--project", directory] })
    const now = (yield* Clock.currentTimeMillis) + (assembly.server?.aheadMillis ?? 0)
    return { ...assembly, output, now, again } satisfies Opened
  })

/**
 * Opens the project to run flows in this process; with `--ephemeral`, an engine that keeps nothing. Where nothing can be
 * kept that is said to be the way out.
 */
export const openToRun = (
  given: Given & { readonly ephemeral: boolean },
  flows: ReadonlyArray<Flow.Flow<unknown, Assembly.StepServices>>
): Effect.Effect<
  Opened,
  Assembly.OpenError | NotKept | OutputFlags.UsageError,
  Assembly.Services | FileSystem.FileSystem | Scope.Scope
> =>
  given.ephemeral
    ? Effect.gen(function* () {
        const assembly = yield* Assembly.ephemeral(flows)
        const output = yield* OutputFlags.output(given)
        return { ...assembly, output, now: yield* Clock.currentTimeMillis, again: [] } satisfies Opened
      })
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

/**
 * What a person should know before anything else: executions found without their engine, and other notices; from then on
 * also that a connection is lost, where no screen shows it.
 */
export const tell = (
  output: Output,
  { notices, recovered, server }: Pick<Assembly.Assembly, "notices" | "recovered" | "server">
): void => {
  const look = output.look("stderr")
  const say = (text: string) =>
    lines(
      output,
      "stderr",
      wrap(plain(look, text), output.size().columns).map((line) => paint(look, "yellow", line))
    )
  // Of a sub-flow is told what only it knows: it goes on with its parent.
  const told = recovered.filter(({ ended, left, parent }) => parent === undefined || ended > 0 || left.length > 0)
  for (const text of [...told.map(Resumable.recovered), ...notices]) say(text)
  server?.connection.listen((news) => say(ConnectionText.text(news)))
}

/** Runs what is done with an opened server by the clock of its machine: its records are from there. */
export const byItsClock = <A, E, R>(
  { server }: Pick<Opened, "server">,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const ahead = server?.aheadMillis ?? 0
  if (ahead === 0) return effect
  return Clock.clockWith((clock) =>
    Effect.provideService(effect, Clock.Clock, {
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + ahead,
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + ahead),
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n,
      currentTimeNanos: Effect.map(clock.currentTimeNanos, (now) => now + BigInt(ahead) * 1_000_000n),
      sleep: (duration) => clock.sleep(duration)
    })
  )
}

/** A command over the opened project or server that runs nothing itself. */
export const using = <E, R>(
  given: Given,
  body: (opened: Opened) => Effect.Effect<number, E, R>
): Effect.Effect<
  void,
  CommandFailed | CliError.CliError,
  Exclude<Exclude<R, Scope.Scope>, Assembly.Services> | FileSystem.FileSystem | Exit
> =>
  exits(
    Effect.flatMap(open(given), (opened) => byItsClock(opened, body(opened))).pipe(
      Effect.scoped,
      Effect.provide(Assembly.services)
    )
  )
