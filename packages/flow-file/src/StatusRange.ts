/**
 * Statuses of HTTP as a file writes them: `200`, `2xx`, `200-204`.
 *
 * @since 0.1.0
 */
import { type Shape, wrong } from "./Shape.ts"

/**
 * From one status to another, both included.
 *
 * @since 0.1.0
 */
export interface StatusRange {
  readonly from: number
  readonly to: number
}

/**
 * Reads one; `undefined` for what is none.
 *
 * @since 0.1.0
 */
export const parse = (text: string): StatusRange | undefined => {
  const found = /^([1-5])xx$/i.exec(text)
  if (found !== null) return { from: Number(found[1]) * 100, to: Number(found[1]) * 100 + 99 }
  const [, from, to = from] = /^([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?$/.exec(text) ?? []
  return from === undefined || Number(to) < Number(from) ? undefined : { from: Number(from), to: Number(to) }
}

/**
 * Whether a status is in one of them.
 *
 * @since 0.1.0
 */
export const includes = (ranges: ReadonlyArray<StatusRange>, status: number): boolean =>
  ranges.some(({ from, to }) => status >= from && status <= to)

const expected = "a status code of 100 to 599, a class or a range of them"

/**
 * A place that holds one.
 *
 * @since 0.1.0
 */
export const shape: Shape<StatusRange> = {
  expected,
  read: (node, at) =>
    (node._tag === "Scalar" && node.value !== null ? parse(node.text.trim()) : undefined) ??
    wrong(node, at, expected, "Write `404`, `2xx` or `200-204`."),
  schema: () => ({
    anyOf: [
      { type: "integer", minimum: 100, maximum: 599 },
      { type: "string", pattern: "^([1-5][xX]{2}|[1-5][0-9]{2}( *- *[1-5][0-9]{2})?)$" }
    ]
  })
}
