/**
 * Where the items of `for-each` and `map` come from: a list, an expression that gives one, a range of numbers, the lines
 * of a file or of a command.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import { Items, ProcessRunner, type Step, StepContext } from "@halte/engine"
import { WrongValue } from "./ExpressionFailed.ts"
import type { Variable } from "./Expression.ts"
import type { FileNode, ScalarNode } from "./FileNode.ts"
import { quote } from "./FileNode.ts"
import { type ItemsFields, itemsKinds, itemsTable } from "./FlowKeys.ts"
import { reservedNames } from "./FlowParams.ts"
import type { Key } from "./KeyTable.ts"
import * as ProgramCompiler from "./ProgramCompiler.ts"
import type { Located, RecordEntry } from "./Shape.ts"
import { compute, type StepScope, values } from "./StepScope.ts"
import type { Template } from "./Template.ts"

/** The largest file, or output of a command, whose lines are items, in bytes. */
export const maxBytes = 64 * 1024 * 1024

/**
 * The items of a step, ready to be had.
 *
 * @since 0.1.0
 */
export interface ItemSource {
  /** For the engine's `items`. Asked to stop before it has them, it says so. */
  readonly items: (
    input: unknown,
    step: StepContext.StepContextShape
  ) => Effect.Effect<ReadonlyArray<unknown> | StepContext.StoppedHalfWay, unknown, ProcessRunner.ProcessRunner>
  /** The CEL type of an item. */
  readonly itemType: string
  /** Secret params that an item may hold. */
  readonly secrets: ReadonlyArray<string>
  /** The longest time that getting them takes to stop, where that is more than nothing. */
  readonly stops: Step.Stops | undefined
}

/** What `in` holds. */
export type ItemsValue = FileNode | ItemsFields

const isFields = (value: ItemsValue): value is ItemsFields => !("_tag" in value)

/**
 * Compiles `in`; `undefined` once a problem has been reported. `key` is its name in messages: `for-each.in`.
 *
 * @since 0.1.0
 */
export const compile = (
  entry: RecordEntry<ItemsValue>,
  key: "for-each.in" | "map.in",
  scope: StepScope
): ItemSource | undefined => {
  const { value } = entry
  if (!isFields(value)) return ofTemplate(scope.template(value), key, scope)
  const place = `\`${key}\` of ${scope.owner}`
  const kind = kindOf(value, entry.node, place, scope)
  if (kind === undefined) return undefined
  rightKeys(value, kind, place, scope)
  switch (kind) {
    case "to":
      return ofRange(value, key, scope)
    case "lines":
      return ofFile(value.lines!.value, value.json?.value === true, key, scope)
    case "run":
      return ofCommand({ ...value, run: value.run! }, key, scope)
  }
}

const kindOf = (
  fields: ItemsFields,
  node: FileNode,
  place: string,
  scope: StepScope
): (typeof itemsKinds)[number] | undefined => {
  const kinds = itemsKinds.filter((kind) => fields[kind] !== undefined)
  const [kind, second] = kinds
  if (second !== undefined) {
    scope.problems.error(
      fields[second]!.key,
      "several-kinds",
      `${place} has ${kinds.map((k) => `\`${k}\``).join(" and ")}, but its items come from one place.`,
      "Keep one of them."
    )
    return undefined
  }
  if (kind === undefined)
    scope.problems.error(
      node,
      "no-kind",
      `${place} does not say where its items come from.`,
      "Write a list, an expression, `{ to: 10 }`, `{ lines: files.txt }` or `{ run: [git, ls-files] }`."
    )
  return kind
}

const rightKeys = (fields: ItemsFields, kind: string, place: string, scope: StepScope): void => {
  const table: Readonly<Record<string, Key<unknown>>> = itemsTable
  for (const [name, entry] of Object.entries(fields))
    if (entry !== undefined && table[name]!.kinds?.includes(kind) === false)
      scope.problems.error(
        entry.key,
        "key-not-allowed",
        `\`${name}\` in ${place} is not for \`${kind}\`.`,
        "Remove it."
      )
}

const secretsOf = (...templates: ReadonlyArray<Template | undefined>): ReadonlyArray<string> => [
  ...new Set(templates.flatMap((template) => template?.expressions.flatMap((e) => e.secrets) ?? []))
]

// ── A list, or an expression that gives one ────────────────────────────────────────────────────────────────────────────

const ofTemplate = (template: Template, key: string, scope: StepScope): ItemSource | undefined => {
  if (!isList(template, key, scope)) return undefined
  return {
    items: (input, step) => compute(template, values(input, step), (value) => asList(value, key)),
    itemType: /^list<(.+)>$/.exec(template.type)?.[1] ?? "dyn",
    secrets: secretsOf(template),
    stops: undefined
  }
}

const isList = (items: Template, key: string, scope: StepScope): boolean => {
  const { node } = items
  if (items.expressions.length === 0) {
    if (node._tag === "List") return true
    // Its expression has problems of its own, which have been reported.
    if (node._tag === "Scalar" && !node.text.includes("${{"))
      scope.problems.error(
        node,
        "wrong-type",
        `\`${key}\` of ${scope.owner} is a text, not a list.`,
        "Write a list, a whole expression such as `\"${{ glob('dist/**/*') }}\"`, or `{ lines: files.txt }`."
      )
    return false
  }
  if (/^list\b|^dyn$/.test(items.type)) return true
  scope.problems.error(
    items.expressions[0]!.range,
    "wrong-expression-type",
    `\`${key}\` of ${scope.owner} gives ${items.type}, not a list.`,
    "Give it a list, such as `glob('dist/**/*')` or `params.files`."
  )
  return false
}

const asList = (value: unknown, key: string): ReadonlyArray<unknown> => {
  if (!Array.isArray(value)) throw new WrongValue(`\`${key}\``, value, "a list")
  return value
}

// ── A range ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ofRange = (fields: ItemsFields, key: string, scope: StepScope): ItemSource | undefined => {
  const before = scope.problems.errors
  const bound = (name: "from" | "to" | "by"): Template | undefined => {
    const entry = fields[name]
    return entry === undefined ? undefined : wholeNumber(entry, `\`${key}.${name}\` of ${scope.owner}`, scope)
  }
  const from = bound("from")
  const to = bound("to")
  const by = bound("by")
  if (scope.problems.errors > before || to === undefined) return undefined
  const known = [from, to, by].every((template) => template === undefined || template.expressions.length === 0)
  if (known) {
    const range = Result.try(() => Items.range({ from: literal(from), to: literal(to)!, by: literal(by) }))
    if (Result.isFailure(range)) {
      const { hint, message } = range.failure as Items.ItemsError
      scope.problems.error(fields.to!.node, "invalid-range", `\`${key}\` of ${scope.owner} can't be: ${message}.`, hint)
      return undefined
    }
  }
  return {
    items: (input, step) =>
      Effect.gen(function* () {
        const given = values(input, step)
        const at = (template: Template | undefined, name: string): Effect.Effect<number | undefined, unknown> =>
          template === undefined
            ? Effect.succeed(undefined)
            : compute(template, given, (value) => {
                if (typeof value !== "number") throw new WrongValue(`\`${key}.${name}\``, value, "a whole number")
                return value
              })
        const bounds = { from: yield* at(from, "from"), to: (yield* at(to, "to"))!, by: yield* at(by, "by") }
        return yield* Effect.try({ try: () => Items.range(bounds), catch: (error) => error })
      }),
    itemType: "int",
    secrets: secretsOf(from, to, by),
    stops: undefined
  }
}

const literal = (template: Template | undefined): number | undefined => template?.literal as number | undefined

const wholeNumber = ({ value }: Located<ScalarNode>, place: string, scope: StepScope): Template | undefined => {
  const before = scope.problems.errors
  const template = scope.template(value)
  if (scope.problems.errors > before) return undefined
  const only = template.expressions[0]
  if (only === undefined) {
    if (Number.isSafeInteger(template.literal)) return template
    scope.problems.error(
      value,
      "wrong-type",
      `${place} is ${quote(value.text)}, not a whole number.`,
      'Write one, or an expression: `"${{ params.count }}"`.'
    )
    return undefined
  }
  if (template.type === "int" || template.type === "dyn") return template
  scope.problems.error(
    only.range,
    "wrong-expression-type",
    `${place} gives ${template.type}, not a whole number.`,
    template.type === "double" ? `Round it: \`int(${only.text})\`.` : undefined
  )
  return undefined
}

// ── Lines ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ofFile = (node: ScalarNode, json: boolean, key: string, scope: StepScope): ItemSource | undefined => {
  const before = scope.problems.errors
  const path = scope.template(node)
  scope.expectText(path, `\`${key}.lines\``)
  if (scope.problems.errors > before) return undefined
  const base = scope.flow.cwd
  return {
    items: (input, step) =>
      Effect.gen(function* () {
        const name = yield* compute(path, values(input, step), (value) => {
          if (value === null || typeof value === "object") throw new WrongValue(`\`${key}.lines\``, value, "a text")
          return path.expressions.length === 0 ? node.text : String(value)
        })
        const text = yield* Effect.tryPromise({ try: () => read(resolve(base, name), name), catch: (error) => error })
        return yield* itemsOf(lines(text), json, quote(name))
      }),
    itemType: json ? "dyn" : "string",
    secrets: [],
    stops: undefined
  }
}

const read = async (path: string, name: string): Promise<string> => {
  const refuse = (why: string, hint: string) =>
    new Items.ItemsError(`its items can't be read from ${quote(name)}: ${why}`, { code: "items-not-readable", hint })
  try {
    const { size } = await stat(path)
    if (size > maxBytes)
      throw refuse(`it has more than ${maxBytes / 1024 / 1024} MiB`, "Let each item stand for a part of it.")
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path))
  } catch (error) {
    if (error instanceof Items.ItemsError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw refuse("it is no UTF-8 text", "Save it as UTF-8.")
    throw refuse(
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a directory" : String(code ?? error),
      `It was looked for at ${quote(path)}: a relative path starts at the directory that Halte was started in.`
    )
  }
}

/** Lines that hold something: what ends the last one begins no other, and empty ones are no items. */
const lines = (text: string): ReadonlyArray<string> =>
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line !== "")

const itemsOf = (
  found: ReadonlyArray<string>,
  json: boolean,
  from: string
): Effect.Effect<ReadonlyArray<unknown>, Items.ItemsError> => {
  if (!json) return Effect.succeed(found)
  return Effect.try({
    try: () =>
      found.map((line, i): unknown => {
        try {
          return JSON.parse(line)
        } catch (error) {
          throw new Items.ItemsError(`item ${i} of ${from} is not JSON: ${(error as Error).message}`, {
            hint: `The line is ${quote(line.slice(0, 60))}.`
          })
        }
      }),
    catch: (error) => error as Items.ItemsError
  })
}

const ofCommand = (
  fields: ItemsFields & { readonly run: NonNullable<ItemsFields["run"]> },
  key: string,
  scope: StepScope
): ItemSource | undefined => {
  const before = scope.problems.errors
  const program = ProgramCompiler.compile(fields, {
    owner: `\`${key}\` of ${scope.owner}`,
    problems: scope.problems,
    template: (node) => scope.template(node),
    ...scope.programs()
  })
  if (scope.problems.errors > before) return undefined
  const json = fields.json?.value === true
  const rest: Parameters<typeof ProgramCompiler.run>[2] = {
    graceMillis: fields.grace?.value ?? ProgramCompiler.defaultGraceMillis,
    // Nothing is lost: they are asked for again.
    onInterrupt: "stop",
    capture: "lines",
    captureLimit: maxBytes
  }
  return {
    items: (input, step) =>
      Effect.gen(function* () {
        const output = yield* Effect.mapError(ProgramCompiler.run(program, values(input, step), rest, step), notHad)
        if (output instanceof StepContext.StoppedHalfWay) return output
        const found = (output.value as ReadonlyArray<string>).filter((line) => line !== "")
        return yield* itemsOf(found, json, quote(program.detail))
      }),
    itemType: json ? "dyn" : "string",
    secrets: [],
    stops: ProgramCompiler.stops(rest)
  }
}

const notHad = (error: unknown): unknown =>
  error instanceof ProcessRunner.ProcessError
    ? new ProcessRunner.ProcessError({ ...error.failure, message: `its items can't be had: ${error.failure.message}` })
    : error

// ── The item in expressions ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The variable that an item is in expressions; `undefined` once its name has been reported.
 *
 * @since 0.1.0
 */
export const variable = (
  as: Located<string> | undefined,
  source: ItemSource,
  scope: StepScope
): Variable | undefined => {
  const name = as?.value ?? "item"
  if (
    as !== undefined &&
    (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ||
      reservedNames.has(name) ||
      ["params", "steps", "env", "index", "output", "glob"].includes(name))
  ) {
    scope.problems.error(
      as.node,
      "invalid-name",
      `\`${name}\` can't be the name of the item of ${scope.owner}.`,
      "Write letters, digits and `_`, and none of the names that expressions have already: `params`, `steps`, `env`, `index`, `output`."
    )
    return undefined
  }
  return { name, type: source.itemType, secrets: source.secrets }
}

/**
 * What a step promises whose items must be had first: the longer of the two.
 *
 * @since 0.1.0
 */
export const withSource = (stops: Step.Stops, source: ItemSource): Step.Stops => {
  const { stops: getting } = source
  if (getting === undefined || stops.withinMillis === undefined) return stops
  if (getting.withinMillis !== undefined && getting.withinMillis <= stops.withinMillis) return stops
  return { ...stops, ...getting, text: `${stops.text}; getting its items: ${getting.text}` }
}
