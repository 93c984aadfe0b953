/**
 * The text of a flow file with its lines, so that every offset has a line and a column that editors agree on.
 *
 * @since 0.1.0
 */

/**
 * A part of the text, from `start` up to but not including `end`.
 *
 * @since 0.1.0
 */
export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * @since 0.1.0
 */
export interface SourceText {
  /** As messages name it: relative to the working directory where it lies below it. */
  readonly file: string
  readonly text: string
  readonly lineStarts: ReadonlyArray<number>
}

/**
 * Finds the lines of a text.
 *
 * @since 0.1.0
 */
export const make = (file: string, text: string): SourceText => {
  const lineStarts = [0]
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1)
  return { file, text, lineStarts }
}

/**
 * The line and the column of an offset, both from 1, columns in UTF-16 units as editors count them.
 *
 * @since 0.1.0
 */
export const position = (source: SourceText, offset: number): { readonly line: number; readonly column: number } => {
  const starts = source.lineStarts
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - starts[low]! + 1 }
}

/**
 * The text of a line, from 1, without its line break.
 *
 * @since 0.1.0
 */
export const lineText = (source: SourceText, line: number): string => {
  const start = source.lineStarts[line - 1] ?? 0
  const next = source.lineStarts[line]
  return source.text.slice(start, next === undefined ? undefined : next - 1).replace(/\r$/, "")
}
