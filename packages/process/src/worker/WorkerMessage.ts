/**
 * What an engine's thread and a worker thread say to each other, and the memory they share.
 *
 * @since 0.1.0
 */
import type { ExecutionEvent, InterruptSignal, ModuleRunner, StepContext, StepFailure } from "@halte/engine"

/**
 * Places in the shared memory: the demand, which the worker reads without any message; the bytes of log lines that are
 * under way, so that a worker which logs without end waits instead of filling the memory; and who asked to stop, as JSON:
 * its length here, its bytes after the numbers.
 *
 * @since 0.1.0
 */
export const slots = { demand: 0, logBytes: 1, signalBytes: 2, length: 3 } as const

const numbersBytes = slots.length * Int32Array.BYTES_PER_ELEMENT
const mostSignalBytes = 4096

/**
 * The memory of one thread.
 *
 * @since 0.1.0
 */
export const newShared = (): Int32Array<SharedArrayBuffer> =>
  numbers(new SharedArrayBuffer(numbersBytes + mostSignalBytes))

/**
 * @since 0.1.0
 */
export const numbers = (shared: SharedArrayBuffer): Int32Array<SharedArrayBuffer> =>
  new Int32Array(shared, 0, slots.length)

type Signal = InterruptSignal.InterruptSignal

/**
 * Writes who asked, before the demand that makes the worker read it. A signal too long to fit loses its words.
 *
 * @since 0.1.0
 */
export const writeSignal = (shared: Int32Array<SharedArrayBuffer>, signal: Signal): void => {
  const { requestedAt, source } = signal
  let bytes = new TextEncoder().encode(JSON.stringify(signal))
  if (bytes.length > mostSignalBytes) bytes = new TextEncoder().encode(JSON.stringify({ source, requestedAt }))
  new Uint8Array(shared.buffer, numbersBytes).set(bytes)
  Atomics.store(shared, slots.signalBytes, bytes.length)
}

/**
 * @since 0.1.0
 */
export const readSignal = (shared: Int32Array<SharedArrayBuffer>): Signal | undefined => {
  const length = Atomics.load(shared, slots.signalBytes)
  if (length === 0) return undefined
  // Decoders refuse shared memory.
  return JSON.parse(new TextDecoder().decode(new Uint8Array(shared.buffer, numbersBytes, length).slice())) as Signal
}

/**
 * Bytes of log lines that may be under way.
 *
 * @since 0.1.0
 */
export const mostLogBytes = 1024 * 1024

const demands: ReadonlyArray<StepContext.Demand> = ["go", "hold", "interrupt", "terminate"]

/**
 * @since 0.1.0
 */
export const demandNumber = (demand: StepContext.Demand): number => demands.indexOf(demand)

/**
 * @since 0.1.0
 */
export const demandOf = (n: number): StepContext.Demand => demands[n] ?? "go"

/**
 * The plain part of a step's context.
 *
 * @since 0.1.0
 */
export interface StepFacts {
  readonly execution: string
  readonly flow: string
  readonly step: string
  readonly attempt: number
  readonly try: number
  readonly params: unknown
  readonly cursor: unknown
}

/**
 * One piece of work; a worker does one at a time.
 *
 * @since 0.1.0
 */
export type Work =
  | { readonly _tag: "Call"; readonly spec: ModuleRunner.ModuleSpec; readonly input: unknown; readonly step: StepFacts }
  | {
      readonly _tag: "Batch"
      readonly spec: ModuleRunner.ModuleSpec
      readonly inputs: ReadonlyArray<unknown>
      readonly concurrency: number
      readonly step: StepFacts
    }
  | { readonly _tag: "Inspect"; readonly spec: ModuleRunner.ModuleSpec }

/**
 * @since 0.1.0
 */
export type ToWorker =
  | { readonly _tag: "Work"; readonly job: number; readonly work: Work }
  /** The number is in the shared memory already; this lets code that waits hear of it. */
  | { readonly _tag: "Demand"; readonly job: number }
  | { readonly _tag: "Committed"; readonly job: number; readonly cursor: number }

/**
 * How a piece of work ended.
 *
 * @since 0.1.0
 */
export type Answer =
  | { readonly _tag: "Value"; readonly value: unknown }
  | { readonly _tag: "Finished"; readonly value: unknown }
  | {
      readonly _tag: "HalfWay"
      readonly cursor: unknown
      readonly partial: unknown
      readonly detail: string | undefined
    }
  | { readonly _tag: "Batch"; readonly results: ReadonlyArray<ModuleRunner.ItemResult> }
  | { readonly _tag: "Description"; readonly description: ModuleRunner.ModuleDescription }
  | { readonly _tag: "Failure"; readonly failure: StepFailure.StepFailure }

/**
 * @since 0.1.0
 */
export type FromWorker = { readonly job: number } & (
  | { readonly _tag: "Log"; readonly text: string; readonly stream: "stdout" | "stderr" | "log" }
  | { readonly _tag: "Report"; readonly progress: StepContext.Progress }
  | {
      readonly _tag: "Cursor"
      readonly number: number
      readonly cursor: unknown
      readonly progress: Parameters<StepContext.StepContextShape["saveCursor"]>[1]
    }
  | { readonly _tag: "StopHere"; readonly cursor: unknown }
  | { readonly _tag: "Quiet"; readonly on: boolean }
  | { readonly _tag: "Record"; readonly fact: ExecutionEvent.Fact }
  | { readonly _tag: "Answer"; readonly answer: Answer }
)
