/**
 * A flow as a tree for a terminal: what is in what, what comes after what, and how each step stops.
 */
import { StepId } from "@halte/engine/model"
import type { Arrow, Box, FlowPicture } from "./FlowPicture.ts"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width, wrap } from "./TextWidth.ts"

/** Lines of at most `columns`; `reads` before a step whose output it reads, `after` before one that it only waits for. */
export const render = (
  { arrows, boxes, has, title }: FlowPicture,
  { columns, look }: { readonly look: Look; readonly columns: number },
  legend = true
): ReadonlyArray<string> => {
  const into = Map.groupBy(arrows, ({ to }) => to)
  const rows: Array<readonly [tree: string, box: Box, next: string]> = []
  const branch = look.unicode ? ["├─ ", "└─ ", "│  "] : ["|- ", "`- ", "|  "]
  const visit = (list: ReadonlyArray<Box>, indent: string) =>
    list.forEach((box, i) => {
      const isLast = i === list.length - 1
      const below = indent + (isLast ? "   " : branch[2]!)
      rows.push([indent + branch[isLast ? 1 : 0]! + box.title, box, below])
      if (box.inner !== undefined) visit(box.inner, below)
    })
  visit(boxes, "")
  const first =
    Math.min(
      rows.reduce((most, [tree]) => Math.max(most, width(tree)), 0),
      Math.floor(columns * 0.4)
    ) + 2
  const lines = rows.flatMap(([tree, box, next]) => {
    const texts = [box.kind, ...sources(into.get(box) ?? []), ...box.marks].filter((text) => text !== "")
    const [text = "", ...more] = wrap(plain(look, texts.join("; ")), Math.max(16, columns - first))
    return [
      `${padEnd(truncate(look, tree, first - 1), first)}${paint(look, "dim", text)}`.trimEnd(),
      ...more.map(
        (line) => `${padEnd(box.inner === undefined ? next : next + branch[2]!, first)}${paint(look, "dim", line)}`
      )
    ]
  })
  const explained = [
    ...(has.order ? ["after: comes after it"] : []),
    ...(has.data ? ["reads: comes after it and reads its output"] : [])
  ]
  return [
    paint(look, "bold", truncate(look, plain(look, title), columns)),
    ...lines,
    ...(legend && explained.length > 0
      ? ["", paint(look, "dim", truncate(look, plain(look, explained.join(" · ")), columns))]
      : [])
  ]
}

/** Names where these are told apart from where the step stands, else full ids. */
const sources = (arrows: ReadonlyArray<Arrow>): ReadonlyArray<string> => {
  const names = (isData: boolean) =>
    arrows
      .filter((a) => a.isData === isData)
      .map(nameOf)
      .join(", ")
  const [data, order] = [names(true), names(false)]
  return [...(data === "" ? [] : [`reads ${data}`]), ...(order === "" ? [] : [`after ${order}`])]
}

const nameOf = ({ from, to }: Arrow): string =>
  StepId.parent(from.step.id as StepId.StepId) === StepId.parent(to.step.id as StepId.StepId)
    ? from.step.name
    : from.step.id
