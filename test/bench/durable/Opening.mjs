// How long a store with much in it takes to be opened, listed and read: many executions, one of them with many events. It
// is opened after it was closed in order, and as a killed process leaves it, with a journal beside it.
import { ExecutionHandle, ExecutionsLocal, Flow, Step } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect, Exit, Scope } from "effect"
import { cpSync, statSync } from "node:fs"

const { executions: count, events, folder, times } = JSON.parse(process.argv[2])
const file = `${folder}/many.db`
const openStore = async (path) => {
  const scope = Scope.makeUnsafe()
  const store = await Effect.runPromise(Scope.provide(SqliteStore.open({ file: path, synchronous: "normal" }), scope))
  return { store, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

const flow = Flow.make("small", { steps: [Step.make("a", { run: () => 1 }), Step.make("b", { run: () => 2 })] })
const large = Flow.make("large", {
  steps: Array.from({ length: events / 2 }, (_, i) => Step.make(`s${i}`, { run: () => i }))
})

const fill = async () => {
  const { close, store } = await openStore(file)
  const executions = await Effect.runPromise(
    Scope.provide(ExecutionsLocal.make({ flows: [flow, large], store }), Scope.makeUnsafe())
  )
  const id = await Effect.runPromise(executions.start({ flow: "large" }))
  await Effect.runPromise(executions.outcome(id))
  for (let made = 0; made < count; made += 100)
    await Promise.all(
      Array.from({ length: 100 }, () => Effect.runPromise(ExecutionHandle.run(executions, { flow: "small" })))
    )
  // With the last writes still in the journal, as a killed process leaves it.
  for (const end of ["", "-wal", "-shm"]) cpSync(file + end, `${folder}/killed.db${end}`)
  await close()
  return id
}

const id = await fill()
const samples = { open: [], openKilled: [], list: [], get: [] }
const timed = async (name, run) => {
  const begin = performance.now()
  const result = await run()
  samples[name].push(performance.now() - begin)
  return result
}
for (let round = 0; round < times; round++) {
  const { close, store } = await timed("open", () => openStore(file))
  const executions = await Effect.runPromise(
    Scope.provide(ExecutionsLocal.make({ flows: [flow], store }), Scope.makeUnsafe())
  )
  const page = await timed("list", () => Effect.runPromise(executions.list({})))
  if (page.length !== 50) throw new Error(`the first page has ${page.length} executions`)
  const state = await timed("get", () => Effect.runPromise(executions.get(id)))
  if (state.steps.size !== events / 2) throw new Error(`the large execution has ${state.steps.size} steps`)
  await close()
  for (const end of ["", "-wal"]) cpSync(`${folder}/killed.db${end}`, `${folder}/again.db${end}`)
  const killed = await timed("openKilled", () => openStore(`${folder}/again.db`))
  await killed.close()
}
console.log(JSON.stringify({ samples, bytes: statSync(file).size }))
process.exit(0)
