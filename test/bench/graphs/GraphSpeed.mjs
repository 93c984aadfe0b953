// Per-step cost of graphs: rounds that take every contender in turn, so that a load from outside hits all alike.
import { measure } from "../ChildProcess.mjs"
import { median } from "../Statistics.mjs"
import { contenders } from "./Contender.mjs"
import { graphs } from "./Graph.mjs"

/** A contender that needs longer than this for one run is measured once: its distance needs no fine reading. */
const onceMillis = 5_000

/** Measures the named graphs; answers rows of `{ graph, contender, body, … }`. */
export const graphSpeed = async (names, options, report) => {
  const rows = []
  for (const graph of names) {
    const entries = contenders
      .filter((c) => c.graphs.includes(graph))
      .filter((c) => options.contenders === undefined || c.kind === "floor" || options.contenders.includes(c.file))
      .flatMap((contender) =>
        contender.bodies
          .filter((body) => graphs[graph].bodies?.includes(body) ?? true)
          .map((body) => ({ graph, contender, body, samples: [] }))
      )
    const capMillis = graph === "million" ? 180_000 : options.capMillis
    for (let round = 0; round < options.rounds; round++)
      for (const entry of entries) {
        if (entry.problem !== undefined || entry.samples[0]?.coldMillis > onceMillis) continue
        report(`${graphs[graph].text}: round ${round + 1} of ${options.rounds}, ${entry.contender.name}, ${entry.body}`)
        const repeats = Math.ceil(graphs[graph].repeats / (options.quick ? 2 : 1))
        const result = await measure(
          "graphs/child.mjs",
          { graph, contender: entry.contender.file, body: entry.body, repeats },
          { built: options.built, capMillis, flags: graph === "million" ? ["--max-old-space-size=12288"] : [] }
        )
        if (result.value !== undefined) entry.samples.push(result.value)
        else {
          entry.problem = result.problem
          if (result.isLate) entry.atLeastMillis = capMillis
        }
      }
    rows.push(...compared(entries))
  }
  return rows
}

/** Ratios of the same round, then their median: neighbours in time saw the same machine. */
const compared = (entries) => {
  const floorOf = (body) =>
    entries.find((e) => e.contender.kind === "floor" && e.body === (body === "promise" ? "promise" : "value")).samples
  const warm = (s) => median(s.warm)
  return entries.map((entry) => {
    const row = { graph: entry.graph, contender: entry.contender, body: entry.body, problem: entry.problem }
    const floor = floorOf(entry.body)
    // Ended at the cap: it is at least that many times slower than the floor's first run.
    if (entry.atLeastMillis !== undefined && floor.length > 0)
      row.atLeastRatio = entry.atLeastMillis / median(floor.map((s) => s.coldMillis))
    if (entry.problem !== undefined || floor.length === 0) return row
    const ratio = (of) => median(entry.samples.map((s, i) => of(s) / of(floor[i])))
    const { steps } = entry.samples[0]
    const micros = (of) => (median(entry.samples.map(of)) * 1_000) / steps
    return {
      ...row,
      steps,
      runs: entry.samples.length,
      warmRatio: ratio(warm),
      coldRatio: ratio((s) => s.coldMillis),
      warmSpread: [Math.min, Math.max].map((pick) => pick(...entry.samples.map((s, i) => warm(s) / warm(floor[i])))),
      warmMicros: micros(warm),
      coldMicros: micros((s) => s.coldMillis),
      buildMicros: micros((s) => s.buildMillis),
      coldMaxRssMiB: median(entry.samples.map((s) => s.coldMaxRssMiB)),
      maxRssMiB: median(entry.samples.map((s) => s.maxRssMiB))
    }
  })
}
