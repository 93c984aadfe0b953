/**
 * Finding text in lines: without regard to case, as plain text or as a regular expression.
 */

export interface Query {
  readonly text: string
  readonly regex: boolean
}

/** The expression of a query; `undefined` for an empty one, an error text for one that is none. */
export const expression = ({ regex, text }: Query): RegExp | string | undefined => {
  if (text === "") return undefined
  try {
    return new RegExp(regex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), regex ? "giu" : "gi")
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "no expression"
  }
}

/** Of a longer line this much is looked at and shown. */
export const longestLine = 10_000

/** The indices of the lines that match. */
export const matching = (lines: ReadonlyArray<{ readonly text: string }>, of: RegExp): ReadonlyArray<number> => {
  const out: Array<number> = []
  for (const [i, { text }] of lines.entries()) {
    of.lastIndex = 0
    if (of.test(text.length > longestLine ? text.slice(0, longestLine) : text)) out.push(i)
  }
  return out
}

export interface Part {
  readonly text: string
  readonly found: boolean
}

const mostParts = 200

/** A line in parts, those that match marked. */
export const parts = (text: string, of: RegExp | undefined): ReadonlyArray<Part> => {
  if (of === undefined) return [{ text, found: false }]
  const out: Array<Part> = []
  let at = 0
  of.lastIndex = 0
  for (let match = of.exec(text); match !== null && out.length < mostParts; match = of.exec(text)) {
    if (match[0] === "") {
      of.lastIndex++
      continue
    }
    if (match.index > at) out.push({ text: text.slice(at, match.index), found: false })
    out.push({ text: match[0], found: true })
    at = match.index + match[0].length
  }
  if (at < text.length) out.push({ text: text.slice(at), found: false })
  return out.length === 0 ? [{ text, found: false }] : out
}

/** The match after or before a line, around the end. */
export const step = (matches: ReadonlyArray<number>, from: number | undefined, by: 1 | -1): number | undefined => {
  if (matches.length === 0) return undefined
  if (from === undefined) return by === 1 ? matches[0] : matches.at(-1)
  if (by === 1) return matches.find((i) => i > from) ?? matches[0]
  return matches.findLast((i) => i < from) ?? matches.at(-1)
}
