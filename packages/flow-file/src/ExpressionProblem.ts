/**
 * What CEL's parser and checker say about an expression, in words that name the thing and what to do.
 *
 * @since 0.1.0
 */
import { StepId } from "@halte/engine"
import { quote } from "./FileNode.ts"
import { readable } from "./OutputTypes.ts"
import type { Range } from "./SourceText.ts"

/**
 * One problem; `range` is the part of the expression that is meant, where CEL knows it.
 *
 * @since 0.1.0
 */
export interface Problem {
  readonly range: Range | undefined
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
}

/**
 * Who reads the expression, and what it can read.
 *
 * @since 0.1.0
 */
export interface Reader {
  readonly owner: string
  readonly params: { readonly has: (name: string) => boolean }
  readonly variables: ReadonlyArray<string>
  /** What the value has in which a field was looked for. */
  readonly fields?: ReadonlyArray<string> | undefined
}

const problem = (range: Range | undefined, code: string, message: string, hint?: string): Problem => ({
  range,
  code,
  message,
  hint
})

/**
 * An expression that can't be parsed.
 *
 * @since 0.1.0
 */
export const ofSyntax = (error: unknown, text: string, reader: Reader): Problem => {
  const { code, range, summary } = celError(error)
  if (code === "limit_exceeded")
    return problem(
      range,
      "expression-too-large",
      `An expression of ${reader.owner} is too large: ${lower(summary)}.`,
      "Move the work into a step, and read its output."
    )
  const shown = text.trim()
  return problem(
    range,
    "invalid-expression",
    `${quote(shown)} is no valid expression: ${summary.includes("EOF") ? "it ends too early" : lower(summary)}.`,
    /(^|[^=!<>])=($|[^=])/.test(shown)
      ? "Compare with `==`."
      : /\b(and|or|not)\b/.test(shown)
        ? "Write `&&`, `||` and `!`."
        : undefined
  )
}

/**
 * An expression that is no use with the types of what it reads.
 *
 * @since 0.1.0
 */
export const ofTypes = (error: unknown, text: string, reader: Reader): Problem => {
  const { code, range, summary } = celError(error)
  const part = quote(range === undefined ? text.trim() : text.slice(range.start, range.end))
  if (code === "unknown_variable") {
    const name = /: (.+)$/.exec(summary)?.[1] ?? ""
    if (reader.params.has(name))
      return problem(range, "unknown-variable", `${quote(name)} is no variable.`, `Write \`params.${name}\`.`)
    const known = reader.variables
    const near = StepId.nearest(name, known)
    return problem(
      range,
      "unknown-variable",
      `${quote(name)} is no variable that ${reader.owner} can read.`,
      near === undefined
        ? `It can read ${known.map((n) => `\`${n}\``).join(", ")}; a text is written in quotes.`
        : `Did you mean \`${near}\`?`
    )
  }
  if (code === "no_such_key") {
    const key = /: (.+)$/.exec(summary)?.[1] ?? ""
    return problem(range, "unknown-field", `${quote(key)} is no field of that value.`, fieldHint(key, reader))
  }
  const types = readable(/no such overload: (.+)$/.exec(summary)?.[1] ?? "") || undefined
  if (types === undefined)
    return problem(range, "wrong-expression-type", `${part} can't be computed: ${readable(lower(summary))}.`)
  return problem(
    range,
    "wrong-expression-type",
    `${part} can't be computed: there is no \`${types}\`.`,
    overloadHint(types)
  )
}

const fieldHint = (key: string, { fields }: Reader): string | undefined => {
  if (key === "results") return "Say `collect: true` in its `for-each`."
  if (key === "failures") return "Say `on-item-failure: continue` in its `for-each`."
  const near = StepId.nearest(
    key,
    fields ?? ["exitCode", "value", "count", "failed", "results", "failures", "status", "headers", "body"]
  )
  if (fields !== undefined && near === undefined)
    return fields.length === 0 ? "It has none." : `Its fields are ${fields.map((name) => `\`${name}\``).join(", ")}.`
  return near === undefined || near === key
    ? "A program gives `exitCode` and `value`, a `for-each` `count` and `failed`, a request `status`, `headers` and `body`."
    : `Did you mean \`${near}\`?`
}

const overloadHint = (types: string): string | undefined =>
  /\bint\b/.test(types) && /\bdouble\b/.test(types)
    ? "Integers and other numbers don't mix: write `double(…)` around the integer."
    : /\bstring\b/.test(types) && /\b(int|double|bool)\b/.test(types)
      ? "Write `string(…)` around what is no text, or `int(…)` around the text."
      : undefined

const lower = (text: string) => text.slice(0, 1).toLowerCase() + text.slice(1).replace(/\.$/, "")

const celError = (
  error: unknown
): { readonly code: string; readonly summary: string; readonly range: Range | undefined } => {
  if (error instanceof Error && "summary" in error && "code" in error)
    return {
      code: String(error.code),
      summary: String(error.summary),
      range: "range" in error ? (error.range as Range | undefined) : undefined
    }
  // Its recursion stays within the limits; this is for what nobody foresaw.
  return { code: "unknown", summary: error instanceof Error ? error.message : String(error), range: undefined }
}

/**
 * Why computing it failed, in a few words.
 *
 * @since 0.1.0
 */
export const reason = (error: unknown): string => lower(celError(error).summary)
