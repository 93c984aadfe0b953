/**
 * Indexes a directory, stops half-way, says where, and goes on from there: in one process, with the same execution.
 *
 *   node -C @halte/source examples/index-files/stop-and-continue.ts [DIRECTORY] [OUTPUT]
 */
import { Effect, Stream } from "effect"
import { ExecutionHandle, ExecutionsLocal } from "@halte/engine"
import { indexFiles } from "./flow.ts"
import type { Summary } from "./journal.ts"

const [root = "node_modules", output = "out/index.ndjson"] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const executions = yield* ExecutionsLocal.make({ flows: [indexFiles] })
  const execution = yield* ExecutionHandle.start(executions, { flow: "index-files", params: { root, output } })

  // Half-way through the list we ask it to stop. `cursor` is the number of files that are done.
  yield* execution.events.pipe(
    Stream.filter((event) => event.type === "step-cursor" && (event.done ?? 0) > 0 && event.done! * 2 >= event.total!),
    Stream.runHead
  )
  yield* execution.interrupt({ reason: "half is enough for now" })

  const stopped = yield* execution.outcome
  const { steps } = yield* execution.state
  const { cursor, total } = steps.get("hash")!
  console.log(`${stopped._tag}: ${String(cursor)} of ${total} files.`)
  if (stopped._tag !== "Interrupted") return

  // The same execution, its next attempt: `begin` is done and stays done, `hash` goes on at its cursor.
  yield* execution.resume()
  const ended = yield* execution.outcome
  console.log(`${ended._tag} in attempt ${ended.attempt}.`)

  const { bytes, files, hashed } = ended.values["finish"] as Summary
  console.log(`${files} files, ${hashed} read, ${bytes} bytes: ${output}`)
})

await Effect.runPromise(Effect.scoped(program))
