/**
 * How far to the right each node of a graph stands: one further than the furthest of those it waits for.
 */
export type Edge = readonly [from: string, to: string]

export const longestPaths = (ids: ReadonlyArray<string>, edges: ReadonlyArray<Edge>): ReadonlyMap<string, number> => {
  const waiting = new Map(ids.map((id) => [id, 0]))
  const next = new Map<string, Array<string>>()
  for (const [from, to] of edges) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1)
    const known = next.get(from)
    if (known === undefined) next.set(from, [to])
    else known.push(to)
  }
  const ranks = new Map<string, number>()
  const ready = ids.filter((id) => waiting.get(id) === 0)
  for (const id of ready) ranks.set(id, 0)
  for (let id = ready.pop(); id !== undefined; id = ready.pop())
    for (const to of next.get(id) ?? []) {
      ranks.set(to, Math.max(ranks.get(to) ?? 0, (ranks.get(id) ?? 0) + 1))
      const left = (waiting.get(to) ?? 0) - 1
      waiting.set(to, left)
      if (left === 0) ready.push(to)
    }
  // A flow has no cycle; were there one, its steps would stand at the left, and be seen.
  for (const id of ids) if (!ranks.has(id)) ranks.set(id, 0)
  return ranks
}

/** The edges of one longest way through the graph: the main line of a flow. */
export const mainLine = (ids: ReadonlyArray<string>, edges: ReadonlyArray<Edge>): ReadonlySet<Edge> => {
  const ranks = longestPaths(ids, edges)
  const into = new Map<string, Array<Edge>>()
  for (const edge of edges) {
    const known = into.get(edge[1])
    if (known === undefined) into.set(edge[1], [edge])
    else known.push(edge)
  }
  const line = new Set<Edge>()
  let at = ids.reduce<string | undefined>(
    (best, id) => (best === undefined || ranks.get(id)! > ranks.get(best)! ? id : best),
    undefined
  )
  while (at !== undefined) {
    const rank: number = ranks.get(at) ?? 0
    const edge: Edge | undefined = (into.get(at) ?? []).find(([from]) => ranks.get(from) === rank - 1)
    if (edge !== undefined) line.add(edge)
    at = edge?.[0]
  }
  return line
}
