/**
 * `halte graph FILE`: the steps as a picture.
 */
import type { FlowDescription } from "@halte/engine/model"
import { FlowFile } from "@halte/flow-file"
import { Effect, FileSystem, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as ExitCode from "../ExitCode.ts"
import * as FileProblem from "../input/FileProblem.ts"
import * as FlowGraph from "../view/FlowGraph.ts"
import { exits } from "./Exit.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"

const formats = ["mermaid", "dot", "svg", "json"] as const

const draw = (flow: FlowDescription.FlowDescription, format: (typeof formats)[number]): Effect.Effect<string> => {
  switch (format) {
    case "mermaid":
      return Effect.succeed(FlowGraph.toMermaid(flow))
    case "dot":
      return Effect.succeed(FlowGraph.toDot(flow))
    case "json":
      return Effect.succeed(`${JSON.stringify(flow, null, 2)}\n`)
    case "svg":
      // Graphviz is a megabyte of WebAssembly: loaded only by who wants it.
      return Effect.promise(() => import("@viz-js/viz").then(({ instance }) => instance())).pipe(
        Effect.map((viz) => viz.renderString(FlowGraph.toDot(flow), { format: "svg", engine: "dot" }))
      )
  }
}

export const graph = Command.make(
  "graph",
  {
    flow: FlowArgument.argument,
    format: Flag.Literals("format", formats).pipe(
      Flag.withAlias("f"),
      Flag.withDescription("mermaid (default), dot, svg or json"),
      Flag.withDefault("mermaid" as const)
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("file"),
      Flag.withDescription("Write it to a file"),
      Flag.optional
    ),
    dir: FlowArgument.dir,
    ...OutputFlags.color
  },
  (given) =>
    exits(
      Effect.gen(function* () {
        const cwd = yield* FlowArgument.directory(given.dir)
        const path = yield* FlowFile.find(given.flow, cwd)
        const { description } = yield* FlowFile.load(path, { cwd })
        const text = yield* draw(description, given.format)
        if (Option.isSome(given.output)) {
          const files = yield* FileSystem.FileSystem
          const file = given.output.value
          yield* files
            .writeFileString(file, text)
            .pipe(Effect.mapError((error) => new OutputFlags.NotWritable({ file, reason: FileProblem.reason(error) })))
        } else (yield* OutputFlags.output(given)).write("stdout", text)
        return ExitCode.completed
      })
    )
).pipe(Command.withDescription("Draw the steps"))
