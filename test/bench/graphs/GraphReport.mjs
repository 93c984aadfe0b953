// The graphs' tables: ratios to the floor first, times only beside them.
import { number, table } from "../report/Table.mjs"
import { graphs } from "./Graph.mjs"

const head = ["", "body", "warm ×", "lowest–highest", "cold ×", "warm µs/step", "build µs/step", "MiB cold", "MiB"]

export const graphReport = (rows) =>
  [...new Set(rows.map((row) => row.graph))]
    .map((graph) => {
      const own = rows.filter((row) => row.graph === graph)
      return `${graphs[graph].text}\n${table(head, own.map(cells))}`
    })
    .join("\n\n")

const cells = (row) => {
  const name = row.runs === 1 ? `${row.contender.name} (once)` : row.contender.name
  if (row.warmRatio !== undefined)
    return [
      name,
      row.body,
      number(row.warmRatio),
      row.warmSpread.map(number).join("–"),
      number(row.coldRatio),
      number(row.warmMicros),
      number(row.buildMicros),
      Math.round(row.coldMaxRssMiB),
      Math.round(row.maxRssMiB)
    ]
  const ratio = row.atLeastRatio === undefined ? "" : `> ${number(row.atLeastRatio)}`
  return [row.contender.name, row.body, ratio, row.problem ?? "no floor to compare with", "", "", "", "", ""]
}
