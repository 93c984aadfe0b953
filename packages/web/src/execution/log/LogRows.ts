/**
 * Which rows of a long list are to be drawn: those in sight and a few around them. Rows may be of several heights, of
 * which only those that were drawn are known.
 */

export interface Rows {
  /** Where each row begins, and at last where all end. */
  readonly offsets: Float64Array
  readonly height: number
}

export const rows = (count: number, heightOf: (index: number) => number): Rows => {
  const offsets = new Float64Array(count + 1)
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + heightOf(i)
  return { offsets, height: offsets[count]! }
}

/** The last row that begins at or before a place. */
export const at = ({ offsets }: Rows, top: number): number => {
  let low = 0
  let high = Math.max(0, offsets.length - 2)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (offsets[middle]! <= top) low = middle
    else high = middle - 1
  }
  return low
}

const around = 20

/** The rows to draw, the end excluded. */
export const inSight = (of: Rows, top: number, height: number): readonly [from: number, to: number] => {
  const count = of.offsets.length - 1
  if (count <= 0) return [0, 0]
  return [Math.max(0, at(of, top) - around), Math.min(count, at(of, top + height) + around + 1)]
}

/** The height of a text that is broken after so many columns. */
export const wrapped = (text: string, columns: number, lineHeight: number): number =>
  Math.max(1, Math.ceil(text.length / Math.max(1, columns))) * lineHeight
