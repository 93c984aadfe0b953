/**
 * Draws the pictures of flows beside the page, so that a large one does not hold it up.
 */
import * as Dagre from "./DagrePlacement.ts"
import { draw } from "./Layout.ts"
import type { Asked, Drawn } from "./LayoutWorker.ts"
import * as Levels from "./LevelPlacement.ts"
import type { Place } from "./Placement.ts"

const place: Place = (nodes, edges, spacing) => {
  if (nodes.length > Dagre.mostNodes || edges.length > Dagre.mostEdges) return Levels.place(nodes, edges, spacing)
  try {
    return Dagre.place(nodes, edges, spacing)
  } catch {
    return Levels.place(nodes, edges, spacing)
  }
}

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  const answer: Drawn = { key: data.key, picture: draw(data, new Set(data.collapsed), place) }
  postMessage(answer)
})
