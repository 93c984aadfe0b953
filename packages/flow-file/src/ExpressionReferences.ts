/**
 * What an expression reads, found in its syntax: params, outputs of steps, variables.
 *
 * @since 0.1.0
 */
import type { ASTNode } from "@marcbachmann/cel-js"
import type { Range } from "./SourceText.ts"

/**
 * @since 0.1.0
 */
export interface References {
  readonly params: ReadonlyArray<{ readonly name: string; readonly range: Range }>
  readonly steps: ReadonlyArray<{ readonly name: string; readonly range: Range }>
  /** Uses of `steps` that are no reference to an output. */
  readonly loose: ReadonlyArray<Range>
  /** `params` is used as a whole. */
  readonly wholeParams: boolean
  readonly names: ReadonlySet<string>
}

const isNode = (u: unknown): u is ASTNode => typeof u === "object" && u !== null && "op" in u && "args" in u

/** The name in `x.name` or `x["name"]` for the variable `x`. */
const memberOf = (node: ASTNode, variable: string): string | undefined => {
  if (node.op !== "." && node.op !== "[]") return undefined
  const [of, key] = node.args
  if (of.op !== "id" || of.args !== variable) return undefined
  if (typeof key === "string") return key
  return key.op === "value" && typeof key.args === "string" ? key.args : undefined
}

/**
 * Walks an expression's syntax tree; `text` is what it was parsed from.
 *
 * @since 0.1.0
 */
export const references = (root: ASTNode, text: string): References => {
  const params: Array<{ readonly name: string; readonly range: Range }> = []
  const steps: Array<{ readonly name: string; readonly range: Range }> = []
  const loose: Array<Range> = []
  const names = new Set<string>()
  let wholeParams = false
  const visit = (node: ASTNode): void => {
    if (node.op === "id") {
      names.add(node.args)
      if (node.args === "params") wholeParams = true
      if (node.args === "steps") loose.push(node.range)
      return
    }
    const param = memberOf(node, "params")
    if (param !== undefined) {
      const at = text.lastIndexOf(param, node.range.end)
      params.push({ name: param, range: at < node.range.start ? node.range : { start: at, end: at + param.length } })
      return
    }
    if (node.op === "." && node.args[1] === "output") {
      const step = memberOf(node.args[0], "steps")
      // In parentheses the range would not be what is replaced.
      if (step !== undefined && /^steps\s*[.[][^()]*$/.test(text.slice(node.range.start, node.range.end))) {
        steps.push({ name: step, range: node.range })
        return
      }
    }
    inner(node.args)
  }
  const inner = (args: unknown): void => {
    if (isNode(args)) visit(args)
    else if (Array.isArray(args)) for (const one of args) inner(one)
  }
  visit(root)
  return { params, steps, loose, wholeParams, names }
}

/** The variable that stands for the output of the n-th reference. */
export const placeholder = (index: number) => `_s${index}`

/**
 * Puts a variable in the place of each `steps.NAME.output`, of the same length, so that places stay true. Each has a type
 * of its own then, which a map of all steps could not have.
 */
export const rewrite = (
  text: string,
  steps: References["steps"]
): { readonly text: string; readonly names: ReadonlyArray<string> } => {
  let out = text
  const names = steps.map((s) => s.name)
  steps.forEach(({ range }, i) => {
    out = out.slice(0, range.start) + placeholder(i).padEnd(range.end - range.start) + out.slice(range.end)
  })
  return { text: out, names }
}

/** `steps.part-1.output` or `steps.upload.part-1.output`: what people write first for a name with a hyphen. */
export const dottedName = (
  text: string,
  scope: { readonly outputOf?: ((name: string) => unknown) | undefined }
): { readonly name: string; readonly range: Range } | undefined => {
  for (const match of text.matchAll(/\bsteps((?:\.[a-z][a-z0-9]*(?:[-/][a-z0-9]+)*)+?)(?:\.output\b|(?=$|[\s)]))/g)) {
    const segments = match[1]!.slice(1)
    if (!/[-/.]/.test(segments)) continue
    const name = segments.replaceAll(".", "/")
    const known = scope.outputOf?.(name) ?? scope.outputOf?.(segments)
    if (known !== undefined) return { name, range: { start: match.index, end: match.index + match[0].length } }
  }
  return undefined
}
