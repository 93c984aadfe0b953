/**
 * The picture of a flow: from left to right, the steps of a group from top to bottom in it. Each level is placed for
 * itself, the innermost first; a group is a box for the level around it.
 */
import type { FlowDescription } from "@halte/engine/model"
import { ancestors, places, shownAs } from "../steps/StepRows.ts"
import type { Box, Picture, Point, Wire } from "./Picture.ts"
import type { Place, Placed, Sized } from "./Placement.ts"
import type { Edge } from "./Ranks.ts"
import { corners, path, type Way } from "./Route.ts"

type Step = FlowDescription.StepDescription

export const sizes = {
  step: { width: 156, height: 60 },
  part: { width: 212, height: 50 },
  loop: { width: 434, height: 80 },
  partLoop: { width: 300, height: 80 }
} as const

const spacing = {
  across: { between: 44, beside: 26 },
  down: { between: 24, beside: 24 }
} as const

const group = { head: 40, side: 16, foot: 16 } as const
export const headHeight = 36

/** As many steps that all wait for the same, and that the same waits for, are drawn as one block. */
const fanFrom = 12

interface Item {
  readonly id: string
  readonly width: number
  readonly height: number
  /** Below and to the right of its own top left. */
  readonly boxes: ReadonlyArray<Box>
  readonly wires: ReadonlyArray<Wire>
  readonly wide: boolean
}

interface Link {
  readonly from: string
  readonly to: string
  readonly sources: ReadonlyArray<string>
}

/** Draws a flow. `place` decides where what stands; a level that it can't place throws. */
export const draw = (
  flow: Pick<FlowDescription.FlowDescription, "steps">,
  collapsed: ReadonlySet<string>,
  place: Place
): Picture => {
  const links = linksOf(flow, collapsed)
  const { boxes, height, width, wires } = level(flow.steps, 1)
  const order = new Map([...places(flow).keys()].map((id, i) => [id, i]))
  return { boxes: boxes.toSorted((a, b) => order.get(a.id)! - order.get(b.id)!), wires, width, height }

  function level(steps: ReadonlyArray<Step>, depth: number): Omit<Item, "id" | "wide"> {
    const inner = steps.map((step) => item(step, depth))
    return arrange(inner, links.get(steps[0] === undefined ? "" : parentKey(flow, steps[0].id)) ?? [], depth, place)
  }

  function item(step: Step, depth: number): Item {
    const entry = depth === 1 ? "left" : "top"
    if (step.steps === undefined || collapsed.has(step.id) || step.steps.length === 0) {
      const wide = step.kind === "for-each"
      const size = depth === 1 ? (wide ? sizes.loop : sizes.step) : wide ? sizes.partLoop : sizes.part
      const open = step.steps === undefined ? undefined : false
      return {
        id: step.id,
        ...size,
        boxes: [{ id: step.id, x: 0, y: 0, ...size, open, entry, level: depth }],
        wires: [],
        wide: wide && depth === 1
      }
    }
    const inside = level(step.steps, depth + 1)
    const width = Math.max(inside.width + 2 * group.side, sizes.part.width + 2 * group.side)
    const height = inside.height + group.head + group.foot
    const by = { x: (width - inside.width) / 2, y: group.head }
    return {
      id: step.id,
      width,
      height,
      boxes: [
        { id: step.id, x: 0, y: 0, width, height, open: true, entry, level: depth },
        ...inside.boxes.map((box) => moved(box, by))
      ],
      wires: inside.wires.map((wire) => shifted(wire, by)),
      wide: false
    }
  }
}

const parentKey = (flow: Pick<FlowDescription.FlowDescription, "steps">, id: string): string =>
  places(flow).get(id)?.parent ?? ""

/**
 * What is wired on each level, by the group around it: each end is the step itself, the closed group that hides it, or
 * the group on this level that it lies in.
 */
const linksOf = (
  flow: Pick<FlowDescription.FlowDescription, "steps">,
  collapsed: ReadonlySet<string>
): ReadonlyMap<string, ReadonlyArray<Link>> => {
  const all = places(flow)
  const out = new Map<string, Map<string, Link>>()
  for (const { step } of all.values()) {
    const to = shownAs(all, collapsed, step.id)
    for (const source of step.after) {
      if (!all.has(source)) continue
      const from = shownAs(all, collapsed, source)
      const ends = lift([...ancestors(all, from), from], [...ancestors(all, to), to])
      if (ends === undefined) continue
      const within = all.get(ends[0])?.parent ?? ""
      const known = out.get(within) ?? new Map<string, Link>()
      out.set(within, known)
      const key = ends.join(" ")
      known.set(key, { from: ends[0], to: ends[1], sources: [...(known.get(key)?.sources ?? []), source] })
    }
  }
  return new Map([...out].map(([within, links]) => [within, [...links.values()]]))
}

/** Where two ways from the outside in part; nothing when one lies in the other. */
const lift = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): readonly [string, string] | undefined => {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return [a[i]!, b[i]!]
  return undefined
}

/** Places the boxes of one level and wires them. */
const arrange = (
  items: ReadonlyArray<Item>,
  links: ReadonlyArray<Link>,
  depth: number,
  place: Place
): Omit<Item, "id" | "wide"> => {
  if (items.length === 0) return { width: 0, height: 0, boxes: [], wires: [] }
  const down = depth > 1
  const bundled = fans(items, links)
  const nodes = bundled.items
  const edges = bundled.links.map(({ from, to }): Edge => [from, to])
  const gap = down ? spacing.down : spacing.across
  const sized = nodes.map(({ height, id, width }): Sized =>
    down ? { id, length: height, breadth: width } : { id, length: width, breadth: height }
  )
  const wide = down ? new Set<string>() : new Set(nodes.filter((node) => node.wide).map(({ id }) => id))
  const placed = stretched(sized, edges, gap, wide, place)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const ways = bundled.links.map(({ from, to }, i): Way => {
    const [a, b] = [placed.nodes.get(from)!, placed.nodes.get(to)!]
    return {
      from,
      to,
      start: a.end,
      end: b.start,
      gap: a.last,
      crosses: [a.cross, ...placed.through[i]!, b.cross]
    }
  })
  const { columns } = placed
  const gaps = columns.slice(1).map(({ start }, i) => ({
    middle: (columns[i]!.end + start) / 2,
    width: start - columns[i]!.end
  }))
  const turned = ({ x, y }: Point): Point => (down ? { x: y, y: x } : { x, y })
  const wires = corners(ways, gaps).map((points, i): Wire => ({ ...bundled.links[i]!, path: path(points.map(turned)) }))
  const boxes: Array<Box> = []
  const inner: Array<Wire> = []
  let [width, height] = [0, 0]
  for (const [id, { cross, end, start }] of placed.nodes) {
    const node = byId.get(id)!
    const length = end - start
    const by = down ? { x: cross - node.width / 2, y: start } : { x: start, y: cross - node.height / 2 }
    const grown = down ? node.width : Math.max(length, node.width)
    for (const box of node.boxes) boxes.push(moved(node.boxes.length === 1 ? { ...box, width: grown } : box, by))
    for (const wire of node.wires) inner.push(shifted(wire, by))
    width = Math.max(width, by.x + grown)
    height = Math.max(height, by.y + node.height)
  }
  return { width, height, boxes, wires: [...inner, ...wires] }
}

interface Stretched {
  readonly columns: Placed["columns"]
  readonly nodes: ReadonlyMap<
    string,
    { readonly start: number; readonly end: number; readonly cross: number; readonly last: number }
  >
  readonly through: Placed["through"]
}

/** A loop is as wide as two columns: it takes two places in a row, where these lie in one line. */
const stretched = (
  nodes: ReadonlyArray<Sized>,
  edges: ReadonlyArray<Edge>,
  gap: { readonly between: number; readonly beside: number },
  wide: ReadonlySet<string>,
  place: Place
): Stretched => {
  const half = (id: string) => `${id} …`
  if (wide.size > 0) {
    const parts = nodes.flatMap((node) =>
      wide.has(node.id)
        ? [
            { ...node, length: sizes.step.width },
            { ...node, id: half(node.id), length: node.length - gap.between - sizes.step.width }
          ]
        : [node]
    )
    const inside = [...wide].map((id): Edge => [id, half(id)])
    const outer = edges.map(([from, to]): Edge => [wide.has(from) ? half(from) : from, to])
    const placed = place(parts, [...inside, ...outer], gap)
    const at = (id: string) => placed.nodes.get(id)!
    const inLine = [...wide].every(
      (id) => Math.abs(at(id).cross - at(half(id)).cross) < 0.5 && at(half(id)).column === at(id).column + 1
    )
    if (inLine)
      return {
        columns: placed.columns,
        through: placed.through.slice(inside.length),
        nodes: new Map(
          nodes.map(({ id, length }) => {
            const { column, cross } = at(id)
            const { start } = placed.columns[column]!
            if (!wide.has(id)) return [id, { start, end: start + length, cross, last: column }]
            return [id, { start, end: placed.columns[column + 1]!.end, cross, last: column + 1 }]
          })
        )
      }
  }
  const placed = place(nodes, edges, gap)
  return {
    columns: placed.columns,
    through: placed.through,
    nodes: new Map(
      nodes.map(({ id, length }) => {
        const { column, cross } = placed.nodes.get(id)!
        const { start } = placed.columns[column]!
        return [id, { start, end: start + length, cross, last: column }]
      })
    )
  }
}

const moved = (box: Box, by: Point): Box => ({ ...box, x: box.x + by.x, y: box.y + by.y })

const shifted = (wire: Wire, by: Point): Wire => ({
  ...wire,
  path: wire.path.replace(
    /(-?[\d.]+) (-?[\d.]+)/g,
    (_, x: string, y: string) => `${round(Number(x) + by.x)} ${round(Number(y) + by.y)}`
  )
})

const round = (value: number): number => Math.round(value * 10) / 10

/** Draws many steps of the same place as one block, with one wire in and one out. */
const fans = (
  items: ReadonlyArray<Item>,
  links: ReadonlyArray<Link>
): { readonly items: ReadonlyArray<Item>; readonly links: ReadonlyArray<Link> } => {
  if (items.length < fanFrom) return { items, links }
  const around = new Map(items.map(({ id }) => [id, { before: [] as Array<string>, after: [] as Array<string> }]))
  for (const { from, to } of links) {
    around.get(from)?.after.push(to)
    around.get(to)?.before.push(from)
  }
  const alike = new Map<string, Array<Item>>()
  for (const item of items) {
    const { after, before } = around.get(item.id)!
    const key = item.boxes.length > 1 ? item.id : `${before.sort().join()} ${after.sort().join()} ${item.width}`
    const known = alike.get(key)
    if (known === undefined) alike.set(key, [item])
    else known.push(item)
  }
  const block = new Map<string, string>()
  const out: Array<Item> = []
  for (const members of alike.values()) {
    if (members.length < fanFrom) {
      out.push(...members)
      continue
    }
    const fan = grid(members)
    out.push(fan)
    for (const { id } of members) block.set(id, fan.id)
  }
  if (block.size === 0) return { items, links }
  const wired = new Map<string, Link>()
  for (const { from, sources, to } of links) {
    const ends = [block.get(from) ?? from, block.get(to) ?? to] as const
    const key = ends.join(" ")
    const known = new Set(wired.get(key)?.sources)
    for (const source of sources) known.add(source)
    wired.set(key, { from: ends[0], to: ends[1], sources: [...known] })
  }
  return { items: out, links: [...wired.values()] }
}

const gridGap = 14

/** About three times as wide as high. */
const grid = (members: ReadonlyArray<Item>): Item => {
  const [first] = members
  const { height, width } = first!
  const columns = Math.max(1, Math.ceil(Math.sqrt((members.length * (height + gridGap) * 2) / (width + gridGap))))
  return {
    id: `${first!.id} …`,
    width: columns * (width + gridGap) - gridGap,
    height: Math.ceil(members.length / columns) * (height + gridGap) - gridGap,
    boxes: members.flatMap(({ boxes }, i) =>
      boxes.map((box) =>
        moved(box, { x: (i % columns) * (width + gridGap), y: Math.floor(i / columns) * (height + gridGap) })
      )
    ),
    wires: [],
    wide: false
  }
}
