// Effect's own durable workflows: activities are messages of effect/cluster in one process, kept in SQLite.
import { DatabaseSync } from "node:sqlite"
import { NodeCrypto } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { ClusterWorkflowEngine, SingleRunner } from "effect/cluster"
import { Activity, Workflow } from "effect/workflow"
import * as EffectSqlite from "./EffectSqlite.mjs"

const file = (folder) => `${folder}/effect.db`

export const open = async ({ deps, folder, layers, step, synchronous }) => {
  const flow = Workflow.make("bench", {
    payload: { id: Schema.String },
    idempotencyKey: ({ id }) => id,
    success: Schema.Array(Schema.Number)
  })
  const live = flow.toLayer(() =>
    Effect.gen(function* () {
      const values = []
      const one = (i) =>
        Effect.map(
          Activity.make({
            name: `s${i}`,
            success: Schema.Number,
            execute: Effect.promise(async () =>
              step(
                i,
                deps[i].map((d) => values[d])
              )
            )
          }),
          (value) => {
            values[i] = value
          }
        )
      for (const layer of layers) yield* Effect.forEach(layer, one, { concurrency: "unbounded", discard: true })
      return values
    })
  )
  const runtime = ManagedRuntime.make(
    live.pipe(
      Layer.provideMerge(ClusterWorkflowEngine.layer),
      Layer.provideMerge(SingleRunner.layer({ runnerStorage: "memory" })),
      Layer.provideMerge(EffectSqlite.layer(file(folder), synchronous)),
      Layer.provide(NodeCrypto.layerDigest)
    )
  )
  let next = 0
  const run = (id) => runtime.runPromise(flow.execute({ id: id ?? `${process.pid}-${next++}` }))
  return { run, finish: run }
}

/** The activities whose reply is stored, looked at while nothing else has the file open. */
export const committed = async ({ folder }) => {
  const db = new DatabaseSync(file(folder))
  const rows = db
    .prepare(
      `SELECT DISTINCT m.payload FROM cluster_messages m JOIN cluster_replies r ON r.request_id = m.request_id
       WHERE m.tag = 'activity' AND r.kind = 0`
    )
    .all()
  db.close()
  return rows.map(({ payload }) => Number(JSON.parse(payload).name.slice(1)))
}
