// What Halte is to reach, and whether this run did. Only what was measured is judged.
import { checkTargets } from "../check/CheckReport.mjs"
import { graphs } from "../graphs/Graph.mjs"
import { loops } from "../loop/Loop.mjs"
import { isClean } from "../orphans/Orphans.mjs"
import { durableTargets } from "./DurableTarget.mjs"

const percent = (share) => `${(share * 100).toFixed(1)} %`
const times = (ratio) => (ratio >= 100 ? `${Math.round(ratio).toLocaleString("en-US")} ×` : `${ratio.toFixed(2)} ×`)

/** Answers rows of `{ target, measured, isMet }`. */
export const targets = ({ check, durable, graphs: rows = [], latency = [], loop = [], orphans }) => [
  ...floorTargets(rows),
  ...fiberTargets(rows),
  ...packageTargets(rows),
  ...linearTarget(rows),
  ...loopTargets(loop),
  ...latencyTargets(latency),
  ...orphanTarget(orphans),
  ...durableTargets(durable),
  ...checkTargets(check)
]

const bodyNames = { value: "plain values", effect: "Effects", promise: "Promises" }
const halteRows = (rows) => rows.filter((row) => row.contender.file === "Halte")

const limits = [
  { graphs: ["layered", "wide", "fan"], bodies: ["value", "effect"], most: 2.5 },
  { graphs: ["chain"], bodies: ["value", "effect"], most: 4.5 },
  { graphs: ["layered", "wide"], bodies: ["promise"], most: 4 }
]

const floorTargets = (rows) =>
  limits.flatMap(({ bodies, graphs: names, most }) =>
    halteRows(rows)
      .filter((row) => names.includes(row.graph) && bodies.includes(row.body))
      .map((row) => ({
        target: `${graphs[row.graph].text}, ${bodyNames[row.body]}: at most ${most} × plain promises`,
        measured: row.warmRatio === undefined ? row.problem : times(row.warmRatio),
        isMet: row.warmRatio !== undefined && row.warmRatio <= most
      }))
  )

/** The fastest of those it has to stay below in a row's graph; a plain value and an Effect have the same rivals. */
const nearest = (row, rivals) =>
  rivals
    .filter((rival) => rival.graph === row.graph && (rival.body === "promise") === (row.body === "promise"))
    .map((rival) => ({ ratio: rival.warmRatio ?? rival.atLeastRatio, name: rival.contender.name }))
    .filter(({ ratio }) => ratio !== undefined)
    .toSorted((a, b) => a.ratio - b.ratio)[0]

/** One line per body: where it is not below, or else where it comes nearest. */
const below = (rows, rivals, what) =>
  Object.keys(bodyNames).flatMap((body) => {
    const pairs = halteRows(rows)
      .filter((row) => row.body === body)
      .map((row) => ({ row, rival: nearest(row, rivals) }))
      .filter(({ rival }) => rival !== undefined)
      .map(({ rival, row }) => ({ row, rival, share: (row.warmRatio ?? Number.POSITIVE_INFINITY) / rival.ratio }))
    if (pairs.length === 0) return []
    const told = ({ rival, row }) =>
      `${row.graph}: ${row.warmRatio === undefined ? row.problem : times(row.warmRatio)}, ${rival.name} ${times(rival.ratio)}`
    const above = pairs.filter(({ share }) => share >= 1)
    const closest = pairs.toSorted((a, b) => b.share - a.share)[0]
    return [
      {
        target: `${bodyNames[body]}, below ${what} in ${pairs.length === 1 ? "the graph" : `all ${pairs.length} graphs`}`,
        measured: above.length === 0 ? `nearest in ${told(closest)}` : above.map(told).join("; "),
        isMet: above.length === 0
      }
    ]
  })

const fiberTargets = (rows) =>
  below(
    rows,
    rows.filter((row) => row.contender.file === "EffectFibers"),
    "bare Effect's fiber per step"
  )
const packageTargets = (rows) =>
  below(
    rows,
    rows.filter((row) => row.contender.kind === "package"),
    "every packaged peer"
  )

/** Linear: a step of the longest chain costs as much as one of a shorter one, first run against first run. */
const linearTarget = (rows) => {
  const of = (graph, file) =>
    rows.find((row) => row.graph === graph && row.contender.file === file && row.body === "value")
  const [short, long] = [of("chain-100k", "Halte"), of("million", "Halte")]
  if (long === undefined) return []
  if (long.coldMicros === undefined)
    return [{ target: "linear up to 1,000,000 steps", measured: long.problem, isMet: false }]
  const memory = `peak ${(long.coldMaxRssMiB / 1024).toFixed(1)} GiB`
  if (short?.coldMicros === undefined)
    return [{ target: "a chain of 1,000,000 steps without overflow", measured: memory, isMet: true }]
  const growth = long.coldMicros / short.coldMicros
  return [
    {
      target: "linear: a step of 1,000,000 costs at most 1.5 × one of 100,000",
      measured: `${times(growth)} in a first run (${times(long.warmMicros / short.warmMicros)} warm), ${memory}`,
      isMet: growth <= 1.5
    }
  ]
}

const loopTargets = (rows) =>
  rows.map((row) => ({
    target: `${loops[row.loop].text}: at most 1 % of a body of 300 ns`,
    measured: `${percent(row.overhead)} (${row.perIterationNanos.toFixed(1)} ns)`,
    isMet: row.overhead <= 0.01,
    // Documented to cost an Effect or an await at every iteration: told, not promised.
    isNote: row.loop === "every" || row.loop === "await"
  }))

const latencyTargets = (rows) =>
  rows
    .filter((row) => row.kind === "loop" && ["forEach", "every", "await"].includes(row.name))
    .map((row) => ({
      target: `SIGINT inside ${{ forEach: "StoppingPoint.forEach", every: "StoppingPoint.every", await: "ctx.stop.every" }[row.name]}: stopped within 10 ms (median)`,
      measured: row.medianMillis === undefined ? "never" : `${row.medianMillis.toFixed(1)} ms`,
      isMet: row.medianMillis !== undefined && row.medianMillis <= 10
    }))

const orphanTarget = (orphans) => {
  if (orphans?.rows === undefined) return []
  const dirty = orphans.rows.filter(({ results: { halte } }) => !isClean(halte) || halte.isStuck)
  return [
    {
      target: `nothing left after a stop in ${orphans.rows.length} scenarios`,
      measured: dirty.length === 0 ? "0 left" : `not clean: ${dirty.map((row) => row.scenario).join(", ")}`,
      isMet: dirty.length === 0
    }
  ]
}
