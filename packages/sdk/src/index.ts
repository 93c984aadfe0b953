/**
 * A client of another engine: the same `Executions`, wherever that engine runs.
 *
 * @since 0.1.0
 */
export type { Transport } from "./Connection.ts"
export * as ExecutionsRemote from "./ExecutionsRemote.ts"
