// One loop in a process of its own, inside a step of a real execution: pairs of the bare loop and the measured one, in
// turns, because the difference is smaller than what the machine does between two runs.
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Effect } from "effect"
import { median } from "../Statistics.mjs"
import { calibrate } from "./Body.mjs"
import { loops } from "./Loop.mjs"

const { every, iterations: n, loop, nanos, pairs } = JSON.parse(process.argv[2])
const rounds = calibrate(nanos)
const measured = loops[loop]
const took = { bare: [], loop: [] }

const keep = (bareMillis, loopMillis) => {
  took.bare.push(bareMillis)
  took.loop.push(loopMillis)
}
const timeBare = () => {
  const begin = performance.now()
  measured.bare(rounds, n)
  return performance.now() - begin
}

const withEffect = Effect.gen(function* () {
  for (let pair = -2; pair < pairs; pair++) {
    const bareMillis = timeBare()
    const begin = performance.now()
    yield* measured.effect(rounds, n, every)
    const loopMillis = performance.now() - begin
    if (pair >= 0) keep(bareMillis, loopMillis)
  }
})
const withPromise = async (step) => {
  for (let pair = -2; pair < pairs; pair++) {
    const bareMillis = timeBare()
    const begin = performance.now()
    await measured.promise(step, rounds, n, every)
    const loopMillis = performance.now() - begin
    if (pair >= 0) keep(bareMillis, loopMillis)
  }
}

const flow = Flow.make("bench", {
  steps: [Step.make("loop", { run: (_input, step) => (measured.effect ? withEffect : withPromise(step)) })]
})
const outcome = await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const executions = yield* ExecutionsLocal.make({ flows: [flow] })
      return yield* executions.outcome(yield* executions.start({ flow: "bench" }))
    })
  )
)
if (outcome._tag !== "Completed") throw new Error(`the execution ended ${outcome._tag}, not Completed`)
console.log(
  JSON.stringify({
    bareNanos: (median(took.bare) * 1e6) / n,
    extraNanos: (median(took.loop.map((t, i) => t - took.bare[i])) * 1e6) / n,
    ratio: median(took.loop.map((t, i) => t / took.bare[i]))
  })
)
process.exit(0)
