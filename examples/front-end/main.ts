/**
 * The front end at work, with this terminal as the person: over an engine in this process, or over the server whose
 * address it is given.
 */
import { createInterface } from "node:readline"
import { Effect, type Layer, Stream } from "effect"
import { Executions, Flow, Halte, Step } from "@halte/sdk"
import { Halte as HalteNode } from "@halte/sdk/node"
import * as FrontEnd from "./front-end.ts"

const pour = Step.forEach("pour", {
  items: Array.from({ length: 300 }, (_, i) => `glass ${i + 1}`),
  run: () => Effect.sleep("100 millis")
})
const wipe = Step.make("wipe", { after: pour, run: () => Effect.sleep("1 second") })
const party = Flow.make("party", { steps: [pour, wipe] })

const program = Effect.gen(function* () {
  const executions = yield* Executions.Executions
  const input = createInterface({ input: process.stdin })
  yield* Effect.addFinalizer(() => Effect.sync(() => input.close()))
  const lines = Stream.orDie(Stream.fromAsyncIterable(input, (error) => error))
  yield* FrontEnd.run(executions, "party", {}, { lines, write: (line) => console.log(line) })
})

const server = process.argv[2]
const layer: Layer.Layer<Executions.Executions, unknown> =
  server === undefined ? Halte.layerLocal({ flows: [party] }) : HalteNode.layerConnect(server)

await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
