/**
 * `halte init`: writes a flow file from a template and the schema beside it. What exists is never overwritten.
 */
import { StepId } from "@halte/engine/model"
import { Effect, FileSystem, Option, Path, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as CommandName from "../CommandName.ts"
import * as ExitCode from "../ExitCode.ts"
import { Ask } from "../input/Ask.ts"
import * as FileProblem from "../input/FileProblem.ts"
import * as Head from "../template/Head.ts"
import * as Templates from "../template/Templates.ts"
import { lines } from "../terminal/Output.ts"
import { padEnd } from "../view/TextWidth.ts"
import { exits } from "./Exit.ts"
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
      Argument.withDescription("The file to write; without it the template has a name for it"),
      Argument.optional
    ),
    template: Flag.Literals("template", Templates.names).pipe(
      Flag.withAlias("t"),
      Flag.withDescription(
        `${Templates.names.slice(0, -1).join(", ")} or ${Templates.names.at(-1)}; a terminal asks, else basic`
      ),
      Flag.optional
    ),
    list: OutputFlags.switchFlag("list", "Say which templates there are, and write nothing").pipe(Flag.withAlias("l")),
    noInput: OutputFlags.switchFlag("no-input", "Never ask"),
    ...OutputFlags.color
  },
  (given) =>
    exits(
      Effect.gen(function* () {
        const output = yield* OutputFlags.output(given)
        if (given.list) {
          lines(output, "stdout", list())
          return ExitCode.completed
        }
        const template = Templates.templates[yield* chosen(given)]
        const files = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const named = Option.getOrElse(given.file, () => template.file)
        const file = /\.(ya?ml)$/.test(named) ? named : `${named}.flow.yaml`
        const name = path.basename(file).replace(/(\.flow)?\.ya?ml$/, "")
        if (!StepId.isName(name))
          return yield* new OutputFlags.UsageError({
            problem: `\`${name}\` is no name for a flow: a small letter first, then small letters, digits and hyphens.`
          })
        yield* files
          .writeFileString(file, template.text(name), { flag: "wx" })
          .pipe(
            Effect.mapError((error) =>
              error.reason._tag === "AlreadyExists"
                ? new FileExists({ file })
                : new OutputFlags.NotWritable({ file, reason: FileProblem.reason(error) })
            )
          )
        const schema = path.join(path.dirname(file), Head.schemaFile)
        // The schema of an earlier flow serves this one too.
        const isNew = yield* files.writeFileString(schema, SchemaCommand.text(), { flag: "wx" }).pipe(
          Effect.as(true),
          Effect.catch((error) =>
            error.reason._tag === "AlreadyExists"
              ? Effect.succeed(false)
              : Effect.fail(new OutputFlags.NotWritable({ file: schema, reason: FileProblem.reason(error) }))
          )
        )
        lines(output, "stdout", [
          `Wrote \`${file}\`${isNew ? `, and \`${schema}\` for your editor` : ""}.`,
          `Run it with:    ${CommandName.line(["run", file])}`,
          `Look at it:     ${CommandName.line(["check", file])}`
        ])
        return ExitCode.completed
      })
    )
).pipe(Command.withDescription("Write a first flow file"))

/** Each template with what it is of use for. */
const list = (): ReadonlyArray<string> => {
  const width = Math.max(...Templates.names.map((name) => name.length))
  return Templates.names.map((name) => `${padEnd(name, width)}  ${Templates.templates[name].title}`)
}

/** The template that was named; else the one that a person at the terminal takes, else the first. */
const chosen = (given: { readonly template: Option.Option<Templates.Name>; readonly noInput: boolean }) =>
  Effect.gen(function* () {
    if (Option.isSome(given.template)) return given.template.value
    const ask = yield* Ask
    if (given.noInput || !ask.someone()) return Templates.names[0]
    return yield* ask.select<Templates.Name>(
      "Which kind of flow?",
      Templates.names.map((value) => ({ title: value, value, description: Templates.templates[value].title }))
    )
  })
