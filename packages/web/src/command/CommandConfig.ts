/**
 * What the Command view keeps in a file: the line, where and with what it runs, how it is stopped. Secret values are not
 * in it: their names are, and whoever loads the file fills them in.
 */
import { CommandParams } from "@halte/engine/model"
import { Result, Schema, SchemaIssue } from "effect"

/** One variable; a secret has no value in a file. */
export interface Variable {
  readonly name: string
  readonly value: string
  readonly secret: boolean
}

export interface CommandConfig {
  readonly line: string
  readonly directory: string
  readonly variables: ReadonlyArray<Variable>
  readonly graceMillis: number
}

export const empty: CommandConfig = {
  line: "",
  directory: "",
  variables: [],
  graceMillis: CommandParams.defaultGraceMillis
}

/** The longest grace that the view takes: an hour. */
export const longestGraceMillis = 3_600_000

const variableName = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*$/, { expected: "letters, digits and `_`" }))
)

/** The file. `null` stands for a secret value. */
export const CommandFile = Schema.Struct({
  halte: Schema.Literal(1),
  command: Schema.Struct({
    line: Schema.String,
    directory: Schema.optionalKey(Schema.String),
    environment: Schema.optionalKey(Schema.Record(variableName, Schema.NullOr(Schema.String))),
    graceMillis: Schema.optionalKey(
      Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(longestGraceMillis)))
    ),
    confirm: Schema.optionalKey(Schema.Boolean)
  })
})
export type CommandFile = typeof CommandFile.Type

/** The text of a file. */
export const toFile = (config: CommandConfig, confirm: boolean): string => {
  const environment = Object.fromEntries(
    config.variables.filter(({ name }) => name !== "").map(({ name, secret, value }) => [name, secret ? null : value])
  )
  const file: CommandFile = {
    halte: 1,
    command: {
      line: config.line,
      ...(config.directory === "" ? undefined : { directory: config.directory }),
      ...(Object.keys(environment).length === 0 ? undefined : { environment }),
      graceMillis: config.graceMillis,
      confirm
    }
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/** What is wrong with a file: its line, counted from 1, and what. */
export interface FileProblem {
  readonly line: number
  readonly detail: string
}

export interface Loaded {
  readonly config: CommandConfig
  readonly confirm: boolean | undefined
}

/** Larger ones are something else. */
const longest = 1_000_000

/** Reads a file. Nothing is taken from one that has any mistake. */
export const fromFile = async (text: string): Promise<Result.Result<Loaded, FileProblem>> => {
  if (text.length > longest) return Result.fail({ line: 1, detail: "The file is too large to be a command." })
  // It knows where things stand; JSON.parse does not. Every JSON text is a YAML text, too.
  const { LineCounter, parseDocument, isNode } = await import("yaml")
  const lines = new LineCounter()
  try {
    JSON.parse(text)
  } catch {
    const document = parseDocument(text, { lineCounter: lines, strict: true })
    const [error] = document.errors
    return Result.fail({
      line: error?.linePos?.[0].line ?? lineOfEnd(text),
      detail: `It is no JSON: ${(error?.message.split("\n")[0] ?? "it ends too early").replace(/ at line .*$/, "")}.`
    })
  }
  const document = parseDocument(text, { lineCounter: lines })
  const decoded = Schema.decodeUnknownResult(CommandFile, { onExcessProperty: "error" })(document.toJS() as unknown)
  if (Result.isFailure(decoded)) {
    const { message, path } = firstIssue(decoded.failure)
    // What is missing has no place: then that of what it should be in.
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (!isNode(node) || node.range == null) continue
      const where = path.length === 0 ? "" : `\`${path.join(".")}\`: `
      return Result.fail({ line: lines.linePos(node.range[0]).line, detail: `${where}${message}.` })
    }
    return Result.fail({ line: 1, detail: `${message}.` })
  }
  const { confirm, directory, environment, graceMillis, line } = decoded.success.command
  return Result.succeed({
    config: {
      line,
      directory: directory ?? "",
      variables: Object.entries(environment ?? {}).map(([name, value]) => ({
        name,
        value: value ?? "",
        secret: value === null
      })),
      graceMillis: graceMillis ?? CommandParams.defaultGraceMillis
    },
    confirm
  })
}

const lineOfEnd = (text: string): number => text.trimEnd().split("\n").length

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

const firstIssue = (error: Schema.SchemaError): { readonly path: ReadonlyArray<string>; readonly message: string } => {
  const [issue] = issues(error.issue).issues
  return {
    path: (issue?.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment)),
    message: (issue?.message ?? error.message).replace(/\.$/, "")
  }
}

/** The params of an execution. */
export const toParams = ({ directory, graceMillis, line, variables }: CommandConfig): CommandParams.CommandParams => {
  const of = (secret: boolean) =>
    Object.fromEntries(
      variables.filter((one) => one.name !== "" && one.secret === secret).map(({ name, value }) => [name, value])
    )
  const environment = of(false)
  const secrets = of(true)
  return {
    line,
    graceMillis,
    ...(directory.trim() === "" ? undefined : { directory: directory.trim() }),
    ...(Object.keys(environment).length === 0 ? undefined : { environment }),
    ...(Object.keys(secrets).length === 0 ? undefined : { secrets })
  }
}
