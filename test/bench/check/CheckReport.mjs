// The table of `halte check`.
import { number, table } from "../report/Table.mjs"
import { allowedMillis } from "./Check.mjs"

const seconds = (millis) => number(millis / 1_000)

export const checkReport = (rows) =>
  "`halte check` of a file of 10,000 steps, as a command, in time of the processor; allowed: 2 s and three times the YAML\nparser alone\n" +
  table(
    ["", "YAML alone, s", "check, s", "allowed, s", "share", "on the clock, s"],
    rows.map(({ checkMillis, name, share, wallMillis, yamlMillis }) => [
      name,
      seconds(yamlMillis),
      seconds(checkMillis),
      seconds(allowedMillis(yamlMillis)),
      number(share),
      seconds(wallMillis)
    ])
  )

/** Each shape has to keep to it. */
export const checkTargets = (rows = []) => {
  const worst = rows.toSorted((a, b) => b.share - a.share)[0]
  return worst === undefined
    ? []
    : [
        {
          target: "`halte check` of 10,000 steps: at most 2 s and 3 × the YAML parser alone, in each shape",
          measured: `${(worst.share * 100).toFixed(0)} % of that (${worst.name})`,
          isMet: worst.share <= 1
        }
      ]
}
