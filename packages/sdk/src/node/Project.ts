/**
 * A project directory as one place of executions: those that are stored, those of this engine, and those of every other
 * live engine of the project, behind one `Executions`.
 *
 * @since 0.1.0
 */
import type { ExecutionId, Executions, ExecutionsLocal } from "@halte/engine"
import type { SqliteStore } from "@halte/store-sqlite"

/**
 * An execution whose engine was found gone when the project was opened. It is Interrupted now (cause `Crash`).
 *
 * @since 0.1.0
 */
export interface Recovered {
  readonly execution: ExecutionId.ExecutionId
  readonly flow: string
  /** How many processes that it had left behind were ended, and which could not be. */
  readonly ended: number
  readonly left: ReadonlyArray<number>
}

/**
 * An opened project.
 *
 * @since 0.1.0
 */
export interface Project {
  /** The directory that paths of flows are relative to. */
  readonly directory: string
  /** Its `.halte`. */
  readonly state: string
  /** Everything in the project: what is live in this process, in another one, and what is only stored. */
  readonly executions: Executions.ExecutionsShape
  /** The engine of this process, where there is one. */
  readonly local: ExecutionsLocal.LocalExecutions
  readonly store: SqliteStore.SqliteStore
  /** What a person should know: a corrupt file that was kept aside, an engine that does not answer. */
  readonly notices: ReadonlyArray<string>
  readonly recovered: ReadonlyArray<Recovered>
}
