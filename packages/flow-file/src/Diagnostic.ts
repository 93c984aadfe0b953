/**
 * One thing that is wrong, or doubtful, in a flow file: at which place, why, and what to do about it.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import * as SourceText from "./SourceText.ts"

/**
 * `line` and `column` count from 1; `length` is how much of the line is meant. A problem of the whole file has line 0 and
 * no source.
 *
 * @since 0.1.0
 */
export const Diagnostic = Schema.Struct({
  /** In kebab-case. */
  code: Schema.String,
  severity: Schema.Literals(["error", "warning"]),
  /** One sentence: what is wrong, on which named thing, why. */
  message: Schema.String,
  /** What to do next. */
  hint: Schema.optionalKey(Schema.String),
  file: Schema.String,
  line: Schema.Int,
  column: Schema.Int,
  length: Schema.Int,
  /** The text of the line. */
  source: Schema.String
})
export type Diagnostic = typeof Diagnostic.Type

/**
 * What is said about a place, without the place.
 *
 * @since 0.1.0
 */
export interface Finding {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

/**
 * Says something about a place of a text; a place over several lines is shown by its first.
 *
 * @since 0.1.0
 */
export const at = (
  source: SourceText.SourceText,
  range: SourceText.Range,
  severity: "error" | "warning",
  finding: Finding
): Diagnostic => {
  const { column, line } = SourceText.position(source, range.start)
  const text = SourceText.lineText(source, line)
  return {
    ...said(severity, finding),
    file: source.file,
    line,
    column,
    length: Math.max(1, Math.min(range.end - range.start, text.length - column + 1)),
    source: text
  }
}

/**
 * Says something about a file as a whole.
 *
 * @since 0.1.0
 */
export const ofFile = (file: string, severity: "error" | "warning", finding: Finding): Diagnostic => ({
  ...said(severity, finding),
  file,
  line: 0,
  column: 0,
  length: 0,
  source: ""
})

const said = (severity: "error" | "warning", { code, hint, message }: Finding) => ({
  code,
  severity,
  message,
  ...(hint === undefined ? undefined : { hint })
})

/**
 * The lines that show a diagnostic: the message, the place with its source line and a squiggle under what is meant, the
 * hint and the code.
 *
 * **Details**
 *
 * `width` (default 80) is where the code ends and where long source lines are cut. Without `color` the text holds no
 * escape codes. Control characters of the file are never printed.
 *
 * @since 0.1.0
 */
export const render = (
  diagnostic: Diagnostic,
  options?: { readonly color?: boolean | undefined; readonly width?: number | undefined }
): string => {
  const width = options?.width ?? 80
  const paint = (code: number, text: string) => (options?.color === true ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = wrap(printable(diagnostic.message), width)
  if (diagnostic.line > 0) {
    const place = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}  `
    const { offset, text } = excerpt(diagnostic, Math.max(20, width - place.length))
    const length = Math.max(1, Math.min(diagnostic.length, text.length - offset))
    const squiggle = paint(diagnostic.severity === "error" ? 31 : 33, under("~", text.slice(offset, offset + length)))
    // Of an empty line there is nothing to show.
    if (text === "") lines.push(paint(2, place.trimEnd()))
    else lines.push(`${paint(2, place)}${text}`, `${under(" ", place + text.slice(0, offset))}${squiggle}`)
  } else if (!diagnostic.message.includes(diagnostic.file)) lines.push(paint(2, diagnostic.file))
  const hint = wrap(printable(diagnostic.hint ?? ""), width)
  const code = `(code: ${diagnostic.code})`
  const last = hint.at(-1) ?? ""
  const right = (used: number) => `${" ".repeat(Math.max(0, width - used - code.length))}${paint(2, code)}`
  if (last.length + 2 + code.length <= width) hint[Math.max(0, hint.length - 1)] = last + right(last.length)
  else hint.push(right(0))
  return [...lines, ...hint].join("\n")
}

// East Asian characters and emoji take two columns.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** A mark for each column that a text takes; at least one. */
const under = (mark: string, text: string): string =>
  Array.from(text, (char) => (wide.test(char) ? mark + mark : mark)).join("") || mark

// Between words, but not within backticks: what is there to be copied stays whole.
const wrap = (text: string, width: number): Array<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  if (line !== "") lines.push(line)
  return lines
}

// The source line without its indentation, or a window of it around what is meant.
const excerpt = (diagnostic: Diagnostic, width: number): { readonly text: string; readonly offset: number } => {
  const line = printable(diagnostic.source)
  const at = diagnostic.column - 1
  const indent = Math.min(at, line.length - line.trimStart().length)
  const start = at - indent + Math.min(diagnostic.length, width / 2) <= width - 1 ? indent : Math.max(indent, at - 10)
  const head = start > indent ? "…" : ""
  const rest = line.slice(start).trimEnd()
  const room = width - head.length
  const body = rest.length > room ? `${rest.slice(0, room - 1).trimEnd()}…` : rest
  return { text: head + body, offset: at - start + head.length }
}

// A terminal must not obey what a file holds. One character each, so that columns stay true.
const printable = (text: string): string =>
  text.replace(/[\t\n]/g, " ").replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")
