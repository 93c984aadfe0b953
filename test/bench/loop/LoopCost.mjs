// What a stopping point costs: per iteration of a 300 ns body checked at every 1,000th, and per check.
import { measure } from "../ChildProcess.mjs"
import { number, table } from "../report/Table.mjs"
import { median } from "../Statistics.mjs"
import { loops } from "./Loop.mjs"

/** `perCheck`: an empty body with a check at every iteration, so that the extra is the check itself. */
const settings = {
  batched: { nanos: 300, every: 1_000, iterations: 100_000 },
  perCheck: { nanos: 0, every: 1, iterations: 20_000 }
}

export const loopCost = async (options, report) => {
  const entries = Object.keys(loops).flatMap((loop) =>
    Object.keys(settings).map((setting) => ({ loop, setting, samples: [] }))
  )
  for (let round = 0; round < options.rounds; round++)
    for (const entry of entries) {
      report(`loops: round ${round + 1} of ${options.rounds}, ${loops[entry.loop].text}, ${entry.setting}`)
      const { problem, value } = await measure(
        "loop/child.mjs",
        { loop: entry.loop, ...settings[entry.setting], pairs: options.quick ? 15 : 30 },
        { built: options.built, capMillis: options.capMillis }
      )
      if (value === undefined) throw new Error(`the loop \`${entry.loop}\` could not be measured: ${problem}`)
      entry.samples.push(value)
    }
  return Object.keys(loops).map((loop) => {
    const of = (setting, key) =>
      median(entries.find((e) => e.loop === loop && e.setting === setting).samples.map((s) => s[key]))
    return {
      loop,
      bareNanos: of("batched", "bareNanos"),
      overhead: of("batched", "ratio") - 1,
      perIterationNanos: of("batched", "extraNanos"),
      perCheckNanos: of("perCheck", "extraNanos")
    }
  })
}

export const loopReport = (rows) =>
  `batched loop: a stopping point at every 1,000th iteration of a body of about ${Math.round(median(rows.map((r) => r.bareNanos)))} ns, against the same loop without\n` +
  table(
    ["", "overhead", "ns per iteration", "ns per check (checked every time)"],
    rows.map((row) => [
      loops[row.loop].text,
      `${(row.overhead * 100).toFixed(1)} %`,
      row.perIterationNanos.toFixed(1),
      number(row.perCheckNanos)
    ])
  )
