/**
 * Places the nodes of a graph in levels: simple, and fast for thousands of nodes. What there is when dagre would be too
 * slow, or failed.
 */
import { columnsOf, type Place } from "./Placement.ts"
import { longestPaths } from "./Ranks.ts"

const sweeps = 4

export const place: Place = (nodes, edges, spacing) => {
  const ranks = longestPaths(
    nodes.map(({ id }) => id),
    edges
  )
  const size = new Map(nodes.map((node) => [node.id, node]))
  const columns: Array<Array<string>> = []
  for (const { id } of nodes) (columns[ranks.get(id)!] ??= []).push(id)
  const before = new Map<string, Array<string>>()
  const after = new Map<string, Array<string>>()
  for (const [from, to] of edges) {
    after.set(from, [...(after.get(from) ?? []), to])
    before.set(to, [...(before.get(to) ?? []), from])
  }
  const cross = new Map<string, number>()
  const mean = (ids: ReadonlyArray<string> | undefined): number | undefined =>
    ids === undefined ? undefined : ids.reduce((sum, id) => sum + cross.get(id)!, 0) / ids.length
  const stack = (column: ReadonlyArray<string>, wanted: ReadonlyArray<number>) => {
    const breadths = column.map((id) => size.get(id)!.breadth)
    for (const [i, at] of separate(wanted, breadths, spacing.beside).entries()) cross.set(column[i]!, at)
  }
  for (const column of columns)
    stack(
      column,
      column.map(() => 0)
    )
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forward = sweep % 2 === 0
    for (const column of forward ? columns : columns.toReversed()) {
      const want = new Map(
        column.map((id) => [id, mean((forward ? before : after).get(id)) ?? cross.get(id)!] as const)
      )
      column.sort((a, b) => want.get(a)! - want.get(b)!)
      stack(
        column,
        column.map((id) => want.get(id)!)
      )
    }
  }
  const top = nodes.reduce((least, { breadth, id }) => Math.min(least, cross.get(id)! - breadth / 2), 0)
  return {
    columns: columnsOf(
      columns.map((column) => column.reduce((most, id) => Math.max(most, size.get(id)!.length), 0)),
      spacing.between
    ),
    nodes: new Map(nodes.map(({ id }) => [id, { column: ranks.get(id)!, cross: cross.get(id)! - top }])),
    // Straight on from where it comes, and over to its end in the last gap.
    through: edges.map(([from, to]) =>
      Array.from({ length: Math.max(0, ranks.get(to)! - ranks.get(from)! - 1) }, () => cross.get(from)! - top)
    )
  }
}

/**
 * Centres in the given order, as close to where they are wanted as can be with a gap between them: neighbours that
 * would overlap share the mean of what they want.
 */
export const separate = (
  wanted: ReadonlyArray<number>,
  breadths: ReadonlyArray<number>,
  gap: number
): ReadonlyArray<number> => {
  const offsets: Array<number> = []
  let at = 0
  for (const [i, breadth] of breadths.entries()) {
    if (i > 0) at += breadths[i - 1]! / 2 + gap + breadth / 2
    offsets.push(at)
  }
  const blocks: Array<{ sum: number; count: number }> = []
  for (const [i, want] of wanted.entries()) {
    let block = { sum: want - offsets[i]!, count: 1 }
    for (let last = blocks.at(-1); last !== undefined && last.sum / last.count >= block.sum / block.count;) {
      block = { sum: last.sum + block.sum, count: last.count + block.count }
      blocks.pop()
      last = blocks.at(-1)
    }
    blocks.push(block)
  }
  return blocks
    .flatMap(({ count, sum }) => Array.from({ length: count }, () => sum / count))
    .map((x, i) => x + offsets[i]!)
}
