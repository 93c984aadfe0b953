/**
 * The steps of a flow as a line map: stations on one line, with branches where steps run side by side.
 */
import type { FlowDescription } from "@halte/engine/model"

export interface Station {
  readonly id: string
  readonly x: number
  readonly y: number
  /** How many characters of its name fit. */
  readonly room: number
  readonly anchor: "start" | "middle" | "end"
}

export interface Track {
  readonly from: string
  readonly to: string
  readonly path: string
}

export interface LineMap {
  readonly width: number
  readonly height: number
  readonly stations: ReadonlyArray<Station>
  readonly tracks: ReadonlyArray<Track>
}

const width = 940
const margin = 24
const laneHeight = 56
const top = 34
const radius = 14
/** More stations than these can't be read side by side. */
const mostColumns = 12
const mostLanes = 5

interface Node {
  readonly id: string
  readonly before: ReadonlyArray<string>
  column: number
  lane: number
}

/** `undefined` when the flow is too large for a map that anybody can read. */
export const lineMap = (steps: ReadonlyArray<FlowDescription.StepDescription>): LineMap | undefined => {
  const nodes = nodesOf(steps)
  if (nodes.size === 0) return undefined
  const columns = place(nodes)
  const lanes = Math.max(...[...nodes.values()].map(({ lane }) => lane)) + 1
  if (columns > mostColumns || lanes > mostLanes) return undefined
  const gap = columns === 1 ? 0 : (width - 2 * margin) / (columns - 1)
  const x = (node: Node) => Math.round(margin + node.column * gap)
  const y = (node: Node) => top + node.lane * laneHeight
  const room = Math.max(6, Math.floor((columns === 1 ? width : gap) / 7.2))
  return {
    width,
    height: top + (lanes - 1) * laneHeight + 42,
    stations: [...nodes.values()].map((node) => ({
      id: node.id,
      x: x(node),
      y: y(node),
      room,
      anchor: node.column === 0 ? "start" : node.column === columns - 1 ? "end" : "middle"
    })),
    tracks: [...nodes.values()].flatMap((node) =>
      node.before.flatMap((id) => {
        const from = nodes.get(id)
        return from === undefined
          ? []
          : [
              {
                from: id,
                to: node.id,
                path: track([x(from), y(from)], [x(node), y(node)], node.lane > from.lane, straightOn(nodes, node))
              }
            ]
      })
    )
  }
}

/** Leaves and what they wait for; a group stands for those of its steps that nothing in it waits for. */
const nodesOf = (steps: ReadonlyArray<FlowDescription.StepDescription>): Map<string, Node> => {
  const groups = new Map<string, ReadonlyArray<FlowDescription.StepDescription>>()
  const leaves: Array<{ readonly step: FlowDescription.StepDescription; readonly outer: ReadonlyArray<string> }> = []
  const visit = (list: ReadonlyArray<FlowDescription.StepDescription>, outer: ReadonlyArray<string>) => {
    for (const step of list) {
      if (step.steps === undefined) leaves.push({ step, outer })
      else {
        groups.set(step.id, step.steps)
        visit(step.steps, [...outer, ...step.after])
      }
    }
  }
  visit(steps, [])
  const ends = (id: string): ReadonlyArray<string> => {
    const inner = groups.get(id)
    if (inner === undefined) return [id]
    const waitedFor = new Set(inner.flatMap(({ after }) => after))
    return inner.filter((step) => !waitedFor.has(step.id)).flatMap((step) => ends(step.id))
  }
  return new Map(
    leaves.map(({ outer, step }): [string, Node] => {
      const own = step.after.flatMap(ends)
      // What a step waits for within its group has waited for what the group waits for.
      const before = own.length > 0 ? own : outer.flatMap(ends)
      return [step.id, { id: step.id, before: [...new Set(before)], column: -1, lane: 0 }]
    })
  )
}

/** Columns by the longest way to a station, lanes so that a line goes straight on where it can. */
const place = (nodes: Map<string, Node>): number => {
  const column = (node: Node): number => {
    if (node.column < 0) {
      node.column = 0
      node.column = node.before.reduce(
        (most, id) => Math.max(most, (nodes.get(id) ? column(nodes.get(id)!) : -1) + 1),
        0
      )
    }
    return node.column
  }
  for (const node of nodes.values()) column(node)
  const length = new Map<string, number>()
  const inOrder = [...nodes.values()].sort((a, b) => a.column - b.column)
  for (const node of [...inOrder].reverse())
    for (const id of node.before) length.set(id, Math.max(length.get(id) ?? 0, (length.get(node.id) ?? 0) + 1))
  // The last column that is taken in a lane.
  const taken: Array<number> = []
  // The longer way goes straight on.
  for (const node of inOrder.sort((a, b) => a.column - b.column || (length.get(b.id) ?? 0) - (length.get(a.id) ?? 0))) {
    const lanes = node.before.map((id) => nodes.get(id)?.lane ?? 0).sort((a, b) => a - b)
    const free = (lane: number) => (taken[lane] ?? -1) < node.column
    let lane = lanes.find(free)
    if (lane === undefined) for (lane = 0; !free(lane); lane++);
    node.lane = lane
    taken[lane] = node.column
    // A line that comes back later keeps its lane until then.
    for (const id of node.before) {
      const from = nodes.get(id)
      if (from !== undefined && from.lane !== lane) taken[from.lane] = Math.max(taken[from.lane] ?? -1, node.column - 1)
    }
  }
  return Math.max(...inOrder.map((node) => node.column)) + 1
}

/** Whether another line comes to a station on its own lane. */
const straightOn = (nodes: ReadonlyMap<string, Node>, node: Node): boolean =>
  node.before.some((id) => nodes.get(id)?.lane === node.lane)

/**
 * A track leaves and enters level; it branches off near where it begins, and comes back near where it ends, where it
 * joins the one that is there.
 */
const track = (
  from: readonly [number, number],
  to: readonly [number, number],
  branches: boolean,
  joins: boolean
): string => {
  const [x1, y1] = from
  const [x2, y2] = to
  if (y1 === y2) return `M${x1} ${y1}H${x2}`
  const down = y2 > y1 ? 1 : -1
  const r = Math.min(radius, Math.abs(x2 - x1) / 4)
  const x = branches ? x1 + Math.min(46, (x2 - x1) / 2) : x2 - Math.min(46, (x2 - x1) / 2)
  return `M${x1} ${y1}H${x - r}Q${x} ${y1} ${x} ${y1 + down * r}V${y2 - down * r}Q${x} ${y2} ${x + r} ${y2}${branches || !joins ? `H${x2}` : ""}`
}
