/**
 * `npm run chaos -- [--rounds N] [--seed N]`: kills engines for as long as one likes, and says what came of it.
 */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import * as Kill from "./Kill.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "300" }, seed: { type: "string" }, quiet: { type: "boolean" } }
})
const rounds = Number(values.rounds)
const seed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed)
if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed)) {
  console.error("--rounds and --seed take whole numbers.")
  process.exit(2)
}
const log = values.quiet === true ? undefined : (text: string) => console.log(text)
const begun = performance.now()
console.log(`Seed ${seed}, ${rounds} rounds.`)
const report = await Effect.runPromise(Kill.run({ rounds, seed, ...(log === undefined ? undefined : { log }) }))
console.log(JSON.stringify(report, undefined, 2))
console.log(
  `Nothing was lost, and nothing that was committed ran twice (${Math.round((performance.now() - begun) / 1000)} s).`
)
