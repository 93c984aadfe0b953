/**
 * A value of a flow file with its expressions: a scalar that is one whole expression keeps the type of its value,
 * otherwise the parts are joined as text.
 *
 * @since 0.1.0
 */
import type { Expression, Expressions, Origin, Scope, Values } from "./Expression.ts"
import { ExpressionFailed } from "./ExpressionFailed.ts"
import type { FileNode, ScalarNode } from "./FileNode.ts"
import { setOwn } from "./FileNode.ts"
import type { Problems } from "./Problems.ts"
import type { Range } from "./SourceText.ts"

/**
 * @since 0.1.0
 */
export interface Template {
  readonly node: FileNode
  readonly expressions: ReadonlyArray<Expression>
  /** Its value when it holds no expression. */
  readonly literal: unknown
  /** What CEL says a whole expression gives; `string` for joined text. */
  readonly type: string
  /**
   * Its value, or a Promise of it.
   *
   * @throws ExpressionFailed
   */
  readonly evaluate: (values: Values) => unknown
}

/**
 * Compiles a node and everything in it. Expressions with problems are reported and left out.
 *
 * @since 0.1.0
 */
export const compile = (node: FileNode, expressions: Expressions, scope: Scope, problems: Problems): Template => {
  switch (node._tag) {
    case "Scalar":
      return scalar(node, expressions, scope, problems)
    case "List": {
      const items = node.items.map((item) => compile(item, expressions, scope, problems))
      return composite(node, items, (values) => values)
    }
    case "Map": {
      const entries = node.entries.map(
        ({ key, value }) => [key.text, compile(value, expressions, scope, problems)] as const
      )
      return composite(
        node,
        entries.map(([, template]) => template),
        (values) => {
          const out: Record<string, unknown> = {}
          entries.forEach(([key], i) => setOwn(out, key, values[i]))
          return out
        }
      )
    }
  }
}

/**
 * What a module is given when that is known before the flow runs, for a check against what it takes.
 *
 * @since 0.1.0
 */
export const literalInput = (
  input: Template | undefined
): { readonly input?: { readonly node: FileNode; readonly value: unknown } } =>
  input === undefined || input.expressions.length > 0 ? {} : { input: { node: input.node, value: input.literal } }

const composite = (
  node: FileNode,
  parts: ReadonlyArray<Template>,
  build: (values: ReadonlyArray<unknown>) => unknown
): Template => {
  const expressions = parts.flatMap((part) => part.expressions)
  const literal = expressions.length === 0 ? build(parts.map((part) => part.literal)) : undefined
  return {
    node,
    expressions,
    literal,
    type: node._tag === "List" ? "list" : "map",
    evaluate: (values) =>
      expressions.length === 0
        ? literal
        : settled(
            parts.map((part) => part.evaluate(values)),
            build
          )
  }
}

// Promises only where an expression needs one: an item of a loop must not pay for what it does not use.
const settled = (values: ReadonlyArray<unknown>, build: (values: ReadonlyArray<unknown>) => unknown): unknown =>
  values.some((v) => v instanceof Promise) ? Promise.all(values).then(build) : build(values)

const scalar = (node: ScalarNode, expressions: Expressions, scope: Scope, problems: Problems): Template => {
  const literal: Template = { node, expressions: [], literal: node.value, type: "dyn", evaluate: () => node.value }
  if (typeof node.value !== "string" || !node.value.includes("${{")) return literal
  const compiled = split(node, problems)?.map((part) => {
    if (typeof part === "string") return part
    const expression = expressions.compile(part.text, part.origin, scope)
    return expression === undefined ? undefined : attempting(expression, scope, problems)
  })
  if (compiled === undefined || compiled.includes(undefined)) return { ...literal, literal: undefined }
  const parts = compiled as ReadonlyArray<string | Expression>
  const found = parts.filter((part) => typeof part !== "string")
  const only = parts[0]
  if (parts.length === 1 && only !== undefined && typeof only !== "string")
    return { node, expressions: found, literal: undefined, type: only.type, evaluate: only.evaluate }
  return {
    node,
    expressions: found,
    literal: undefined,
    type: "string",
    evaluate: (values) =>
      settled(
        parts.map((part) => (typeof part === "string" ? part : part.evaluate(values))),
        (all) => all.map(toText).join("")
      )
  }
}

/**
 * A value as text: nothing for null, JSON for lists and maps.
 *
 * @since 0.1.0
 */
export const toText = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)

// A failure at run time names the expression and its place.
const attempting = (expression: Expression, scope: Scope, problems: Problems): Expression => {
  const failed = (error: unknown) => new ExpressionFailed(expression, scope.owner, problems.source, error)
  return {
    ...expression,
    evaluate: (values) => {
      try {
        const value = expression.evaluate(values)
        return value instanceof Promise
          ? value.catch((error: unknown) => {
              throw failed(error)
            })
          : value
      } catch (error) {
        throw failed(error)
      }
    }
  }
}

interface Part {
  readonly text: string
  readonly origin: Origin
}

/**
 * A text cut into what stands between expressions and the expressions; `undefined` when one does not end.
 *
 * @since 0.1.0
 */
export const split = (node: ScalarNode, problems: Problems): ReadonlyArray<string | Part> | undefined => {
  const text = node.text
  const parts: Array<string | Part> = []
  const written = problems.source.text.slice(node.start, node.end)
  const doubleQuoted = written.startsWith('"')
  let from = 0
  let searched = 0
  for (;;) {
    const open = text.indexOf("${{", from)
    if (open < 0) break
    if (open > from) parts.push(text.slice(from, open))
    const end = endOf(text, open + 3)
    const at = written.indexOf("${{", searched)
    if (end === undefined) {
      const start = node.start + Math.max(0, at)
      problems.error(
        { start, end: start + 3 },
        "unclosed-expression",
        "An expression begins here and does not end.",
        "End it with `}}`; a quote inside it must be closed too."
      )
      return undefined
    }
    const inner = text.slice(open + 3, end)
    parts.push({ text: inner, origin: origin(node, written, at, inner, doubleQuoted) })
    searched = at < 0 ? written.length : at + 3 + (written.startsWith(inner, at + 3) ? inner.length : 0)
    from = end + 2
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

// Where the file writes the expression as it is, each character has its place; behind escapes only the whole has.
const origin = (node: ScalarNode, written: string, at: number, inner: string, doubleQuoted: boolean): Origin => {
  if (at < 0) return { range: node, doubleQuoted }
  const start = node.start + at
  if (written.startsWith(inner, at + 3)) {
    const range: Range = { start, end: start + 3 + inner.length + 2 }
    return { range, start: start + 3, doubleQuoted }
  }
  const close = written.indexOf("}}", at)
  return { range: { start, end: close < 0 ? node.end : node.start + close + 2 }, doubleQuoted }
}

/** The offset of the `}}` that ends an expression: not one inside a quoted text or a map of the expression. */
const endOf = (text: string, from: number): number | undefined => {
  let depth = 0
  let quote: string | undefined
  for (let i = from; i < text.length; i++) {
    const c = text[i]!
    if (quote !== undefined) {
      if (c === "\\") i++
      else if (c === quote) quote = undefined
    } else if (c === '"' || c === "'") quote = c
    else if (c === "{") depth++
    else if (c === "}") {
      if (depth > 0) depth--
      else if (text[i + 1] === "}") return i
    }
  }
  return undefined
}
