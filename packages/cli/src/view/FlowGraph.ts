/**
 * The steps of a flow as a picture: text for Mermaid and for Graphviz.
 */
import { ControlSequences, type FlowDescription } from "@halte/engine/model"

type Step = FlowDescription.StepDescription

/** Ids of diagrams allow few characters; a counter per id keeps them apart. */
const identifiers = (flow: FlowDescription.FlowDescription): ReadonlyMap<string, string> => {
  const ids = new Map<string, string>()
  const visit = (steps: ReadonlyArray<Step>) => {
    for (const step of steps) {
      ids.set(step.id, `s${ids.size + 1}`)
      if (step.steps !== undefined) visit(step.steps)
    }
  }
  visit(flow.steps)
  return ids
}

/** The text of a flowchart for Mermaid; groups are subgraphs. */
export const toMermaid = (flow: FlowDescription.FlowDescription): string => {
  const ids = identifiers(flow)
  const lines = ["flowchart LR"]
  const text = (step: Step) =>
    `"${ControlSequences.strip(step.label ?? step.name)
      .replaceAll("&", "&amp;")
      .replaceAll('"', "&quot;")
      .replaceAll("<", "&lt;")}"`
  const shape = (step: Step) => {
    if (step.kind === "gate") return `{{${text(step)}}}`
    if (step.kind === "for-each") return `[[${text(step)}]]`
    if (step.kind === "sleep") return `([${text(step)}])`
    return `[${text(step)}]`
  }
  const nodes = (steps: ReadonlyArray<Step>, depth: number) => {
    const indent = "  ".repeat(depth)
    for (const step of steps) {
      if (step.steps === undefined) lines.push(`${indent}${ids.get(step.id)}${shape(step)}`)
      else {
        lines.push(`${indent}subgraph ${ids.get(step.id)}[${text(step)}]`)
        nodes(step.steps, depth + 1)
        lines.push(`${indent}end`)
      }
    }
  }
  nodes(flow.steps, 1)
  for (const [from, to, conditional] of edges(flow))
    lines.push(`  ${ids.get(from)} ${conditional ? "-.->" : "-->"} ${ids.get(to)}`)
  return `${lines.join("\n")}\n`
}

/** The text of a digraph for Graphviz; groups are clusters. */
export const toDot = (flow: FlowDescription.FlowDescription): string => {
  const ids = identifiers(flow)
  const lines = [
    `digraph ${quoted(flow.name)} {`,
    '  graph [rankdir=LR, compound=true, fontname="sans-serif", fontsize=12, color="#c8c8c0", style=rounded]',
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=12, color="#8b8f89"]',
    '  edge [color="#8b8f89", arrowsize=0.7]'
  ]
  const nodes = (steps: ReadonlyArray<Step>, depth: number) => {
    const indent = "  ".repeat(depth)
    for (const step of steps) {
      if (step.steps === undefined) {
        const shape = step.kind === "gate" ? ", shape=hexagon" : step.kind === "for-each" ? ", peripheries=2" : ""
        const tooltip = step.detail === undefined ? "" : `, tooltip=${quoted(step.detail)}`
        lines.push(`${indent}${ids.get(step.id)} [label=${quoted(step.label ?? step.name)}${shape}${tooltip}]`)
      } else {
        lines.push(
          `${indent}subgraph cluster_${ids.get(step.id)} {`,
          `${indent}  label=${quoted(step.label ?? step.name)}`
        )
        nodes(step.steps, depth + 1)
        lines.push(`${indent}}`)
      }
    }
  }
  nodes(flow.steps, 1)
  const all = byId(flow)
  // Edges of a group go from or to one of its steps and end at the border of its cluster.
  const anchor = (id: string, end: "first" | "last"): string => {
    const step = all.get(id)
    const inner = step?.steps
    return inner === undefined || inner.length === 0
      ? id
      : anchor((end === "first" ? inner[0]! : inner.at(-1)!).id, end)
  }
  for (const [from, to, conditional] of edges(flow)) {
    const attributes = [
      ...(all.get(from)?.steps === undefined ? [] : [`ltail=cluster_${ids.get(from)}`]),
      ...(all.get(to)?.steps === undefined ? [] : [`lhead=cluster_${ids.get(to)}`]),
      ...(conditional ? ["style=dashed"] : [])
    ]
    lines.push(
      `  ${ids.get(anchor(from, "last"))} -> ${ids.get(anchor(to, "first"))}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`}`
    )
  }
  return `${[...lines, "}"].join("\n")}\n`
}

const quoted = (text: string): string =>
  `"${ControlSequences.strip(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`

const byId = (flow: FlowDescription.FlowDescription): ReadonlyMap<string, Step> => {
  const out = new Map<string, Step>()
  const visit = (steps: ReadonlyArray<Step>) => {
    for (const step of steps) {
      out.set(step.id, step)
      if (step.steps !== undefined) visit(step.steps)
    }
  }
  visit(flow.steps)
  return out
}

/** From, to, and whether the second may be skipped. */
const edges = (flow: FlowDescription.FlowDescription): ReadonlyArray<readonly [string, string, boolean]> =>
  [...byId(flow).values()].flatMap((step) =>
    step.after.map((before) => [before, step.id, step.when !== undefined] as const)
  )
