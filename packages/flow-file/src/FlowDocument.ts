/**
 * From the text of a flow file to its nodes: YAML, or JSON, within limits that no file can talk its way around.
 *
 * @since 0.1.0
 */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLError
} from "yaml"
import type { FileNode, MapEntry, ScalarNode } from "./FileNode.ts"
import { quote } from "./FileNode.ts"
import type { Problems } from "./Problems.ts"
import { position, type Range } from "./SourceText.ts"

/**
 * The largest flow file, in bytes; 10,000 steps take about 1 MB.
 *
 * @since 0.1.0
 */
export const maxBytes = 8 * 1024 * 1024

/**
 * The deepest nesting of maps and lists.
 *
 * @since 0.1.0
 */
export const maxDepth = 64

/** What aliases may stand for, all together: a page of shared settings many times over, no bomb. */
const maxAliasedNodes = 100_000

/**
 * Parses the text of `problems`; `undefined` when there is nothing to go on with. `json` keeps to what JSON calls a
 * number or a literal.
 *
 * @since 0.1.0
 */
export const parse = (problems: Problems, format: "yaml" | "json"): FileNode | undefined => {
  let document: Document.Parsed
  try {
    document = compose(problems, format)
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error
    tooDeep(problems, { start: error.offset, end: error.offset + 1 })
    return undefined
  }
  // One slip makes several errors of its line.
  const lines = new Set<number>()
  for (const error of document.errors.slice(0, mostErrors)) {
    const { line } = position(problems.source, error.pos[0])
    if (!lines.has(line)) syntaxError(problems, error)
    lines.add(line)
  }
  for (const warning of document.warnings.slice(0, mostErrors))
    problems.error(
      range(warning.pos),
      warning.code === "TAG_RESOLVE_FAILED" ? "unknown-tag" : "invalid-syntax",
      warning.code === "TAG_RESOLVE_FAILED" ? "Flow files have no tags." : `${sentence(warning.message)}.`,
      warning.code === "TAG_RESOLVE_FAILED" ? "Remove the `!` tag, or quote the text that begins with `!`." : undefined
    )
  if (document.errors.length > 0) return undefined
  if (document.contents === null) {
    problems.error(
      { start: 0, end: 1 },
      "empty-file",
      `\`${problems.source.file}\` is empty.`,
      "Write a first flow with `halte init`."
    )
    return undefined
  }
  return toNodes(problems, document)
}

const range = (pos: readonly [number, number]): Range => ({ start: pos[0], end: Math.max(pos[0] + 1, pos[1]) })

// Its messages quote the file, however long the line is.
const sentence = (text: string) => (text.length > 120 ? `${text.slice(0, 119)}…` : text.replace(/[.\s]+$/, ""))

const syntaxError = (problems: Problems, error: YAMLError) => {
  const at = range(error.pos)
  problems.error(
    at,
    "invalid-syntax",
    `\`${problems.source.file}\` is no valid YAML here: ${lowerFirst(sentence(error.message))}.`,
    syntaxHint(problems.source.text, at.start, error)
  )
}

const syntaxHint = (text: string, at: number, error: YAMLError): string | undefined => {
  const lineStart = Math.max(text.lastIndexOf("\n", at - 1) + 1, at - 200)
  // An expression that is not quoted ends a flow map or list too early: the commonest slip there is.
  const before = text.slice(lineStart, at + 3).split("\n", 1)[0]!
  if (/[{[,:]\s*\$\{\{?[^"']*$/.test(before) && /[{[][^$]/.test(before))
    return 'Quote the expression: inside `{ … }` and `[ … ]` write `"${{ … }}"`.'
  if (error.code === "TAB_AS_INDENT") return "Indent with spaces."
  // A command such as `echo a: b`.
  return /^Nested mappings|^Implicit keys/.test(error.message)
    ? "Quote the text when it holds `: `, or write it below with `|`."
    : undefined
}

const lowerFirst = (text: string) => text.slice(0, 1).toLowerCase() + text.slice(1)

const tooDeep = (problems: Problems, at: Range): undefined => {
  problems.error(
    at,
    "too-deep",
    `\`${problems.source.file}\` is nested deeper than ${maxDepth} levels.`,
    "Move inner parts to flows of their own."
  )
}

class TooDeep extends Error {
  readonly offset: number
  constructor(offset: number) {
    super("nested too deep")
    this.offset = offset
  }
}

/** The parser keeps a token more than there are levels; its composer would recurse through all of them. */
const deepestStack = maxDepth + 4

/** Past so many broken tokens nothing more can be learnt. */
const mostErrors = 20

function* tokens(text: string): Generator<CST.Token, void> {
  const parser = new Parser()
  let errors = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield token
      if (token.type === "error" && ++errors >= mostErrors) return
    }
    if (parser.stack.length > deepestStack) throw new TooDeep(Math.min(parser.offset, text.length - 1))
  }
  yield* parser.end()
}

const compose = (problems: Problems, format: "yaml" | "json"): Document.Parsed => {
  const { text } = problems.source
  const composer = new Composer({
    schema: format === "json" ? "json" : "core",
    version: "1.2",
    merge: false,
    resolveKnownTags: false,
    // Its own check compares each key with each other; ours is done while nodes are made.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent"
  })
  let document: Document.Parsed | undefined
  for (const one of composer.compose(tokens(text), true, text.length)) {
    if (document === undefined) document = one
    else {
      const [start] = one.range
      problems.error(
        { start, end: start + 1 },
        "several-documents",
        `A second document begins here: \`${problems.source.file}\` may hold one flow only.`,
        "Write one flow per file."
      )
      break
    }
  }
  // Asked for by `forceDoc`, there is always one.
  return document!
}

interface Made {
  readonly node: FileNode
  /** Nodes in it, those behind aliases counted each time. */
  readonly size: number
}

const toNodes = (problems: Problems, document: Document.Parsed): FileNode | undefined => {
  const anchors = new Map<string, Made | "open">()
  let aliased = 0
  let stopped = false

  const stop = (at: Range, code: string, message: string, hint?: string): undefined => {
    if (!stopped) problems.error(at, code, message, hint)
    stopped = true
    return undefined
  }

  const alias = (node: Alias, at: Range): Made | undefined => {
    const target = anchors.get(node.source)
    if (target === undefined)
      return stop(
        at,
        "unknown-anchor",
        `\`*${node.source}\` refers to no anchor before it.`,
        `Define \`&${node.source}\` above, or write the value out.`
      )
    if (target === "open")
      return stop(at, "alias-cycle", `\`*${node.source}\` stands inside \`&${node.source}\`, which would never end.`)
    aliased += target.size
    if (aliased > maxAliasedNodes)
      return stop(
        at,
        "too-many-aliases",
        `The aliases of \`${problems.source.file}\` stand for more than ${maxAliasedNodes.toLocaleString("en-US")} values.`,
        "Write a loop with `for-each`, or several flows."
      )
    return target
  }

  const make = (node: Node | null | undefined, fallback: Range, depth: number): Made | undefined => {
    if (stopped) return undefined
    if (node === null || node === undefined)
      return { node: { _tag: "Scalar", value: null, text: "", ...fallback }, size: 1 }
    const at: Range = node.range ? { start: node.range[0], end: Math.max(node.range[0] + 1, node.range[1]) } : fallback
    if (depth > maxDepth) {
      if (!stopped) tooDeep(problems, at)
      stopped = true
      return undefined
    }
    if (isAlias(node)) return alias(node, at)
    const anchor = "anchor" in node ? node.anchor : undefined
    if (anchor !== undefined) anchors.set(anchor, "open")
    const made = isMap(node)
      ? map(node.items as never, at, depth)
      : isSeq(node)
        ? list(node.items as never, at, depth)
        : scalar(node, at)
    if (anchor !== undefined && made !== undefined) anchors.set(anchor, made)
    return made
  }

  const scalar = (node: Node, at: Range): Made | undefined => {
    const value = isScalar(node) ? node.value : undefined
    const source = isScalar(node) ? node.source : undefined
    if (typeof value === "number" && !Number.isFinite(value))
      return stop(
        at,
        "not-a-number",
        `${quote(source ?? String(value))} is no number that JSON knows.`,
        "Quote it to write a text."
      )
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return {
        node: { _tag: "Scalar", value, text: typeof value === "string" ? value : (source ?? String(value)), ...at },
        size: 1
      }
    return { node: { _tag: "Scalar", value: null, text: "", ...at }, size: 1 }
  }

  const list = (items: ReadonlyArray<Node | null>, at: Range, depth: number): Made | undefined => {
    const out: Array<FileNode> = []
    let size = 1
    for (const item of items) {
      // `[a: 1]` is a list of one pair; a pair is no node.
      const one = item !== null && "key" in item ? map([item as never], at, depth) : make(item, at, depth + 1)
      if (one === undefined) return undefined
      out.push(one.node)
      size += one.size
    }
    return { node: { _tag: "List", items: out, ...at }, size }
  }

  const map = (
    pairs: ReadonlyArray<{ readonly key: Node | null; readonly value: Node | null }>,
    at: Range,
    depth: number
  ): Made | undefined => {
    const entries: Array<MapEntry> = []
    const first = new Map<string, ScalarNode>()
    let size = 1
    for (const pair of pairs) {
      const key = make(pair.key, at, depth + 1)
      if (key === undefined) return undefined
      if (key.node._tag !== "Scalar") {
        problems.error(
          key.node,
          "invalid-key",
          "A key must be a text, not a map or a list.",
          "Quote it when it begins with `{`, `[` or `*`."
        )
        continue
      }
      const value = make(pair.value, { start: key.node.end, end: key.node.end + 1 }, depth + 1)
      if (value === undefined) return undefined
      size += value.size
      const { text } = key.node
      const before = first.get(text)
      if (before !== undefined)
        problems.error(
          key.node,
          "duplicate-key",
          `The key ${quote(text)} stands here a second time.`,
          "Keep one of the two."
        )
      else {
        first.set(text, key.node)
        entries.push({ key: key.node, value: value.node })
      }
    }
    return { node: { _tag: "Map", entries, ...at }, size }
  }

  return make(document.contents, { start: 0, end: 1 }, 0)?.node
}
