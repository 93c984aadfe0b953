// Halte in the part that is killed: the engine that is gone is told by its name, as a project's directory tells it.
import { ExecutionsLocal, Recovery } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect, Scope } from "effect"
import { flowOf } from "../HalteDurable.mjs"

const inScope = (effect) => Effect.runPromise(Scope.provide(effect, Scope.makeUnsafe()))
const openStore = ({ folder, synchronous }) => inScope(SqliteStore.open({ file: `${folder}/halte.db`, synchronous }))

export const open = async (context) => {
  const { deps, step } = context
  const store = await openStore(context)
  const owner = `bench-${process.pid}`
  const gone = (await Effect.runPromise(store.owners)).map((other) => other.owner)
  for (const other of gone) await Effect.runPromise(Recovery.recover(store, { owner, gone: other }))
  const executions = await inScope(ExecutionsLocal.make({ flows: [flowOf({}, deps, step, "step")], store, owner }))
  return {
    run: () => Effect.runPromise(Effect.flatMap(executions.start({ flow: "bench" }), (id) => executions.outcome(id))),
    finish: async () => {
      const [{ id }] = await Effect.runPromise(store.list({}))
      await Effect.runPromise(executions.resume(id))
      return Effect.runPromise(executions.outcome(id))
    }
  }
}

export const committed = ({ folder, synchronous }) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const store = yield* SqliteStore.open({ file: `${folder}/halte.db`, synchronous })
        const [found] = yield* store.list({})
        const events = yield* store.read(found.id, 0, Number.MAX_SAFE_INTEGER)
        return events.filter((event) => event.type === "step-completed").map((event) => Number(event.step.slice(1)))
      })
    )
  )
