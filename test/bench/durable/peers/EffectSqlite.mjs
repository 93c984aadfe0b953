// Effect's SqlClient over Node's own SQLite, since its package for SQLite brings a native module that is built or fetched
// when it is installed: one connection, transactions one after the other, statements made once.
import { DatabaseSync } from "node:sqlite"
import { Context, Effect, Fiber, Layer, Scope, Semaphore, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, SqlError, Statement } from "effect/sql"

export const layer = (file, synchronous) =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const db = new DatabaseSync(file)
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
      yield* Effect.addFinalizer(() => Effect.sync(() => db.close()))
      const statements = new Map()
      const prepare = (sql) => {
        let statement = statements.get(sql)
        if (statement === undefined) {
          statement = db.prepare(sql)
          statements.set(sql, statement)
        }
        return statement
      }
      const plain = (value) =>
        value === undefined
          ? null
          : typeof value === "boolean"
            ? Number(value)
            : value instanceof Date
              ? value.toISOString()
              : value
      const run = (statement, params, change) =>
        Effect.try({
          try: () => {
            const rows = statement().all(...params.map(plain))
            return change === undefined ? rows : change(rows)
          },
          catch: (cause) =>
            new SqlError.SqlError({
              reason: SqlError.classifySqliteError(cause, { message: "failed", operation: "execute" })
            })
        })
      const connection = {
        execute: (sql, params, change) => run(() => prepare(sql), params, change),
        executeRaw: (sql, params) => run(() => prepare(sql), params),
        executeUnprepared: (sql, params, change) => run(() => prepare(sql), params, change),
        executeValues: (sql, params) =>
          run(
            () => prepare(sql),
            params,
            (rows) => rows.map(Object.values)
          ),
        executeValuesUnprepared: (sql, params) =>
          run(
            () => prepare(sql),
            params,
            (rows) => rows.map(Object.values)
          ),
        executeStream: (sql, params, change) => Stream.fromIterableEffect(run(() => prepare(sql), params, change))
      }
      const semaphore = yield* Semaphore.make(1)
      return yield* SqlClient.make({
        acquirer: semaphore.withPermits(1)(Effect.succeed(connection)),
        transactionAcquirer: Effect.uninterruptibleMask((restore) => {
          const scope = Context.getUnsafe(Fiber.getCurrent().context, Scope.Scope)
          return Effect.as(
            Effect.tap(restore(semaphore.take(1)), () => Scope.addFinalizer(scope, semaphore.release(1))),
            connection
          )
        }),
        compiler: Statement.makeCompilerSqlite(),
        driver: "node-sqlite",
        spanAttributes: []
      })
    })
  ).pipe(Layer.provide(Reactivity.layer))
