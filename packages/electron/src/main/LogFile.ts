/**
 * The log of the desktop, where the platform keeps logs: a time, what it is about, and the text. Three files of 5 MB at
 * most. It holds what it is given and looks for nothing: who writes to it leaves secrets out.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { ControlSequences } from "@halte/engine/model"
import { createStream, type RotatingFileStream } from "rotating-file-stream"

export interface LogFile {
  /** The file that is written now. */
  readonly path: string
  /** @default about the desktop as a whole */
  readonly write: (text: string, area?: string) => void
  /** Writes about one thing. */
  readonly about: (area: string) => (text: string) => void
  /** Settles when all of it is written, or can't be. What comes later is dropped. */
  readonly close: () => Promise<void>
}

export interface Options {
  /** Told once, when nothing can be written any more: Halte goes on without a log. */
  readonly notice?: ((text: string) => void) | undefined
  /** @default "5M" */
  readonly size?: `${number}${"B" | "K" | "M"}` | undefined
  readonly now?: (() => Date) | undefined
}

/** Beside the one that is written. */
const older = 2
/** Characters of one line. */
const longest = 8000
/** What a slow disk may keep waiting, in bytes: more is left out, and counted. */
const mostWaiting = 1_000_000
/** How long the end waits for the disk. */
const closeMillis = 2000

/** It never fails: without a directory that can be written there is no log. */
export const open = (directory: string, options: Options = {}): LogFile => new Opened(directory, options)

class Opened implements LogFile {
  readonly path: string
  private readonly options: Options
  private stream: RotatingFileStream | undefined
  private leftOut = 0
  private hasFailed = false
  private closing: Promise<void> | undefined

  constructor(directory: string, options: Options) {
    this.options = options
    this.path = join(directory, "halte.log")
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      this.stream = createStream("halte.log", {
        path: directory,
        size: options.size ?? "5M",
        rotate: older,
        mode: 0o600
      })
      this.stream.on("error", (error) => this.fail(error))
    } catch (error) {
      this.fail(error)
    }
  }

  write(text: string, area = "desktop"): void {
    const { stream } = this
    if (stream === undefined || this.closing !== undefined) return
    if (stream.writableLength > mostWaiting) {
      this.leftOut++
      return
    }
    const { leftOut } = this
    this.leftOut = 0
    if (leftOut > 0) stream.write(this.line("desktop", `${leftOut} entries were left out: the disk was too slow.`))
    stream.write(this.line(area, text))
  }

  about(area: string): (text: string) => void {
    return (text) => this.write(text, area)
  }

  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      const { stream } = this
      if (stream === undefined || stream.destroyed) return resolve()
      const timer = setTimeout(resolve, closeMillis)
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      stream.once("close", done)
      stream.end()
    })
    return this.closing
  }

  /** Further lines of a text are indented: none of them looks like an entry of its own. */
  private line(area: string, text: string): string {
    const time = (this.options.now?.() ?? new Date()).toISOString()
    const [first = "", ...more] = text.trimEnd().split("\n").map(short)
    return [`${time} ${short(area)}: ${first}`, ...more.map((line) => `    ${line}`)]
      .map((line) => `${line}\n`)
      .join("")
  }

  private fail(error: unknown): void {
    this.stream = undefined
    if (this.hasFailed) return
    this.hasFailed = true
    const reason = error instanceof Error ? error.message : String(error)
    this.options.notice?.(`No log can be written to \`${this.path}\`: ${reason}. Halte goes on without one.`)
  }
}

const short = (text: string): string => {
  const line = ControlSequences.strip(text)
  return line.length <= longest ? line : `${line.slice(0, longest)}…`
}
