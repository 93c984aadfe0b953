/**
 * The two streams a command writes to. A reader that goes away (`| head`, a closed terminal) never ends what runs: from
 * then on that stream is written to nobody.
 */
import { Context, Effect } from "effect"
import * as Look from "../view/Look.ts"
import type { Size } from "../view/Picture.ts"

export type StreamName = "stdout" | "stderr"

export interface Output {
  readonly look: (stream: StreamName) => Look.Look
  readonly isTerminal: (stream: StreamName) => boolean
  readonly write: (stream: StreamName, text: string) => void
  /** 80 × 24 where there is no terminal. */
  readonly size: () => Size
  /** Calls back when the size of the terminal has changed, until the returned function is called. */
  readonly onResize: (listener: () => void) => () => void
  /** Waits until a slow reader has taken what was written. */
  readonly drained: (stream: StreamName) => Effect.Effect<void>
}

/** Writes lines, each with its newline. */
export const lines = (output: Output, stream: StreamName, texts: ReadonlyArray<string>): void => {
  if (texts.length > 0) output.write(stream, `${texts.join("\n")}\n`)
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
  readonly platform: string
}

/** The streams that commands write to: those of this process; tests put others in their place. */
export const Streams = Context.Reference<Streams>("halte/Streams", { defaultValue: () => process })

/** The streams of a process, of this one by default. */
export const make = (flag: "auto" | "always" | "never", from: Streams = process): Output => {
  const closed = new Set<StreamName>()
  const of = (stream: StreamName) => (stream === "stdout" ? from.stdout : from.stderr)
  const looks = {
    stdout: Look.detect({ isTerminal: from.stdout.isTTY === true, env: from.env, flag, platform: from.platform }),
    stderr: Look.detect({ isTerminal: from.stderr.isTTY === true, env: from.env, flag, platform: from.platform })
  }
  // EPIPE, EIO of a terminal that was closed, ENOSPC of a full disk: nothing that has to stop the work.
  const gone = { stdout: () => void closed.add("stdout"), stderr: () => void closed.add("stderr") }
  from.stdout.on("error", gone.stdout)
  from.stderr.on("error", gone.stderr)
  return {
    look: (stream) => looks[stream],
    isTerminal: (stream) => of(stream).isTTY === true,
    write: (stream, text) => {
      if (!closed.has(stream)) of(stream).write(text)
    },
    size: () => {
      const terminal = [from.stdout, from.stderr].find((s) => s.isTTY)
      return { columns: positive(terminal?.columns) ?? 80, rows: positive(terminal?.rows) ?? 24 }
    },
    onResize: (listener) => {
      from.stdout.on("resize", listener)
      return () => void from.stdout.off("resize", listener)
    },
    drained: (name) =>
      Effect.callback<void>((resume) => {
        const stream = of(name)
        if (closed.has(name) || stream.destroyed || stream.writableLength === 0) return resume(Effect.void)
        const done = () => {
          stream.off("drain", done).off("close", done).off("error", done)
          resume(Effect.void)
        }
        if (!stream.writableNeedDrain) stream.write("", done)
        stream.on("drain", done).on("close", done).on("error", done)
        return Effect.sync(done)
      })
  }
}

// Terminals without a size say 0.
const positive = (n: number | undefined): number | undefined => (n === undefined || n <= 0 ? undefined : n)
