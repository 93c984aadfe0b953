// What durable steps are to reach.
import { durableGraphs } from "../durable/DurableGraph.mjs"

const times = (ratio) => `${ratio >= 100 ? Math.round(ratio).toLocaleString("en-US") : ratio.toFixed(2)} ×`

export const durableTargets = (result) =>
  result === undefined
    ? []
    : [
        ...floorTargets(result.speed),
        ...peerTarget(result.peers),
        ...killTarget(result.killed),
        ...interruptTarget(result.interrupt)
      ]

const floorTargets = (rows) =>
  rows.map(({ graph, problem, step, synchronous }) => ({
    target: `durable, ${durableGraphs[graph].text}, synchronous ${synchronous}: at most 2.5 × raw inserts`,
    measured: step === undefined ? problem : times(step.ratio),
    isMet: step !== undefined && step.ratio <= 2.5
  }))

/** Promised where steps run side by side; of a chain it is told. */
const peerTarget = (rows) =>
  ["layers", "chain"].flatMap((graph) => {
    const measured = rows.filter((row) => row.graph === graph && row.ratio !== undefined)
    const best = measured.toSorted((a, b) => a.ratio - b.ratio)[0]
    if (best === undefined) return []
    return [
      {
        target: `durable, ${durableGraphs[graph].text}: at least 10 times as fast as the best package`,
        measured: `${times(best.ratio)} (${best.peer.name})`,
        isMet: best.ratio >= 10,
        isNote: graph === "chain"
      }
    ]
  })

const killTarget = (rows) =>
  rows
    .filter(({ name }) => name === "Halte")
    .map(({ kills, problem, repeated, stored }) => ({
      target: "after `kill -9` no step runs again whose completion is stored",
      measured: kills === 0 ? problem : `${repeated} of ${stored} in ${kills} kills`,
      isMet: kills > 0 && problem === undefined && repeated === 0
    }))

const interruptTarget = ({ added, problem }) => [
  {
    target: "the commit of a request to stop adds less than 5 ms (median, synchronous full)",
    measured: problem ?? `${added.full.millis.toFixed(1)} ms`,
    isMet: problem === undefined && added.full.millis < 5
  }
]
