/**
 * Where the nodes of one level of a graph stand: in columns along its main direction, each node at a place across it.
 * Whoever places knows nothing of groups, of wires, or of which direction is which.
 */
import type { Edge } from "./Ranks.ts"

export interface Sized {
  readonly id: string
  /** Along the main direction. */
  readonly length: number
  /** Across it. */
  readonly breadth: number
}

export interface Spacing {
  readonly between: number
  readonly beside: number
}

export interface Placed {
  /** Where each column begins and ends, in order. */
  readonly columns: ReadonlyArray<{ readonly start: number; readonly end: number }>
  /** Of each node its column and its centre across. */
  readonly nodes: ReadonlyMap<string, { readonly column: number; readonly cross: number }>
  /** Of each edge, in order: where it crosses the columns between its ends. */
  readonly through: ReadonlyArray<ReadonlyArray<number>>
}

export type Place = (nodes: ReadonlyArray<Sized>, edges: ReadonlyArray<Edge>, spacing: Spacing) => Placed

/** Columns of these nodes, one after the other. */
export const columnsOf = (
  lengths: ReadonlyArray<number>,
  between: number
): ReadonlyArray<{ readonly start: number; readonly end: number }> => {
  let at = 0
  return lengths.map((length) => {
    const column = { start: at, end: at + length }
    at = column.end + between
    return column
  })
}

/** The same upside down, where that shows more steps in the order in which the flow names them. */
export const upright = (placed: Placed, nodes: ReadonlyArray<Sized>): Placed => {
  const lowest = new Map<number, number>()
  let height = 0
  let inverted = 0
  // Neighbours in the definition that stand in one column are enough to tell.
  for (const { breadth, id } of nodes) {
    const { column, cross } = placed.nodes.get(id)!
    height = Math.max(height, cross + breadth / 2)
    const before = lowest.get(column)
    if (before !== undefined && before !== cross) inverted += cross < before ? 1 : -1
    lowest.set(column, cross)
  }
  if (inverted <= 0) return placed
  return {
    columns: placed.columns,
    nodes: new Map([...placed.nodes].map(([id, { column, cross }]) => [id, { column, cross: height - cross }])),
    through: placed.through.map((crosses) => crosses.map((cross) => height - cross))
  }
}
