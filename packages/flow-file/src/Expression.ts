/**
 * One expression of a flow file, checked against the variables it may read and ready to be computed. Expressions are CEL;
 * nothing in a file is ever evaluated as JavaScript.
 *
 * @since 0.1.0
 */
import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js"
import { Option } from "effect"
import { StepId } from "@halte/engine"
import * as CelValue from "./CelValue.ts"
import { quote, setOwn } from "./FileNode.ts"
import * as ExpressionProblem from "./ExpressionProblem.ts"
import { dottedName, placeholder, type References, references, rewrite } from "./ExpressionReferences.ts"
import { globFiles } from "./GlobFiles.ts"
import type { ParamSpec } from "./ParamSpec.ts"
import type { Problems } from "./Problems.ts"
import type { Range } from "./SourceText.ts"
import type { OutputType, OutputTypes } from "./OutputTypes.ts"
import * as TimeLimit from "@halte/process/time-limit"

/** The longest expression, in characters. */
export const maxLength = 4096

const limits = { maxAstNodes: 1000, maxDepth: 50, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 16 }

/**
 * @since 0.1.0
 */
export interface Expression {
  readonly text: string
  /** The whole `${{ … }}` in the file. */
  readonly range: Range
  /** What CEL says it gives: `string`, `int`, `bool`, `list<string>`, `dyn` when it depends. */
  readonly type: string
  /** Steps whose output it reads, by the names that it writes. */
  readonly steps: ReadonlyArray<string>
  /** Secret params that its value may hold. */
  readonly secrets: ReadonlyArray<string>
  /**
   * Its value, or a Promise of it where it calls `glob`.
   *
   * @throws Error when it can't be computed
   */
  readonly evaluate: (values: Values) => unknown
}

/**
 * What an expression reads when it is computed.
 *
 * @since 0.1.0
 */
export interface Values {
  readonly params: unknown
  /** Outputs of steps by the names that the expression writes. */
  readonly steps: Readonly<Record<string, unknown>>
  readonly variables?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A variable besides `params`, `steps` and `env`: the item of a `for-each`, its index, an output to undo.
 *
 * @since 0.1.0
 */
export interface Variable {
  readonly name: string
  readonly type: string
  /** How its value becomes one of the type. @default as any JSON value */
  readonly convert?: OutputType["convert"] | undefined
  readonly secrets?: ReadonlyArray<string> | undefined
}

/**
 * What a place in the file may read.
 *
 * @since 0.1.0
 */
export interface Scope {
  /** For messages: `` step `build` ``. */
  readonly owner: string
  readonly variables: ReadonlyArray<Variable>
  /** The type of a step's output by a name as the place writes it; absent where no outputs are there to read. */
  readonly outputOf?: ((name: string) => OutputType | undefined) | undefined
  readonly stepNames: () => Iterable<string>
}

/** Where an expression stands, and which offset of the file a character of it has. */
export interface Origin {
  readonly range: Range
  /** The offset of its first character, when the file writes it as it is; absent behind escapes. */
  readonly start?: number | undefined
  /** The scalar stands in double quotes. */
  readonly doubleQuoted?: boolean | undefined
}

/**
 * Compiles the expressions of one flow. Environments are made once for each combination of types.
 *
 * @since 0.1.0
 */
export class Expressions {
  readonly #params: ReadonlyMap<string, ParamSpec>
  readonly #env: Readonly<Record<string, string>>
  readonly #problems: Problems
  readonly #outputs: OutputTypes
  readonly #typed: Environment
  readonly #running: Environment
  readonly #bySignature = new Map<string, Environment>()
  readonly #paramValues = new WeakMap<object, Record<string, unknown>>()

  constructor(options: {
    readonly params: ReadonlyMap<string, ParamSpec>
    readonly env: Readonly<Record<string, string | undefined>>
    readonly cwd: string
    readonly problems: Problems
    readonly outputs: OutputTypes
  }) {
    this.#params = options.params
    this.#problems = options.problems
    this.#outputs = options.outputs
    this.#env = Object.fromEntries(Object.entries(options.env).filter((e): e is [string, string] => e[1] !== undefined))
    const common = { homogeneousAggregateLiterals: false, limits }
    const glob = (pattern: string, without: string | ReadonlyArray<string> = []) =>
      globFiles(pattern, options.cwd, typeof without === "string" ? [without] : without)
    const withGlob = (environment: Environment): Environment => {
      for (const args of ["string", "string, string", "string, list<string>"])
        environment.registerFunction(`glob(${args}): list<string>`, glob)
      return environment
    }
    this.#running = withGlob(new Environment({ ...common, unlistedVariablesAreDyn: true }))
    this.#typed = withGlob(new Environment(common))
      .registerType("Params", {
        fields: Object.fromEntries([...options.params.values()].map((spec) => [spec.name, typeOf(spec)]))
      })
      .registerVariable("params", "Params")
      .registerVariable("env", "map<string, string>")
    for (const [name, fields] of options.outputs.fields) this.#typed.registerType(name, { fields })
  }

  /**
   * Checks an expression; `undefined` once its problems have been reported.
   */
  compile(text: string, origin: Origin, scope: Scope): Expression | undefined {
    const report = (range: Range | undefined, code: string, message: string, hint?: string): undefined => {
      this.#problems.error(
        range === undefined || origin.start === undefined
          ? origin.range
          : { start: origin.start + range.start, end: origin.start + Math.max(range.end, range.start + 1) },
        code,
        message,
        hint
      )
      return undefined
    }
    const tell = ({ code, hint, message, range }: ExpressionProblem.Problem) => report(range, code, message, hint)
    const reader: ExpressionProblem.Reader = {
      owner: scope.owner,
      params: this.#params,
      variables: [
        "params",
        "env",
        ...(scope.outputOf === undefined ? [] : ["steps"]),
        ...scope.variables.map((v) => v.name)
      ]
    }
    if (text.trim() === "")
      return report(
        undefined,
        "invalid-expression",
        `An expression of ${scope.owner} is empty.`,
        "Write one such as `${{ params.version }}`."
      )
    if (text.length > maxLength)
      return report(
        undefined,
        "expression-too-large",
        `An expression of ${scope.owner} is longer than ${maxLength} characters.`,
        "Move the work into a step, and read its output."
      )
    const dotted = dottedName(text, scope)
    if (dotted !== undefined) {
      const written = (mark: string) => `\`steps[${mark}${dotted.name}${mark}].output\``
      return report(
        dotted.range,
        "dotted-step-name",
        `\`${text.slice(dotted.range.start, dotted.range.end)}\` can't be read: with ${dotted.name.includes("-") ? "a hyphen it is a subtraction" : "dots it is no step"}.`,
        `Write ${written('"')}${origin.doubleQuoted === true ? `, inside double quotes ${written("'")}` : ""}.`
      )
    }
    let parsed: ParseResult
    try {
      parsed = this.#running.parse(text)
    } catch (error) {
      return tell(ExpressionProblem.ofSyntax(error, text, reader))
    }
    const found = references(parsed.ast, text)
    let wrong = false
    for (const { name, range } of found.params)
      if (!this.#params.has(name)) {
        wrong = true
        const near = this.#problems.isFull ? undefined : StepId.nearest(name, this.#params.keys())
        report(
          range,
          "unknown-param",
          `${quote(name)} is no param of this flow.`,
          near !== undefined
            ? `Did you mean \`params.${near}\`?`
            : this.#params.size === 0
              ? `Declare it: \`params: { ${name}: { type: string } }\`.`
              : `Its params are ${[...this.#params.keys()].map((n) => `\`${n}\``).join(", ")}.`
        )
      }
    const outputs: Array<OutputType> = []
    for (const { name, range } of found.steps) {
      const type = scope.outputOf?.(name)
      if (type !== undefined) {
        outputs.push(type)
        continue
      }
      wrong = true
      if (scope.outputOf === undefined) {
        report(
          range,
          "no-outputs-here",
          `The outputs of steps can't be read in ${scope.owner}.`,
          scope.variables.some(({ name }) => name === "output")
            ? "`params`, `env` and `output`, the step's own, can."
            : `${["params", "env", ...scope.variables.map(({ name }) => name)].map((name) => `\`${name}\``).join(" and ")} can.`
        )
        continue
      }
      const near = this.#problems.isFull ? undefined : StepId.nearest(name, scope.stepNames())
      report(
        range,
        "unknown-step",
        `${quote(name)} is no step that ${scope.owner} can see.`,
        near === undefined
          ? "Name a sibling, a step further out, or a full id such as `upload/part-1`."
          : `Did you mean \`${near}\`?`
      )
    }
    for (const range of found.loose) {
      wrong = true
      report(
        range,
        "invalid-expression",
        "`steps` is read as `steps.NAME.output`.",
        'Write `steps.build.output`, or `steps["upload/part-1"].output`.'
      )
    }
    if (wrong) return undefined
    const rewritten = rewrite(text, found.steps)
    const environment = this.#environment(
      outputs.map(({ cel }) => cel),
      scope.variables
    )
    const checked = environment.check(rewritten.text)
    if (!checked.valid) {
      const fields = this.#fieldsAt(checked.error?.node, rewritten.text, environment)
      return tell(ExpressionProblem.ofTypes(checked.error, text, { ...reader, fields }))
    }
    return this.#expression(text, origin.range, checked.type ?? "dyn", rewritten, found, outputs, scope)
  }

  #expression(
    text: string,
    range: Range,
    type: string,
    rewritten: { readonly text: string; readonly names: ReadonlyArray<string> },
    found: References,
    outputs: ReadonlyArray<OutputType>,
    scope: Scope
  ): Expression {
    const parsed = this.#running.parse(rewritten.text)
    // Of all functions only this one can take longer than anybody waits.
    const run = /\bmatches\b/.test(rewritten.text) ? limited(parsed) : parsed
    const secrets = new Set<string>()
    for (const [name, spec] of this.#params)
      if (spec.secret && (found.wholeParams || found.params.some((p) => p.name === name))) secrets.add(name)
    for (const variable of scope.variables)
      if (found.names.has(variable.name)) for (const secret of variable.secrets ?? []) secrets.add(secret)
    return {
      text: text.trim(),
      range,
      type,
      steps: rewritten.names,
      secrets: [...secrets],
      evaluate: (values) => {
        const context: Record<string, unknown> = { params: this.#paramsOf(values.params), env: this.#env }
        rewritten.names.forEach((name, i) => (context[placeholder(i)] = outputs[i]!.convert(values.steps[name])))
        for (const { convert, name } of scope.variables)
          context[name] = (convert ?? CelValue.fromJson)(values.variables?.[name])
        const result: unknown = run(context)
        return result instanceof Promise ? result.then(CelValue.toJson) : CelValue.toJson(result)
      }
    }
  }

  /** The fields of what a field was looked for in, where they are known. */
  #fieldsAt(node: unknown, text: string, environment: Environment): ReadonlyArray<string> | undefined {
    const of = (node as { readonly args?: ReadonlyArray<ASTNode> } | undefined)?.args?.[0]
    if (of === undefined || typeof of !== "object" || !("range" in of)) return undefined
    const { type } = environment.check(text.slice(of.range.start, of.range.end))
    return type === undefined ? undefined : this.#outputs.fieldsOf(type)
  }

  /** Params as declared: a `number` stays a double even when it is whole, and what was not given is null. */
  #paramsOf(given: unknown): Record<string, unknown> {
    const key = typeof given === "object" && given !== null ? given : this
    const known = this.#paramValues.get(key)
    if (known !== undefined) return known
    const made: Record<string, unknown> = {}
    for (const spec of this.#params.values()) {
      const value: unknown = (given as Record<string, unknown> | undefined)?.[spec.name]
      setOwn(made, spec.name, spec.type === "number" && typeof value === "number" ? value : CelValue.fromJson(value))
    }
    this.#paramValues.set(key, made)
    return made
  }

  #environment(types: ReadonlyArray<string>, variables: ReadonlyArray<Variable>): Environment {
    const signature = `${types.join()};${variables.map((v) => `${v.name}:${v.type}`).join()}`
    let environment = this.#bySignature.get(signature)
    if (environment === undefined) {
      environment = this.#typed.clone()
      types.forEach((type, i) => environment!.registerVariable(placeholder(i), type))
      for (const { name, type } of variables) environment.registerVariable(name, type)
      this.#bySignature.set(signature, environment)
    }
    return environment
  }
}

const limited =
  (compute: (context: Record<string, unknown>) => unknown) =>
  (context: Record<string, unknown>): unknown =>
    Option.getOrThrowWith(
      TimeLimit.within(() => compute(context)),
      () =>
        new Error(
          `\`matches\` takes longer than ${TimeLimit.limitMillis / 1000} s; a pattern without repetitions of repetitions is faster`
        )
    )

/** The type that the checker gives a param; one that may be missing may be null. */
const typeOf = (spec: ParamSpec): string => {
  if (spec.optional && spec.default === undefined) return "dyn"
  switch (spec.type) {
    case "integer":
      return "int"
    case "number":
      return "double"
    case "boolean":
      return "bool"
    case "list":
      return "list<dyn>"
    case "object":
      return "map<string, dyn>"
    case "string":
      return "string"
  }
}
