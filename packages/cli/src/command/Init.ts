/**
 * `halte init`: writes a first flow file and the schema beside it. What exists is never overwritten.
 */
import { StepId } from "@halte/engine/model"
import { Effect, FileSystem, Path, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import * as FileProblem from "../input/FileProblem.ts"
import { lines } from "../terminal/Output.ts"
import { exits } from "./Exit.ts"
import * as FirstFlow from "./FirstFlow.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as SchemaCommand from "./Schema.ts"

/** There is already something where the flow file would go. */
export class FileExists extends Schema.TaggedError<FileExists>()("FileExists", { file: Schema.String }) {
  readonly code = "file-exists"
  override get message() {
    return `\`${this.file}\` exists already, and nothing is overwritten. Give another name: \`halte init other.flow.yaml\`.`
  }
}

export const init = Command.make(
  "init",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("The file to write"),
      Argument.withDefault("first.flow.yaml")
    ),
    template: Flag.Literals("template", FirstFlow.templates).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("basic (default), nested or loop"),
      Flag.withDefault("basic" as const)
    ),
    ...OutputFlags.color
  },
  (given) =>
    exits(
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const file = /\.(ya?ml)$/.test(given.file) ? given.file : `${given.file}.flow.yaml`
        const name = path.basename(file).replace(/(\.flow)?\.ya?ml$/, "")
        if (!StepId.isName(name))
          return yield* new OutputFlags.UsageError({
            problem: `\`${name}\` is no name for a flow: a small letter first, then small letters, digits and hyphens.`
          })
        yield* files
          .writeFileString(file, FirstFlow.text(given.template, name), { flag: "wx" })
          .pipe(
            Effect.mapError((error) =>
              error.reason._tag === "AlreadyExists"
                ? new FileExists({ file })
                : new OutputFlags.NotWritable({ file, reason: FileProblem.reason(error) })
            )
          )
        const schema = path.join(path.dirname(file), FirstFlow.schemaFile)
        // The schema of an earlier flow serves this one too.
        const isNew = yield* files.writeFileString(schema, SchemaCommand.text(), { flag: "wx" }).pipe(
          Effect.as(true),
          Effect.catch((error) =>
            error.reason._tag === "AlreadyExists"
              ? Effect.succeed(false)
              : Effect.fail(new OutputFlags.NotWritable({ file: schema, reason: FileProblem.reason(error) }))
          )
        )
        lines(yield* OutputFlags.output(given), "stdout", [
          `Wrote \`${file}\`${isNew ? `, and \`${schema}\` for your editor` : ""}.`,
          `Run it with:    ${CommandName.line(["run", file])}`,
          `Look at it:     ${CommandName.line(["check", file])}`
        ])
        return ExitCode.completed
      })
    )
).pipe(Command.withDescription("Write a first flow file"))
