/**
 * A client of another engine: the same `Executions`, wherever that engine runs. The page, the SDK and the command line
 * speak through it.
 *
 * @since 0.1.0
 */
export type { Change, Transport } from "./Connection.ts"
export * as ExecutionsRemote from "./ExecutionsRemote.ts"
