/**
 * A flow as the text of a Mermaid flowchart.
 */
import type { Arrow, Box, FlowPicture } from "./FlowPicture.ts"

/** Groups and maps are subgraphs; a thick arrow hands over data; a dashed border means a condition. */
export const render = ({ arrows, boxes, has, title }: FlowPicture, legend = true): string => {
  const lines = ["---", `title: ${JSON.stringify(title)}`, "---", "flowchart LR"]
  const draw = (box: Box, depth: number) => {
    const indent = "  ".repeat(depth)
    if (box.inner === undefined) lines.push(`${indent}${box.id}${shape(box)}${classOf(box)}`)
    else {
      lines.push(`${indent}subgraph ${box.id}[${label(box)}]`)
      for (const one of box.inner) draw(one, depth + 1)
      lines.push(`${indent}end`)
      const looks = [...(box.isConditional ? [dashed] : []), ...(box.step.kind === "map" ? ["stroke-width:3px"] : [])]
      if (looks.length > 0) lines.push(`${indent}style ${box.id} ${looks.join(",")}`)
    }
  }
  for (const box of boxes) draw(box, 1)
  for (const arrow of arrows) lines.push(`  ${arrow.from.id} ${arrowOf(arrow)} ${arrow.to.id}`)
  if (legend) lines.push(...legendOf(has))
  if (has.condition) lines.push(`  classDef conditional ${dashed}`)
  if (has.unbounded) lines.push("  classDef unbounded stroke:#b42318,stroke-width:2px")
  return `${lines.join("\n")}\n`
}

const dashed = "stroke-dasharray:5 3"

const arrowOf = ({ isData }: Pick<Arrow, "isData">): string => (isData ? "==>" : "-->")

const classOf = ({ isConditional, isUnbounded }: Box): string =>
  isUnbounded ? ":::unbounded" : isConditional ? ":::conditional" : ""

const label = (box: Box): string => {
  const more = [box.kind, ...box.marks].filter((line) => line !== "")
  return `"${[`<b>${escape(box.title)}</b>`, ...more.map(escape)].join("<br/>")}"`
}

const shape = (box: Box): string => {
  const text = label(box)
  switch (box.step.kind) {
    case "gate":
      return `{{${text}}}`
    case "for-each":
      return `[[${text}]]`
    case "sleep":
      return `([${text}])`
    case "http":
      return `>${text}]`
    case "flow":
      return `[/${text}\\]`
    case "function":
      return `(${text})`
    default:
      return `[${text}]`
  }
}

/**
 * What has a meaning in Mermaid, in Markdown or in HTML, as a number: quotes, brackets, `%%{init}%%`, backticks, `#` itself.
 */
const escape = (text: string): string =>
  text.replace(/[^\p{L}\p{N}\p{M}\p{S} .,:/()'_=·≤…→-]|[$+<>^`|~]/gu, (char) => `#${char.codePointAt(0)};`)

const legendOf = (has: FlowPicture["has"]): ReadonlyArray<string> => {
  const lines: Array<string> = []
  if (has.order) lines.push(`    lo1[" "] -->|comes after| lo2[" "]`)
  if (has.data) lines.push(`    ld1[" "] ==>|reads its output| ld2[" "]`)
  if (has.condition) lines.push(`    lc["dashed: only when its condition is met"]:::conditional`)
  if (has.unbounded) lines.push(`    lu["red: no bound for a stop"]:::unbounded`)
  return lines.length === 0 ? [] : ["  subgraph legend[Legend]", ...lines, "  end"]
}
