// What the commit of a request to stop adds: from `interrupt()` to its receipt under a running loop, with the store in a
// file and with the one in memory, in turns.
import { ExecutionsLocal, ExecutionStoreMemory, Flow, Step, StoppingPoint } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect, Scope } from "effect"
import { setTimeout as sleep } from "node:timers/promises"
import { calibrate, work } from "../loop/Body.mjs"

const { folder, times } = JSON.parse(process.argv[2])
const rounds = calibrate(300)
const items = Array.from({ length: 1_000_000 }, (_, i) => i)
const inScope = (effect) => Effect.runPromise(Scope.provide(effect, Scope.makeUnsafe()))

let begun
const loop = Flow.make("loop", {
  steps: [
    Step.make("loop", {
      run: () =>
        Effect.gen(function* () {
          begun()
          while (true) {
            const body = (i) => work(rounds, i)
            if (StoppingPoint.isBreak(yield* StoppingPoint.forEach(items, { every: 1_000, cursor: 0 }, body))) return
          }
        })
    })
  ]
})

const once = async (executions) => {
  const running = new Promise((resolve) => (begun = resolve))
  const id = await Effect.runPromise(executions.start({ flow: "loop" }))
  await running
  // Anywhere in a slice of the event loop, not always at its beginning.
  await sleep(10 + Math.random() * 10)
  const asked = performance.now()
  await Effect.runPromise(executions.interrupt(id))
  const receipt = performance.now() - asked
  await Effect.runPromise(executions.outcome(id))
  return receipt
}

const stores = {
  memory: ExecutionStoreMemory.make(),
  full: await inScope(SqliteStore.open({ file: `${folder}/full.db`, synchronous: "full" })),
  normal: await inScope(SqliteStore.open({ file: `${folder}/normal.db`, synchronous: "normal" }))
}
const engines = {}
for (const [name, store] of Object.entries(stores))
  engines[name] = await inScope(ExecutionsLocal.make({ flows: [loop], store }))
const samples = { memory: [], full: [], normal: [] }
for (let round = 0; round <= times; round++)
  for (const [name, executions] of Object.entries(engines)) {
    const receipt = await once(executions)
    if (round > 0) samples[name].push(receipt)
  }
console.log(JSON.stringify(samples))
process.exit(0)
