/**
 * `halte desktop [PATH]`: starts the desktop as a program of its own, with a project or a flow file.
 */
import { statSync } from "node:fs"
import { constants } from "node:os"
import { resolve } from "node:path"
import { Duration, Effect, Option, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { DesktopFailed, DesktopProgram, environment, find } from "../DesktopProgram.ts"
import * as ExitCode from "../ExitCode.ts"
import { lines, type Output } from "../terminal/Output.ts"
import * as StopSignals from "../terminal/StopSignals.ts"
import { exits } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"

/** What the desktop can't open. */
export class NotOpened extends Schema.TaggedError<NotOpened>()("NotOpened", {
  path: Schema.String,
  reason: Schema.String,
  hint: Schema.String
}) {
  readonly code = "not-opened"
  override get message() {
    return `\`${this.path}\` can't be opened in the desktop: ${this.reason}.\n${this.hint}`
  }
}

/** How long a program that can't start may take to end; one that still runs then has started. */
export const failsWithin = Duration.seconds(1)

const flags = {
  path: Argument.String("path").pipe(
    Argument.withDescription("A project's directory or a flow file; else the project of the working directory"),
    Argument.optional
  ),
  wait: OutputFlags.switchFlag("wait", "Stay until the desktop has ended, and show what it says"),
  ...OutputFlags.color
}

export const desktop = Command.make("desktop", flags, (given) =>
  exits(
    Effect.gen(function* () {
      const output = yield* OutputFlags.output(given)
      const program = yield* DesktopProgram
      const places = program.places()
      const path = yield* opened(Option.getOrUndefined(given.path), places.cwd)
      const command = yield* find(places)
      const env = environment(places.env)
      const start = (detached: boolean) =>
        Effect.tryPromise({
          try: () => program.start([...command, path], detached, env),
          catch: (error) => new DesktopFailed({ program: command[0], reason: (error as Error).message })
        })
      if (given.wait) return yield* stay(output, yield* start(false))
      const { ended } = yield* start(true)
      // One that is running already takes the path over, and this one ends by itself.
      const first = yield* Effect.race(
        Effect.promise(() => ended),
        Effect.as(Effect.sleep(failsWithin), "runs" as const)
      )
      if (first !== "runs" && first !== 0)
        return yield* new DesktopFailed({
          program: command[0],
          reason: typeof first === "number" ? `it ended at once with the exit code ${first}` : `${first} ended it`
        })
      lines(output, "stderr", [`Opened \`${path}\` in the desktop.`])
      return ExitCode.completed
    })
  )
).pipe(
  Command.withDescription("Open a project or a flow file in the desktop"),
  Command.withExamples([
    { command: "halte desktop", description: "The project of this directory" },
    { command: "halte desktop release.flow.yaml", description: "One flow file, in its project" }
  ])
)

const flowFile = /\.flow\.(?:ya?ml|json)$/

/** The path as the desktop gets it: whole, and of something that it can open. */
const opened = (given: string | undefined, cwd: string): Effect.Effect<string, NotOpened> =>
  Effect.suspend(() => {
    const path = resolve(cwd, given ?? ".")
    const shown = given ?? path
    const is = statSync(path, { throwIfNoEntry: false })
    if (is === undefined)
      return Effect.fail(
        new NotOpened({ path: shown, reason: "there is no such file or directory", hint: "Look at how it is written." })
      )
    if (is.isDirectory() || (is.isFile() && flowFile.test(path))) return Effect.succeed(path)
    return Effect.fail(
      new NotOpened({
        path: shown,
        reason: "it is neither a directory nor a flow file",
        hint: "The name of a flow file ends in `.flow.yaml`, `.flow.yml` or `.flow.json`."
      })
    )
  })

/**
 * A terminal's Ctrl-C reaches the desktop as well, which interrupts what it runs and quits: it is waited for, not told
 * twice. A SIGTERM is for this process alone, and passed on.
 */
const stay = (
  output: Output,
  started: { readonly ended: Promise<number | NodeJS.Signals>; readonly kill: (signal: NodeJS.Signals) => void }
): Effect.Effect<number, StopSignals.SignalsUnavailable> =>
  Effect.acquireUseRelease(
    StopSignals.install({
      onRequest: ({ count, signal }) => {
        if (signal === "SIGTERM") started.kill("SIGTERM")
        if (count === 1) lines(output, "stderr", ["The desktop was asked to quit; it ends when all has stopped."])
      }
    }),
    () =>
      Effect.map(
        Effect.promise(() => started.ended),
        (how) => (typeof how === "number" ? how : 128 + constants.signals[how])
      ),
    (signals) => Effect.sync(() => signals.remove())
  )
