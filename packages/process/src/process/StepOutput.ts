/**
 * What a step's program writes, on its way to the step's log: line by line, capped, the last lines kept for messages.
 *
 * @since 0.1.0
 */
import type { Readable } from "node:stream"
import type { StepContext } from "@halte/engine"
import * as ByteText from "./ByteText.ts"
import type { Capture } from "./Capture.ts"
import { OutputLines } from "./OutputLines.ts"
import { OutputPump } from "./OutputPump.ts"

/**
 * How much of the output is kept.
 *
 * @since 0.1.0
 */
export interface OutputLimits {
  /** Longest line in characters; the rest of it is left out, with a note. @default 65,536 */
  readonly lineLength: number
  /** Bytes logged per step; what comes after is read but not logged, with a note. @default 64 MiB */
  readonly stepBytes: number
  /**
   * Asked after each chunk whether the log is behind: while the promise is pending, the pipe is not read and the program
   * waits in its write. @default never behind
   */
  readonly whenReady?: ((step: StepContext.StepContextShape) => Promise<void> | undefined) | undefined
}

/**
 * @since 0.1.0
 */
export const defaultLimits: OutputLimits = { lineLength: 64 * 1024, stepBytes: 64 * 1024 * 1024 }

const lastLines = 5
const lastLineLength = 500
/** A pipe that says nothing for so long after its tree is gone is held by a stranger. */
const quietMillis = 300

/**
 * @since 0.1.0
 */
export class StepOutput {
  readonly #pumps: ReadonlyArray<OutputPump>
  readonly #last: Array<string> = []
  #logged = 0
  #over = false

  constructor(
    streams: { readonly stdout: Readable; readonly stderr: Readable },
    step: StepContext.StepContextShape,
    capture: Capture,
    limits: OutputLimits
  ) {
    const pump = (stream: Readable, name: "stdout" | "stderr") => {
      const lines = new OutputLines(limits.lineLength, (line) => this.#line(line, name, step, limits))
      return new OutputPump(
        stream,
        (chunk) => {
          if (name === "stdout") capture.push(chunk)
          lines.push(chunk)
          return limits.whenReady?.(step)
        },
        () => lines.end()
      )
    }
    this.#pumps = [pump(streams.stdout, "stdout"), pump(streams.stderr, "stderr")]
  }

  /** The last lines that hold something, oldest first. */
  get last(): ReadonlyArray<string> {
    return this.#last
  }

  /** Takes what the pipes still hold and closes them. For when the tree is gone. */
  async drain(): Promise<void> {
    await Promise.all(this.#pumps.map((pump) => pump.drain(quietMillis)))
  }

  #line(line: string, name: "stdout" | "stderr", step: StepContext.StepContextShape, limits: OutputLimits): void {
    if (line.trim() !== "") {
      this.#last.push(line.length > lastLineLength ? `${line.slice(0, lastLineLength)}…` : line)
      if (this.#last.length > lastLines) this.#last.shift()
    }
    if (this.#over) return
    this.#logged += line.length + 1
    if (this.#logged > limits.stepBytes) {
      this.#over = true
      step.log(`Output beyond ${ByteText.bytes(limits.stepBytes)} is not kept in the log.`, "log")
    } else step.log(line, name)
  }
}
