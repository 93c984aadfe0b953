/**
 * The embedded store of executions: one SQLite file, on Node's own SQLite.
 *
 * @since 0.1.0
 */
export * as SqliteStore from "./SqliteStore.ts"
export * as Retention from "./Retention.ts"
