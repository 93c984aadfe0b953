// The graphs' table: ratios to the floor first, times only beside them.
import { number, table } from "../report/Table.mjs"
import { graphs } from "./Graph.mjs"

export const graphReport = (rows) => {
  const parts = []
  for (const graph of new Set(rows.map((row) => row.graph))) {
    const own = rows.filter((row) => row.graph === graph)
    parts.push(
      `${graphs[graph].text}\n` +
        table(
          [
            "",
            "body",
            "warm ×",
            "lowest–highest",
            "cold ×",
            "warm µs/step",
            "build µs/step",
            "peak MiB cold",
            "peak MiB"
          ],
          own.map((row) =>
            row.problem === undefined
              ? [
                  row.contender.name,
                  row.body,
                  number(row.warmRatio),
                  row.warmSpread.map(number).join("–"),
                  number(row.coldRatio),
                  number(row.warmMicros),
                  number(row.buildMicros),
                  Math.round(row.coldMaxRssMiB),
                  Math.round(row.maxRssMiB)
                ]
              : [row.contender.name, row.body, row.problem, "", "", "", "", "", ""]
          )
        )
    )
  }
  return parts.join("\n\n")
}
