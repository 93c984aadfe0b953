/**
 * Where an arrow key goes on the graph: along a wire where there is one in its direction, else to what is nearest there.
 */
import type { Box, Picture } from "./Picture.ts"

export type Direction = "left" | "right" | "up" | "down"

/** The middle of what has the focus: a step, or the head of a group. */
const middle = (box: Box, headHeight: number): { readonly x: number; readonly y: number } =>
  box.open === true
    ? { x: box.x + box.width / 2, y: box.y + headHeight / 2 }
    : { x: box.x + box.width / 2, y: box.y + box.height / 2 }

const ways = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 }
} as const

export const next = (picture: Picture, from: string, direction: Direction, headHeight: number): string | undefined => {
  const boxes = new Map(picture.boxes.map((box) => [box.id, box]))
  const here = boxes.get(from)
  if (here === undefined) return picture.boxes[0]?.id
  const at = middle(here, headHeight)
  const way = ways[direction]
  // How far it lies that way, and how far beside; what is beside counts double.
  const cost = (box: Box): number => {
    const there = middle(box, headHeight)
    const [x, y] = [there.x - at.x, there.y - at.y]
    const ahead = x * way.x + y * way.y
    const beside = Math.abs(x * way.y) + Math.abs(y * way.x)
    return ahead <= 1 ? Number.POSITIVE_INFINITY : ahead + 2 * beside
  }
  const nearest = (candidates: Iterable<Box>): string | undefined => {
    let best: string | undefined
    let least = Number.POSITIVE_INFINITY
    for (const box of candidates) {
      const far = box.id === from ? Number.POSITIVE_INFINITY : cost(box)
      if (far < least) [best, least] = [box.id, far]
    }
    return best
  }
  const wired = picture.wires.flatMap((wire) => {
    const other = wire.from === from ? boxes.get(wire.to) : wire.to === from ? boxes.get(wire.from) : undefined
    return other === undefined ? [] : [other]
  })
  const inside = here.open === true && direction === "down" ? firstWithin(picture, here) : undefined
  return inside ?? nearest(wired) ?? nearest(picture.boxes)
}

/** Down from the head of a group is into it. */
const firstWithin = (picture: Picture, group: Box): string | undefined =>
  picture.boxes.find(({ id, level }) => level === group.level + 1 && id.startsWith(`${group.id}/`))?.id
