// The least that keeps the promise "a step's completion is on the disk before its successors start": one transaction per
// turn of the event loop, with one insert of the very bytes that Halte's events of that turn have. No claim, no listing,
// no sequence checked, nothing read, and the bytes are made beforehand.
import { DatabaseSync } from "node:sqlite"
import { EventBatch, ExecutionsLocal, ExecutionStoreMemory } from "@halte/engine"
import { Effect, Scope } from "effect"
import { successorsOf } from "../graphs/Graph.mjs"
import { turn } from "./DurableGraph.mjs"
import { flowOf } from "./HalteDurable.mjs"

export const makeFloor = async (file, synchronous, graph, deps, step) => {
  const lines = await linesOf(graph, deps, step)
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
  db.exec("CREATE TABLE events (place INTEGER PRIMARY KEY, first INTEGER NOT NULL, lines TEXT NOT NULL) STRICT")
  const begin = db.prepare("BEGIN IMMEDIATE")
  const insert = db.prepare("INSERT INTO events (place, first, lines) VALUES (?, ?, ?)")
  const commit = db.prepare("COMMIT")
  let place = 0
  const write = (texts) => {
    begin.run()
    insert.run(++place, place, texts.join("\n"))
    commit.run()
  }
  const successors = successorsOf(deps)
  const most = graph.concurrency ?? Number.POSITIVE_INFINITY
  return async () => {
    const values = new Int32Array(deps.length)
    const left = deps.map((d) => d.length)
    let ready = left.flatMap((n, i) => (n === 0 ? [i] : []))
    write(lines.first)
    while (ready.length > 0) {
      const batch = ready.slice(0, most)
      ready = ready.slice(batch.length)
      const texts = []
      for (const i of batch) {
        values[i] = step(
          i,
          deps[i].map((d) => values[d])
        )
        texts.push(...lines.of[i])
      }
      await turn()
      write(texts)
      for (const i of batch) for (const next of successors[i]) if (--left[next] === 0) ready.push(next)
    }
    write(lines.last)
    return values
  }
}

/** The lines that Halte stores for this graph: before the first step, of each step, and after the last. */
const linesOf = (graph, deps, step) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const store = ExecutionStoreMemory.make()
      const scope = yield* Scope.make()
      const executions = yield* Scope.provide(
        ExecutionsLocal.make({ flows: [flowOf(graph, deps, step, "step")], store }),
        scope
      )
      const id = yield* executions.start({ flow: "bench" })
      yield* executions.outcome(id)
      const events = yield* store.read(id, 0, Number.MAX_SAFE_INTEGER)
      const texts = EventBatch.encode(events, { over: Number.POSITIVE_INFINITY, keep: () => undefined })
      const of = deps.map(() => [])
      const steps = events.flatMap((event, i) => (event.step === undefined ? [] : [i]))
      for (const i of steps) of[Number(events[i].step.slice(1))].push(texts[i])
      return { first: texts.slice(0, steps[0]), of, last: texts.slice(steps.at(-1) + 1) }
    })
  )
