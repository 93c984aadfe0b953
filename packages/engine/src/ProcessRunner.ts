/**
 * The port through which a step runs a program. The engine knows what a process step promises; starting, watching and
 * ending process trees is done by `@halte/process`.
 *
 * @since 0.1.0
 */
import { Context, type Effect } from "effect"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import type { StepContextShape, StoppedHalfWay } from "./StepContext.ts"

/**
 * What a process step's output becomes: nothing but the exit code, the last line or the whole of standard output as
 * JSON, its text, its lines, the content of a file (JSON when its name ends in `.json`), or what a regular expression of
 * JavaScript finds first in its text: the named groups, else the first group, else the whole. `^` and `$` are the ends of
 * lines.
 *
 * @since 0.1.0
 */
export type ProcessCapture = "none" | "json-last-line" | "json" | "text" | "lines" | OutputFile | OutputMatch

/**
 * A file that the program writes.
 *
 * @since 0.1.0
 */
export interface OutputFile {
  readonly file: string
}

/**
 * What is to be found in its output, within a second.
 *
 * @since 0.1.0
 */
export interface OutputMatch {
  readonly regex: string
}

/**
 * A program to run. Durations are in milliseconds.
 *
 * @since 0.1.0
 */
export interface ProcessSpec {
  /** A list is a program and its arguments, each passed as it is; a text is a line for the system's shell. */
  readonly command: ReadonlyArray<string> | string
  /** @default the working directory of the engine */
  readonly cwd?: string | undefined
  /** Added to the engine's own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** @default nothing: standard input is closed */
  readonly stdin?: string | Uint8Array | undefined
  /** Time a process tree may take to exit after the graceful signal, before SIGKILL. */
  readonly graceMillis: number
  /** `finish`: a stop request lets it run to its end. */
  readonly onInterrupt: "stop" | "finish"
  /** @default "SIGTERM" */
  readonly stopSignal?: string | undefined
  readonly capture: ProcessCapture
  /** Most bytes of standard output kept for `capture`. @default 8 MiB */
  readonly captureLimit?: number | undefined
  /** Exit codes that count as success. @default [0] */
  readonly successCodes?: ReadonlyArray<number> | undefined
}

/**
 * What a program gave: its exit code, and what `capture` says of its output.
 *
 * @since 0.1.0
 */
export interface ProcessOutput<out Value = unknown> {
  readonly exitCode: number
  readonly value: Value
}

/**
 * A process that could not be started, that failed, or whose output was not what the step declares. Codes:
 * `process-exited`, `process-signalled`, `process-not-found`, `process-not-startable`, `working-directory-missing`,
 * `output-not-json`, `output-no-match`, `output-too-large`, `output-file-missing`, `processes-left`.
 *
 * @since 0.1.0
 */
export class ProcessError extends Error implements Described {
  readonly _tag = "ProcessError"
  readonly failure: StepFailure
  constructor(failure: StepFailure) {
    super(failure.message)
    this.failure = failure
  }
  toStepFailure(): StepFailure {
    return this.failure
  }
}

/**
 * What runs programs.
 *
 * @since 0.1.0
 */
export interface ProcessRunnerShape {
  /**
   * Runs a program to its end for a step, and obeys the step's control: `interrupt` sends one graceful signal to the
   * whole tree, then SIGKILL after the grace period to what is left; `hold` stops and continues the tree; `terminate`
   * sends SIGKILL at once. It answers only when nothing of the tree is alive. Interrupting the fiber does the same as
   * `interrupt`, or as `terminate` when that is what the control says.
   */
  readonly run: (
    spec: ProcessSpec,
    step: StepContextShape
  ) => Effect.Effect<ProcessOutput | StoppedHalfWay, ProcessError>
}

/**
 * The runner of programs as a service; the layer is that of `@halte/process`.
 *
 * @since 0.1.0
 */
export class ProcessRunner extends Context.Service<ProcessRunner, ProcessRunnerShape>()(
  "@halte/engine/ProcessRunner"
) {}
