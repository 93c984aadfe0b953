/**
 * Programs: what `run` and the keys around it become, for steps, for items of a loop and for clean-up.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { resolve } from "node:path"
import { OutputCheck, ProcessRunner, Step, type StepContext } from "@halte/engine"
import { WrongValue } from "./ExpressionFailed.ts"
import type { Values } from "./Expression.ts"
import type { FileNode, ScalarNode } from "./FileNode.ts"
import { quote } from "./FileNode.ts"
import type { StepFields } from "./FlowKeys.ts"
import type { Problems } from "./Problems.ts"
import type { Located, RecordEntry } from "./Shape.ts"
import { compute, expectText as expectTextType, type FlowPrograms, type StepScope } from "./StepScope.ts"
import * as Template from "./Template.ts"

/** Between the graceful signal and SIGKILL. */
export const defaultGraceMillis = 5000

/** The fields that say what to run. */
export interface ProgramFields {
  readonly run?: Located<ScalarNode | ReadonlyArray<Located<ScalarNode>>>
  readonly env?: Located<ReadonlyArray<RecordEntry<ScalarNode>>>
  readonly cwd?: Located<ScalarNode>
  readonly stdin?: Located<FileNode>
}

/** What is known of a program only when it starts. */
export interface Start {
  readonly command: string | ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>> | undefined
  readonly stdin: string | undefined
}

/** A program ready to be started with the values of its expressions. */
export interface Program {
  readonly start: (values: Values) => Effect.Effect<Start, unknown>
  /** As the file writes it. */
  readonly detail: string
}

/**
 * Compiles a program. `template` says what its expressions may read.
 *
 * @since 0.1.0
 */
export const compile = (
  fields: ProgramFields & { readonly run: Located<ScalarNode | ReadonlyArray<Located<ScalarNode>>> },
  options: {
    readonly owner: string
    readonly cwd: string
    /** What the flow says about all of its programs. */
    readonly flow: FlowPrograms
    readonly problems: Problems
    readonly template: (node: FileNode) => Template.Template
  }
): Program => {
  const { cwd: base, flow, owner, problems, template } = options
  const command = fields.run.value
  const list = isList(command) ? command.map(({ value }) => template(value)) : undefined
  if (!isList(command)) shellLine(command, owner, problems)
  else
    for (const [i, argument] of (list ?? []).entries()) {
      secretInArgument(argument, owner, problems)
      expectTextType(argument, `argument ${i} of \`run\` of ${owner}`, problems)
    }
  const own = fields.env?.value.map(({ key, value }) => [key.text, template(value)] as const) ?? []
  const env = own.length === 0 && flow.env.length === 0 ? undefined : [...new Map([...flow.env, ...own])]
  const ownCwd = fields.cwd === undefined ? undefined : template(fields.cwd.value)
  if (ownCwd !== undefined) expectTextType(ownCwd, `\`cwd\` of ${owner}`, problems)
  const cwd = ownCwd ?? flow.cwd
  const stdin = fields.stdin === undefined ? undefined : template(fields.stdin.value)

  const commandOf = (values: Values): Effect.Effect<string | ReadonlyArray<string>, unknown> =>
    list === undefined
      ? Effect.succeed((command as ScalarNode).text)
      : Effect.forEach(list, (argument, i) => compute(argument, values, (v) => argumentText(v, argument, i)))
  const envOf = (values: Values): Effect.Effect<Readonly<Record<string, string | undefined>> | undefined, unknown> =>
    env === undefined
      ? Effect.succeed(undefined)
      : Effect.map(
          Effect.forEach(env, ([name, value]) =>
            compute(value, values, (v) => [name, environmentText(v, value)] as const)
          ),
          Object.fromEntries
        )
  const cwdOf = (values: Values): Effect.Effect<string, unknown> =>
    cwd === undefined ? Effect.succeed(base) : compute(cwd, values, (v) => resolve(base, expectText("`cwd`", v)))
  const stdinOf = (values: Values): Effect.Effect<string | undefined, unknown> =>
    stdin === undefined
      ? Effect.succeed(undefined)
      : compute(stdin, values, (v) => (v === null ? undefined : Template.toText(v)))

  return {
    detail: isList(command) ? command.map(({ value }) => value.text).join(" ") : command.text.trim().split("\n")[0]!,
    start: (values) =>
      Effect.gen(function* () {
        return {
          command: yield* commandOf(values),
          env: yield* envOf(values),
          cwd: yield* cwdOf(values),
          stdin: yield* stdinOf(values)
        }
      })
  }
}

/**
 * What of a program does not depend on values.
 *
 * @since 0.1.0
 */
export const rest = (
  fields: StepFields,
  owner: string,
  problems: Problems
): Omit<ProcessRunner.ProcessSpec, keyof Start> => {
  return {
    graceMillis: fields.grace?.value ?? defaultGraceMillis,
    onInterrupt: fields["on-interrupt"]?.value ?? "stop",
    stopSignal: fields["stop-signal"]?.value,
    capture: capture(fields.output, owner, problems),
    captureLimit: fields["output-limit"]?.value
  }
}

/**
 * The check of what a program gives, where the step says what that is; a step that says it of nothing is reported.
 *
 * @since 0.1.0
 */
export const outputCheck = (
  fields: StepFields,
  scope: StepScope
): (<E, R>(
  output: Effect.Effect<unknown, E, R>,
  step: StepContext.StepContextShape
) => Effect.Effect<unknown, E | OutputCheck.ValueMismatch, R>) => {
  const { output, returns } = fields
  if (returns === undefined) return (given) => given
  if (output === undefined || output.value === "none")
    scope.problems.error(
      returns.key,
      "returns-without-output",
      `\`returns\` of ${scope.owner} says what its output is, but nothing of what the program writes becomes output.`,
      "Say what does: `output: json-last-line`, `json`, `text`, `lines` or `{ file: … }`."
    )
  const check = OutputCheck.make(returns.value.schema, {
    field: "value",
    isLogged: typeof output?.value === "string"
  })
  return (given, step) => Effect.flatMap(given, (value) => check(value, step))
}

const capture = (entry: StepFields["output"], owner: string, problems: Problems): ProcessRunner.ProcessCapture => {
  if (entry === undefined) return "none"
  const { value } = entry
  if (typeof value === "string") return value
  const { file, regex } = value
  if (file !== undefined && regex !== undefined)
    problems.error(
      regex.key,
      "several-kinds",
      `\`output\` of ${owner} has \`file\` and \`regex\`, but its value is one thing.`,
      "Keep one of them."
    )
  if (file !== undefined) return { file: file.value }
  if (regex === undefined) {
    problems.error(
      entry.node,
      "no-kind",
      `\`output\` of ${owner} does not say what its value is.`,
      "Give it `file` or `regex`."
    )
    return "none"
  }
  const wrong = invalidPattern(regex.value)
  if (wrong !== undefined)
    problems.error(regex.node, "invalid-pattern", `\`output.regex\` of ${owner} is no regular expression: ${wrong}.`)
  return { regex: regex.value }
}

const invalidPattern = (pattern: string): string | undefined => {
  try {
    new RegExp(pattern, "mu")
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error)
  }
}

/**
 * What a step promises that runs such a program.
 *
 * @since 0.1.0
 */
export const stops = (rest: Omit<ProcessRunner.ProcessSpec, keyof Start>): Step.Stops =>
  Step.process("program", {
    command: "",
    grace: rest.graceMillis,
    onInterrupt: rest.onInterrupt,
    stopSignal: rest.stopSignal
  }).stops

/**
 * Runs a program for a step. `rest` is what does not depend on values.
 *
 * @since 0.1.0
 */
export const run = (
  program: Program,
  values: Values,
  rest: Omit<ProcessRunner.ProcessSpec, keyof Start>,
  step: StepContext.StepContextShape
) =>
  Effect.gen(function* () {
    const runner = yield* ProcessRunner.ProcessRunner
    return yield* runner.run({ ...rest, ...(yield* program.start(values)) }, step)
  })

const isList = <A>(u: A | ReadonlyArray<Located<A>>): u is ReadonlyArray<Located<A>> => Array.isArray(u)

// What the file writes counts for a literal: `1.10` is no `1.1`.
const argumentText = (value: unknown, template: Template.Template, index: number): string =>
  template.expressions.length === 0 && template.node._tag === "Scalar"
    ? template.node.text
    : expectText(`argument ${index} of \`run\``, value)

const environmentText = (value: unknown, template: Template.Template): string | undefined => {
  if (value === null) return undefined
  return template.expressions.length === 0 && template.node._tag === "Scalar"
    ? template.node.text
    : Template.toText(value)
}

const expectText = (what: string, value: unknown): string => {
  if (value === null || typeof value === "object") throw new WrongValue(what, value, "a text")
  return String(value)
}

/** Values reach programs as data: a shell would read them as code. */
const shellLine = (line: ScalarNode, owner: string, problems: Problems): void => {
  if (typeof line.value !== "string" || !line.value.includes("${{")) return
  const parts = Template.split(line, problems)
  if (parts === undefined) return
  const names = new Map<string, string>()
  const first = parts.find((part) => typeof part !== "string")
  if (first === undefined || typeof first === "string") return
  let shell = ""
  for (const [i, part] of parts.entries()) {
    if (typeof part === "string") {
      shell += part
      continue
    }
    const name = variableFor(part.text, names)
    const next = parts[i + 1]
    const open = openQuote(shell)
    // Single quotes would keep the shell from looking, so they are closed before and opened again after.
    if (open === "'") shell += `'"$${name}"'`
    else if (open === '"') shell += typeof next === "string" && /^\w/.test(next) ? `\${${name}}` : `$${name}`
    else shell += `"$${name}"`
  }
  shell = shell.replaceAll(/''(?="\$)|(?<=\$\w+")''/g, "")
  const env = [...names].map(([text, name]) => `${name}: "\${{ ${text} }}"`).join(", ")
  const line1 = shell.trim().split("\n")
  problems.error(
    first.origin.range,
    "expression-in-shell",
    `${owner.replace(/^s/, "S").replace(/^c/, "C")} puts an expression into a shell line, where its value would be read as code.`,
    `Pass it as data: \`run: ${line1.length > 1 ? (line1.find((l) => l.includes("$")) ?? line1[0]!).trim() : line1[0]!}\` with \`env: { ${env} }\`, or write \`run\` as a list of arguments.`
  )
}

/** The quote that a shell line has open at its end. */
const openQuote = (line: string): string | undefined => {
  let open: string | undefined
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!
    if (c === "\\" && open !== "'") i++
    else if (open === undefined ? c === '"' || c === "'" : c === open) open = open === undefined ? c : undefined
  }
  return open
}

const secretInArgument = (argument: Template.Template, owner: string, problems: Problems): void => {
  for (const expression of argument.expressions) {
    if (expression.secrets.length === 0 || expression.type === "bool") continue
    const secret = expression.secrets[0]!
    const name = variableFor(expression.text, new Map())
    problems.error(
      expression.range,
      "secret-in-argument",
      `${owner.replace(/^s/, "S")} puts the secret ${quote(secret)} into an argument, which every user of the machine can read.`,
      `Pass it by the environment: \`env: { ${name}: "\${{ ${expression.text} }}" }\`, and read \`$${name}\` in the program; or by \`stdin\`.`
    )
  }
}

/** A name for a value in the environment, from the last name in its expression: `params.version` is `VERSION`. */
const variableFor = (text: string, taken: Map<string, string>): string => {
  const trimmed = text.trim()
  const known = taken.get(trimmed)
  if (known !== undefined) return known
  const words = trimmed.replace(/"[^"]*"|'[^']*'/g, " ").match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []
  const last = words.at(-1) ?? "value"
  const base = last.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()
  let name = base
  for (let i = 2; [...taken.values()].includes(name); i++) name = `${base}_${i}`
  taken.set(trimmed, name)
  return name
}
