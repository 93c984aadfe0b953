/**
 * A flow as the text of a digraph for Graphviz.
 */
import { ControlSequences } from "@halte/engine/model"
import type { Box, FlowPicture } from "./FlowPicture.ts"

// Graphviz knows how wide the letters of this font are; others it takes for narrower ones.
const font = "Arial"

/** A picture that Graphviz made, where that font may be missing: one like it takes its place. */
export const withFonts = (svg: string): string =>
  svg.replaceAll(`font-family="${font}"`, `font-family="${font},Helvetica,sans-serif"`)

/** Groups and maps are clusters; a thick arrow hands over data; a dashed border means a condition. */
export const render = ({ arrows, boxes, has, name, title }: FlowPicture, legend = true): string => {
  const lines = [
    `digraph ${quoted(name)} {`,
    `  graph [rankdir=LR, compound=true, fontname="${font}", fontsize=12, color="#c8c8c0", style=rounded, labelloc=t, label=<<B>${escape(title)}</B>>]`,
    `  node [shape=box, style=rounded, fontname="${font}", fontsize=12, margin="0.2,0.08", color="#8b8f89"]`,
    `  edge [color="#59636e", arrowsize=0.7, fontname="${font}", fontsize=10]`
  ]
  const draw = (box: Box, depth: number) => {
    const indent = "  ".repeat(depth)
    if (box.inner === undefined) {
      const tooltip = box.step.detail === undefined ? "" : `, tooltip=${quoted(box.step.detail)}`
      lines.push(`${indent}${box.id} [label=${label(box)}${look(box)}${tooltip}]`)
      return
    }
    lines.push(
      `${indent}subgraph cluster_${box.id} {`,
      `${indent}  label=${label(box)}`,
      `${indent}  style=${box.isConditional ? '"rounded,dashed"' : "rounded"}`,
      ...(box.step.kind === "map" ? [`${indent}  penwidth=2.5`] : [])
    )
    for (const one of box.inner) draw(one, depth + 1)
    lines.push(`${indent}}`)
  }
  for (const box of boxes) draw(box, 1)
  const anchors = { first: new Map<Box, Box>(), last: new Map<Box, Box>() }
  const anchor = (box: Box, end: "first" | "last"): Box => {
    let found = anchors[end].get(box)
    if (found === undefined) anchors[end].set(box, (found = anchorOf(box, end)))
    return found
  }
  for (const { from, isData, to } of arrows) {
    const attributes = [
      // An edge of a group goes from or to one of its steps, and ends at the border of its cluster.
      ...(from.inner === undefined ? [] : [`ltail=cluster_${from.id}`]),
      ...(to.inner === undefined ? [] : [`lhead=cluster_${to.id}`]),
      ...(isData ? ["penwidth=2.2"] : [])
    ]
    lines.push(
      `  ${anchor(from, "last").id} -> ${anchor(to, "first").id}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`}`
    )
  }
  if (legend) lines.push(...legendOf(has))
  return `${[...lines, "}"].join("\n")}\n`
}

/** A step of a group that begins it, or ends it: without another one of the group before, or after it. */
const anchorOf = (box: Box, end: "first" | "last"): Box => {
  const { inner } = box
  if (inner === undefined || inner.length === 0) return box
  const ids = new Set(inner.map((one) => one.step.id))
  const waitedFor = new Set(inner.flatMap((one) => one.step.after))
  const found =
    end === "first"
      ? inner.find((one) => !one.step.after.some((id) => ids.has(id)))
      : inner.findLast((one) => !waitedFor.has(one.step.id))
  return anchorOf(found ?? inner[0]!, end)
}

const look = (box: Box): string => {
  const shape = shapes[box.step.kind]
  const style = box.isConditional ? ['style="rounded,dashed"'] : []
  const unbounded = box.isUnbounded ? ['color="#b42318"', "penwidth=2"] : []
  return [...(shape === undefined ? [] : [shape]), ...style, ...unbounded].map((text) => `, ${text}`).join("")
}

const shapes: Readonly<Partial<Record<Box["step"]["kind"], string>>> = {
  gate: "shape=hexagon",
  "for-each": "peripheries=2",
  http: "shape=cds",
  flow: "shape=tab",
  worker: "shape=component"
}

const label = (box: Box): string => {
  const more = [box.kind, ...box.marks].filter((line) => line !== "")
  const small = more.map((line) => `<BR/><FONT POINT-SIZE="10" COLOR="#59636e">${escape(line)}</FONT>`)
  return `<<B>${escape(box.title)}</B>${small.join("")}>`
}

/** For labels, which are HTML. */
const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\\", "&#92;")

/** For names and tooltips, in which entities count, too. */
const quoted = (text: string): string =>
  `"${ControlSequences.strip(text).replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`

const legendOf = (has: FlowPicture["has"]): ReadonlyArray<string> => {
  const pair = (id: string, text: string, more: string) => [
    `    ${id}1 [label="", width=0.3, height=0.2]`,
    `    ${id}2 [label="", width=0.3, height=0.2]`,
    `    ${id}1 -> ${id}2 [label="${text}"${more}]`
  ]
  const lines = [
    ...(has.order ? pair("lo", "comes after", "") : []),
    ...(has.data ? pair("ld", "reads its output", ", penwidth=2.2") : []),
    ...(has.condition ? ['    lc [label="only when its condition is met", style="rounded,dashed"]'] : []),
    ...(has.unbounded ? ['    lu [label="no bound for a stop", color="#b42318", penwidth=2]'] : [])
  ]
  return lines.length === 0
    ? []
    : ["  subgraph cluster_legend {", "    label=Legend", "    node [fontsize=10]", ...lines, "  }"]
}
