/**
 * `halte graph FLOW`: the steps as a picture, of a flow file or of a flow of a server.
 */
import { FlowDescription } from "@halte/engine/model"
import { FlowFile } from "@halte/flow-file"
import { Effect, FileSystem, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as Assembly from "../Assembly.ts"
import * as ExitCode from "../ExitCode.ts"
import * as FileProblem from "../input/FileProblem.ts"
import * as FlowGraph from "../view/FlowGraph.ts"
import { exits } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as FlowOfServer from "./FlowOfServer.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"
import * as ServerFlag from "./ServerFlag.ts"

/** In one order of fields, wherever it comes from. */
const encode = Schema.encodeSync(FlowDescription.FlowDescription)

const formats = ["mermaid", "dot", "svg", "text", "json"] as const

const draw = (
  flow: FlowDescription.FlowDescription,
  format: (typeof formats)[number],
  screen: Parameters<typeof FlowGraph.toText>[1],
  options: FlowGraph.Options
): Effect.Effect<string> => {
  switch (format) {
    case "mermaid":
      return Effect.succeed(FlowGraph.toMermaid(flow, options))
    case "dot":
      return Effect.succeed(FlowGraph.toDot(flow, options))
    case "text":
      return Effect.succeed(`${FlowGraph.toText(flow, screen, options).join("\n")}\n`)
    case "json":
      return Effect.succeed(`${JSON.stringify(encode(flow), null, 2)}\n`)
    case "svg":
      // Graphviz is a megabyte of WebAssembly: loaded only by who wants it.
      return Effect.promise(() => import("@viz-js/viz").then(({ instance }) => instance())).pipe(
        Effect.map((viz) =>
          FlowGraph.withFonts(viz.renderString(FlowGraph.toDot(flow, options), { format: "svg", engine: "dot" }))
        )
      )
  }
}

export const graph = Command.make(
  "graph",
  {
    flow: FlowArgument.argument,
    format: Flag.Literals("format", formats).pipe(
      Flag.withAlias("f"),
      Flag.withDescription("mermaid (default), dot, svg, text or json"),
      Flag.withDefault("mermaid" as const)
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("file"),
      Flag.withDescription("Write it to a file"),
      Flag.optional
    ),
    noLegend: OutputFlags.switchFlag("no-legend", "Draw no explanation of arrows and borders"),
    dir: FlowArgument.dir,
    ...ServerFlag.flags,
    ...OutputFlags.color
  },
  (given) =>
    exits(
      Effect.gen(function* () {
        const output = yield* OutputFlags.output(given)
        const screen = Option.isSome(given.output)
          ? { look: { color: false, unicode: true }, columns: 120 }
          : { look: output.look("stdout"), columns: output.size().columns }
        const text = yield* draw(yield* described(given), given.format, screen, { legend: !given.noLegend })
        if (Option.isSome(given.output)) {
          const files = yield* FileSystem.FileSystem
          const file = given.output.value
          yield* files
            .writeFileString(file, text)
            .pipe(Effect.mapError((error) => new OutputFlags.NotWritable({ file, reason: FileProblem.reason(error) })))
        } else output.write("stdout", text)
        return ExitCode.completed
      }).pipe(Effect.scoped, Effect.provide(Assembly.services))
    )
).pipe(
  Command.withDescription("Draw the steps"),
  Command.withExamples([
    { command: "halte graph release.flow.yaml -f svg -o release.svg", description: "A picture of a flow file" },
    { command: "halte graph release.flow.yaml -f text", description: "A tree in the terminal" },
    { command: "halte graph release --server http://127.0.0.1:4280", description: "A flow of a server" }
  ])
)

interface Given extends OutputFlags.ColorFlags, Pick<ServerFlag.Given, "server" | "tokenFile"> {
  readonly flow: string
  readonly dir: Option.Option<string>
}

/** A file is drawn as it is, whatever a variable says; a name is one of the server's flows where there is a server. */
const described = Effect.fnUntraced(function* (given: Given) {
  const isFile = !FlowOfServer.isName(given.flow)
  const place = yield* ServerFlag.place({ ...given, project: Option.none() })
  if (place._tag === "Server" && !(isFile && place.from === "HALTE_SERVER")) {
    yield* ServerFlag.refuseBeside(place.from, [
      ["--dir", Option.isSome(given.dir), "a server looks for flows in its own project"],
      [given.flow, isFile, "a flow of a server is named without a file; a file is drawn without a server"]
    ])
    const opened = yield* ProjectFlag.open({ ...given, project: Option.none() })
    return yield* FlowOfServer.find(opened, given.flow)
  }
  const cwd = yield* FlowArgument.directory(given.dir)
  const path = yield* FlowFile.find(given.flow, cwd)
  return (yield* FlowFile.load(path, { cwd })).description
})
