// The tables of the server.
import { number, table } from "../report/Table.mjs"
import { observers, requests } from "./Http.mjs"

const range = ([lowest, highest]) => `${number(lowest)}–${number(highest)}`

export const httpReport = (result) => [requestTable(result), watcherTable(result), observerTable(result)].join("\n\n")

const requestTable = ({ requests: { problem, rows } }) =>
  "requests on 16 connections that are kept; × is the time of a bare node:http server that answers the same bytes, in the\n" +
  "same round, with the client on the same processors\n" +
  (rows.length === 0
    ? `not measured: ${problem}`
    : table(
        ["", "×", "lowest–highest", "requests/s", "bare/s"],
        rows.map(({ bare, name, perSecond, ratio, spread }) => [
          requests[name],
          number(ratio),
          range(spread),
          number(perSecond),
          number(bare)
        ])
      ))

const watcherTable = ({ watchers }) =>
  "watchers of one execution, over server-sent events: deliveries are events times watchers\n" +
  table(
    ["watchers", "deliveries/s", "kB each"],
    watchers.map(({ problem, value, watchers: n }) => [
      n.toLocaleString("en-US"),
      value === undefined ? `not measured: ${problem}` : number(value.perSecond),
      value === undefined ? "" : n < 100 ? "–" : number(value.bytesEach / 1_000)
    ])
  )

const observerTable = ({ observers: { problem, rows } }) =>
  "an execution of 10,000 plain steps, store in memory; × is the multiple of the same without an observer\n" +
  (rows.length === 0
    ? `not measured: ${problem}`
    : table(
        ["", "×", "lowest–highest", "µs/step"],
        rows.map(({ micros, name, ratio, spread }) => [observers[name], number(ratio), range(spread), number(micros)])
      ))
