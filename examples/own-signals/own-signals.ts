/**
 * A program that owns Ctrl-C. Halte installs no handler of its own: the program decides what SIGINT means, here that an
 * execution stops at its next stopping point, and hands Halte an AbortSignal.
 *
 *   node -C @halte/source examples/own-signals/own-signals.ts
 */
import { Effect } from "effect"
import { ExecutionHandle, ExecutionsLocal, Flow, Step } from "@halte/engine"

const counting = Flow.make("counting", {
  steps: [
    Step.forEach("numbers", {
      items: Array.from({ length: 600 }, (_, i) => i + 1),
      run: () => Effect.sleep("100 millis")
    })
  ]
})

const stop = new AbortController()
process.once("SIGINT", () => {
  console.log("The program was asked to stop.")
  stop.abort("Ctrl-C in my own program")
})

const program = Effect.gen(function* () {
  const executions = yield* ExecutionsLocal.make({ flows: [counting] })
  const execution = yield* ExecutionHandle.start(executions, { flow: "counting" }, { interruptOn: stop.signal })
  yield* execution.stepStarted("numbers")
  console.log("Counting for a minute. Press Ctrl-C.")

  const outcome = yield* execution.outcome
  console.log(outcome._tag === "Interrupted" ? `Interrupted: ${outcome.signal.reason}.` : `${outcome._tag}.`)
})

await Effect.runPromise(Effect.scoped(program))
// Ours again, as before: whatever comes after the execution decides anew.
console.log(`Handlers of SIGINT left: ${process.listenerCount("SIGINT")}.`)
