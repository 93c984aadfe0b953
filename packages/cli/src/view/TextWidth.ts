/**
 * Texts measured in the columns that a terminal gives them: wide characters count two, control sequences none.
 */
import sliceAnsi from "slice-ansi"
import stringWidth from "string-width"
import type { Look } from "./Look.ts"

// Most texts are printable ASCII, and symbols of ours that take one column; a screen measures thousands of them a second.
const simple = /^[\u0020-\u007e·…→≤≥\u2500-\u257f]*$/

export const width = (text: string): number => (simple.test(text) ? text.length : stringWidth(text))

/** Cuts a text to at most `columns`, with … at its end where something is missing. */
export const truncate = (look: Look, text: string, columns: number): string => {
  if (width(text) <= columns) return text
  const mark = look.unicode ? "…" : "..."
  if (columns < mark.length) return mark.slice(0, Math.max(0, columns))
  return sliceAnsi(text, 0, columns - mark.length) + mark
}

export const padEnd = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)))

export const padStart = (text: string, columns: number): string => " ".repeat(Math.max(0, columns - width(text))) + text

/** `left` and `right` at the two ends of a line; `left` is cut when both don't fit, `right` goes when nothing would be left. */
export const ends = (look: Look, left: string, right: string, columns: number): string => {
  if (right === "") return truncate(look, left, columns)
  const room = columns - width(right) - 2
  if (room < Math.min(width(left), 12)) return truncate(look, left, columns)
  return padEnd(truncate(look, left, room), columns - width(right)) + right
}

/** Breaks a text between words into lines of at most `columns`; the lines after the first begin with `indent`. */
export const wrap = (text: string, columns: number, indent = ""): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const lead = /^ */.exec(text)![0]
  let line = lead
  let empty = true
  for (const word of text.slice(lead.length).split(" ")) {
    if (empty) line += word
    else if (width(line) + 1 + width(word) <= columns) line += ` ${word}`
    else {
      lines.push(line)
      line = indent + word
    }
    empty = false
  }
  return [...lines, line]
}
