/**
 * A main process that starts the engine of a directory and a flow in it, says the engine's pid, and does nothing more: to
 * be killed. `node EngineParent.ts DIRECTORY FLOW`.
 */
import { registerHooks } from "node:module"
import { Effect } from "effect"

const standIn = new URL("../electron/Main.ts", import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "electron/main"
      ? { url: standIn, format: "module-typescript", shortCircuit: true }
      : next(specifier, context)
})

const EngineUnderTest = await import("./EngineUnderTest.ts")
const [directory = "", flow = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  // With the mark of whoever started this process, so that this test finds what is left.
  const { engine, executions, is } = yield* EngineUnderTest.start(directory, {
    env: { E2E_MARK: process.env["E2E_MARK"] ?? "" }
  })
  yield* is("Running")
  yield* Effect.orDie(executions.start({ flow }))
  console.log(`engine ${engine.pid}`)
  return yield* Effect.never
})
await Effect.runPromise(Effect.scoped(program))
