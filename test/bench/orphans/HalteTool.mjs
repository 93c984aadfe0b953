// A flow of one process step; SIGINT and SIGTERM ask it to stop, and the tool ends when the outcome says that it has.
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { ProcessRunnerNode } from "@halte/process"
import { Effect } from "effect"

const command = JSON.parse(process.env.BENCH_COMMAND)
const flow = Flow.make("bench", { steps: [Step.process("program", { command, grace: "300 millis" })] })
await Effect.runPromise(
  Effect.gen(function* () {
    const executions = yield* ExecutionsLocal.make({ flows: [flow] })
    const id = yield* executions.start({ flow: "bench" })
    for (const signal of ["SIGINT", "SIGTERM"])
      process.on(signal, () => Effect.runFork(executions.interrupt(id, { source: "Cli" })))
    yield* executions.outcome(id)
  }).pipe(Effect.scoped, Effect.provide(ProcessRunnerNode.layer()))
)
process.exit(0)
