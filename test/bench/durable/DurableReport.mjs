// The tables of durable steps: ratios to the floor first, steps per second beside them.
import { number, table } from "../report/Table.mjs"
import { durableGraphs } from "./DurableGraph.mjs"
import { leftOut } from "./Peer.mjs"

const range = ([lowest, highest]) => `${number(lowest)}–${number(highest)}`

export const durableReport = (result) =>
  [speedTable(result), peerTable(result), killTable(result), interruptText(result), openingText(result)].join("\n\n")

const speedTable = ({ fileSystem, speed }) => {
  const head = ["", "synchronous", "step ×", "lowest–highest", "relaxed ×", "step/s", "relaxed/s", "floor/s", "commits"]
  const rows = speed.map(({ floor, graph, problem, relaxed, step, stepCommits, synchronous }) => [
    durableGraphs[graph].text,
    synchronous,
    ...(step === undefined
      ? [problem]
      : [
          number(step.ratio),
          range(step.spread),
          number(relaxed.ratio),
          number(step.perSecond),
          number(relaxed.perSecond),
          number(floor.perSecond),
          stepCommits
        ])
  ])
  return (
    `durable steps, SQLite on ${fileSystem}; × is the multiple of raw inserts of the same bytes, one transaction per turn\n` +
    table(head, rows.map(padded(head)))
  )
}

const padded = (head) => (row) => head.map((_, i) => row[i] ?? "")

const peerTable = ({ peers }) => {
  const head = ["", "", "× Halte, step, full", "lowest–highest", "steps/s", "rounds"]
  const rows = peers.map(({ graph, peer, perSecond, problem, ratio, rounds, spread }) => [
    `${peer.name} (${peer.keeps})`,
    graph,
    ...(ratio === undefined ? [`not measured: ${problem}`] : [number(ratio), range(spread), number(perSecond), rounds])
  ])
  const title = "packages that make each step durable, 1,000 steps; × is the multiple of Halte's time in the same round"
  return `${title}\n${rows.length === 0 ? "none was asked for" : table(head, rows.map(padded(head)))}\n${leftOut}`
}

const killTable = ({ killed }) => {
  const head = ["", "kills", "bodies through", "stored", "stored, ran again", "not stored, ran again"]
  const rows = killed.map(({ again, kills, name, problem, repeated, stored, through }) =>
    kills === 0 ? [name, `not measured: ${problem}`] : [name, kills, through, stored, repeated, again - repeated]
  )
  const title = "after `kill -9` in the middle of a layer of 100 steps: bodies that were through, and what ran again"
  return `${title}\n${table(head, rows.map(padded(head)))}`
}

const interruptText = ({ interrupt }) => {
  if (interrupt.problem !== undefined)
    return `what the commit of a request to stop adds: not measured: ${interrupt.problem}`
  const { added, memory, times } = interrupt
  const rows = Object.entries(added).map(([name, { millis, most }]) => [name, number(millis), number(most)])
  return (
    `from \`interrupt()\` to its receipt under a running loop, ${times} times; ${number(memory)} ms with the store in memory\n` +
    table(["synchronous", "median ms more", "most ms in all"], rows)
  )
}

const openingText = ({ opening }) => {
  if (opening.problem !== undefined) return `a store with much in it: not measured: ${opening.problem}`
  const { events, executions, mebibytes, millis } = opening
  const rows = [
    ["open", millis.open],
    ["open after a kill, with its journal", millis.openKilled],
    ["list, first page", millis.list],
    [`get, the one of ${events.toLocaleString("en-US")} events`, millis.get]
  ].map(([name, took]) => [name, number(took)])
  return (
    `a store of ${executions.toLocaleString("en-US")} executions and one of ${events.toLocaleString("en-US")} events, ` +
    `${Math.round(mebibytes)} MiB\n${table(["", "median ms"], rows)}`
  )
}
