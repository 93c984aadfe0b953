/**
 * Places the nodes of a graph with dagre: few crossings, and the main line straight. Too slow for large graphs.
 */
import { graphlib, layout } from "@dagrejs/dagre"
import { columnsOf, type Place, type Placed, type Sized, type Spacing, upright } from "./Placement.ts"
import { type Edge, mainLine } from "./Ranks.ts"

/** Beyond these it takes seconds. */
export const mostNodes = 300
export const mostEdges = 700

/** Of small graphs several ways to align are tried. */
const few = 80

export const place: Place = (nodes, edges, spacing) => {
  const line = mainLine(
    nodes.map(({ id }) => id),
    edges
  )
  const aligns = nodes.length > few ? [undefined] : [undefined, "UL", "DL", "UR", "DR"]
  let best: Placed | undefined
  let least = Number.POSITIVE_INFINITY
  for (const align of aligns) {
    const placed = once(nodes, edges, spacing, line, align)
    const cost = bends(placed, edges, line)
    if (cost < least) {
      best = placed
      least = cost
    }
  }
  return upright(best!, nodes)
}

const once = (
  nodes: ReadonlyArray<Sized>,
  edges: ReadonlyArray<Edge>,
  spacing: Spacing,
  line: ReadonlySet<Edge>,
  align: string | undefined
): Placed => {
  const graph = new graphlib.Graph()
  graph.setGraph({
    rankdir: "LR",
    ranksep: spacing.between,
    nodesep: spacing.beside,
    edgesep: spacing.beside / 2,
    ranker: nodes.length > few ? "longest-path" : "network-simplex",
    ...(align === undefined ? undefined : { align })
  })
  for (const { breadth, id, length } of nodes) graph.setNode(id, { width: length, height: breadth })
  for (const edge of edges) graph.setEdge(edge[0], edge[1], { weight: line.has(edge) ? 8 : 1 })
  layout(graph)
  // One column for each distance from the left at which nodes have their centre.
  const at = (id: string) => graph.node(id) as unknown as { readonly x: number; readonly y: number }
  const centres = [...new Set(nodes.map(({ id }) => Math.round(at(id).x)))].sort((a, b) => a - b)
  const column = new Map(nodes.map(({ id }) => [id, centres.indexOf(Math.round(at(id).x))]))
  const lengths = centres.map((_, i) =>
    Math.max(...nodes.filter(({ id }) => column.get(id) === i).map((n) => n.length))
  )
  const top = Math.min(...nodes.map(({ breadth, id }) => at(id).y - breadth / 2))
  return {
    columns: columnsOf(lengths, spacing.between),
    nodes: new Map(nodes.map(({ id }) => [id, { column: column.get(id)!, cross: at(id).y - top }])),
    through: edges.map(([from, to]) => {
      const { points } = graph.edge(from, to) as unknown as { readonly points: ReadonlyArray<{ x: number; y: number }> }
      return centres.slice(column.get(from)! + 1, column.get(to)!).map((x) => {
        const nearest = points.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a))
        return nearest.y - top
      })
    })
  }
}

/** How far edges are from straight; a main line that bends counts most. */
const bends = ({ nodes, through }: Placed, edges: ReadonlyArray<Edge>, line: ReadonlySet<Edge>): number => {
  let cost = 0
  for (const [i, edge] of edges.entries()) {
    const way = [nodes.get(edge[0])!.cross, ...through[i]!, nodes.get(edge[1])!.cross]
    for (let k = 1; k < way.length; k++) {
      const off = Math.abs(way[k]! - way[k - 1]!)
      if (off > 0.5) cost += (line.has(edge) ? 10 : 1) * (40 + off)
    }
  }
  return cost
}
