/**
 * The front end at work: over an engine in this process, with this terminal as the person.
 */
import { createInterface } from "node:readline"
import { Effect, Stream } from "effect"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import * as FrontEnd from "./front-end.ts"

const pour = Step.forEach("pour", {
  items: Array.from({ length: 300 }, (_, i) => `glass ${i + 1}`),
  run: () => Effect.sleep("100 millis")
})
const wipe = Step.make("wipe", { after: pour, run: () => Effect.sleep("1 second") })
const party = Flow.make("party", { steps: [pour, wipe] })

const program = Effect.gen(function* () {
  const executions = yield* ExecutionsLocal.make({ flows: [party] })
  const input = createInterface({ input: process.stdin })
  yield* Effect.addFinalizer(() => Effect.sync(() => input.close()))
  yield* FrontEnd.run(
    executions,
    "party",
    {},
    {
      lines: Stream.orDie(Stream.fromAsyncIterable(input, (error) => error)),
      write: (line) => console.log(line)
    }
  )
})

await Effect.runPromise(Effect.scoped(program))
