/**
 * `halte serve [FLOW...]`: serves a project on a port, until it is told to end.
 *
 * With `--json`: one line on standard output, as soon as it listens.
 */
import { statSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import { FlowFile } from "@halte/flow-file"
import type { ProjectFlows } from "@halte/sdk/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import { Browser } from "../Browser.ts"
import * as Draining from "../Draining.ts"
import { killGroups } from "../KillGroups.ts"
import * as Person from "../Person.ts"
import * as Serving from "../Serving.ts"
import { lines, type Output } from "../terminal/Output.ts"
import type * as StopSignals from "../terminal/StopSignals.ts"
import * as ServeText from "../view/ServeText.ts"
import { exits, leave } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"

const flags = {
  flows: Argument.String("flow").pipe(
    Argument.withDescription("Flow files, or directories with some; else all of the project"),
    Argument.variadic()
  ),
  port: OutputFlags.whole("port", 0).pipe(
    Flag.withDescription("The port, 0 for any (default 4280, or the next that is free)"),
    Flag.optional
  ),
  host: Flag.String("host").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription("Where to listen (default 127.0.0.1; 0.0.0.0: for other machines, too)"),
    Flag.withDefault("127.0.0.1")
  ),
  allowHost: Flag.String("allow-host").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("A further name that it may be asked by, as that of a proxy; may be repeated"),
    Flag.atLeast(0)
  ),
  open: OutputFlags.switchFlag("open", "Open the page in a browser"),
  noCommand: OutputFlags.switchFlag("no-command", "Only flows: no single commands can be run"),
  maxExecutions: OutputFlags.whole("max-executions", 1).pipe(
    Flag.withDescription("Executions that run at a time; further ones wait"),
    Flag.optional
  ),
  project: ProjectFlag.flag,
  verbose: OutputFlags.switchFlag("verbose", "A line of JSON for each request, on standard error").pipe(
    Flag.withAlias("v")
  ),
  ...OutputFlags.plain
}

type Given = Command.Command.Config.Infer<typeof flags>

/** Signals of another process instead of this one's; for tests. */
export interface Environment {
  readonly signals?: StopSignals.SignalSource | undefined
}

export const serveUntil = (given: Given, environment: Environment = {}) =>
  Effect.gen(function* () {
    const output = yield* OutputFlags.output(given)
    const { ProjectDirectory } = yield* Effect.promise(() => import("@halte/sdk/node"))
    const place = ProjectDirectory.find({ dir: Option.getOrUndefined(given.project) })
    const again = Option.match(given.project, { onNone: () => [], onSome: (directory) => ["--project", directory] })
    const untilStopped = yield* Draining.make({
      output,
      by: Person.name(),
      killGroups,
      leave,
      again,
      source: environment.signals
    })
    const places = yield* Effect.forEach(given.flows, placeOf)
    const { flows, notices, others, project, server } = yield* Serving.open({
      place,
      ...(places.length === 0 ? undefined : { places }),
      host: given.host,
      port: Option.getOrUndefined(given.port),
      hosts: given.allowHost,
      command: !given.noCommand,
      maxExecutions: Option.getOrUndefined(given.maxExecutions),
      notify: (notice, text) => lines(output, "stderr", ServeText.notice(inputOf(output, "stderr"), notice, text)),
      report: (problem) => lines(output, "stderr", [problem]),
      ...(given.verbose ? { log: (entry) => lines(output, "stderr", [JSON.stringify(entry)]) } : undefined)
    })
    ProjectFlag.tell(output, { notices, recovered: project.recovered })
    const input = inputOf(output, "stderr")
    lines(
      output,
      "stderr",
      ServeText.otherServers(
        input,
        others.map(({ url }) => url)
      )
    )
    if (server.isExposed) lines(output, "stderr", ServeText.exposed(input, server.urls))
    const signInUrl = server.signInUrl()
    const said = {
      project: basename(place.directory),
      directory: place.directory,
      flows: flows.map(described),
      command: !given.noCommand,
      url: server.url,
      signInUrl,
      tokenFile: server.tokenFile
    }
    lines(
      output,
      "stdout",
      given.json
        ? [JSON.stringify({ type: "server", version: 1, ...said, urls: server.urls, pid: process.pid })]
        : ServeText.served(inputOf(output, "stdout"), { ...said, tokenFile: shortened(server.tokenFile), again })
    )
    if (given.open && !(yield* (yield* Browser).open(server.signInUrl(), join(place.state, "run"), process.env)))
      lines(output, "stderr", ["No browser could be opened: open the address yourself."])
    return yield* untilStopped({ project, drain: server.drain })
  })

export const serve = Command.make("serve", flags, (given) =>
  exits(serveUntil(given).pipe(Effect.scoped, Effect.provide(Assembly.services)))
).pipe(
  Command.withDescription("Serve a project over HTTP, with its page"),
  Command.withExamples([
    { command: "halte serve", description: "All flow files of this project" },
    { command: "halte serve release.flow.yaml --port 8080 --open", description: "One of them, and its page" },
    { command: "halte serve --host 0.0.0.0 --allow-host ci.example.org", description: "Behind a proxy" }
  ])
)

/** The directory, or the file, that a person means. */
const placeOf = (named: string) => {
  const path = resolve(named)
  return named !== "" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    ? Effect.succeed(path)
    : FlowFile.find(named, process.cwd())
}

const described = ({ file, flow }: ProjectFlows.Served) => ({
  name: flow.name,
  file,
  ...(flow.description === undefined ? undefined : { description: flow.description })
})

/** A path as it is shortest from here. */
const shortened = (path: string | undefined): string | undefined => {
  if (path === undefined) return undefined
  const from = relative(process.cwd(), path)
  return from.startsWith("..") ? path : from
}

const inputOf = (output: Output, stream: "stdout" | "stderr"): ServeText.Input => ({
  look: output.look(stream),
  columns: output.size().columns
})
