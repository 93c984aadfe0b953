/**
 * How a program tells its progress: it appends lines of JSON to the file named in `HALTE_REPORT`.
 *
 * A line is `{"done": 3, "total": 10, "cursor": …, "message": "…"}`, each part optional. `cursor` is where the next
 * attempt goes on; that one finds it in `HALTE_CURSOR`, a text as it is, anything else as JSON. A file serves every
 * language with one line of code and outlives a program that was killed; writing it anew (`>`) works as well as appending.
 *
 * @since 0.1.0
 */
import {
  closeSync,
  type FSWatcher,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  unlinkSync,
  watch
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

/**
 * @since 0.1.0
 */
export const reportVariable = "HALTE_REPORT"
/**
 * @since 0.1.0
 */
export const cursorVariable = "HALTE_CURSOR"

/**
 * One line of a report.
 *
 * @since 0.1.0
 */
export interface Report {
  readonly done?: number
  readonly total?: number
  readonly message?: string
  /** Absent when the line has none; `null` is a cursor. */
  readonly cursor?: unknown
}

const prefix = "halte-report-"
/** The time in which further writes are taken together. */
const gatherMillis = 20
/** How often files are looked at where the system can't watch the directory. */
const pollMillis = 200
const chunkBytes = 64 * 1024
/** A line without an end is given up at this length. */
const longestLine = 1024 * 1024

/**
 * The directory of an engine's report files, made at the first use, with one watcher for all of them.
 *
 * @since 0.1.0
 */
export class ReportDirectory {
  /** As it is when the engine begins: what the variable says later may be meant for its programs. */
  readonly #parent = tmpdir()
  #path: string | undefined
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  readonly #files = new Map<string, ReportFile>()
  #number = 0

  open(onReport: (report: Report) => void, onBadLine: (reason: string) => void): ReportFile {
    const path = this.#directory()
    const name = `step-${++this.#number}`
    const file: ReportFile = new ReportFile(join(path, name), onReport, onBadLine, () => {
      this.#files.delete(name)
      if (this.#files.size === 0) clearInterval(this.#poll)
    })
    this.#files.set(name, file)
    if (this.#watcher === undefined) this.#pollAll()
    return file
  }

  close(): void {
    this.#watcher?.close()
    clearInterval(this.#poll)
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true })
  }

  #directory(): string {
    if (this.#path !== undefined) return this.#path
    removeOld()
    const path = mkdtempSync(join(this.#parent, `${prefix}${process.pid}-`))
    this.#path = path
    try {
      this.#watcher = watch(path, { persistent: false }, (_event, name) => {
        // Some systems don't say which file it was.
        if (name === null) for (const file of this.#files.values()) file.changed()
        else this.#files.get(basename(name.toString()))?.changed()
      })
      this.#watcher.on("error", () => {
        this.#watcher?.close()
        this.#watcher = undefined
        this.#pollAll()
      })
    } catch {
      this.#watcher = undefined
    }
    return path
  }

  #pollAll(): void {
    clearInterval(this.#poll)
    this.#poll = setInterval(() => {
      for (const file of this.#files.values()) file.read()
    }, pollMillis)
    this.#poll.unref()
  }
}

/** Directories of engines that were killed before they could remove them; a day old, lest one lives where we can't see it. */
const removeOld = (): void => {
  try {
    for (const name of readdirSync(tmpdir())) {
      const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1])
      if (Number.isNaN(pid) || isAlive(pid)) continue
      const path = join(tmpdir(), name)
      if (Date.now() - statSync(path).mtimeMs > 24 * 3_600_000) rmSync(path, { recursive: true, force: true })
    }
  } catch {
    // Somebody else's, or gone meanwhile: it is not needed for anything here.
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/**
 * The report file of one step. It exists once the program writes to it.
 *
 * @since 0.1.0
 */
export class ReportFile {
  readonly path: string
  readonly #onReport: (report: Report) => void
  readonly #onBadLine: (reason: string) => void
  readonly #onClose: () => void
  #offset = 0
  #rest = Buffer.alloc(0)
  /** The bytes before the offset: when they are no longer there the file was written anew. */
  #tail = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    path: string,
    onReport: (report: Report) => void,
    onBadLine: (reason: string) => void,
    onClose: () => void
  ) {
    this.path = path
    this.#onReport = onReport
    this.#onBadLine = onBadLine
    this.#onClose = onClose
  }

  /** Something was written: it is read a moment later, together with what follows. */
  changed(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.read()
    }, gatherMillis)
  }

  /** Reads what is new. */
  read(): void {
    let descriptor: number
    try {
      descriptor = openSync(this.path, "r")
    } catch {
      return
    }
    try {
      if (this.#wasWrittenAnew(descriptor)) {
        this.#offset = 0
        this.#tail = Buffer.alloc(0)
        this.#rest = Buffer.alloc(0)
      }
      const buffer = Buffer.alloc(chunkBytes)
      for (let count; (count = readSync(descriptor, buffer, 0, chunkBytes, this.#offset)) > 0;) {
        this.#offset += count
        const read = buffer.subarray(0, count)
        this.#tail = Buffer.from(Buffer.concat([this.#tail, read]).subarray(-256))
        this.#take(read)
      }
    } catch {
      // Unreadable at this moment: the next change or the end of the step reads it.
    } finally {
      closeSync(descriptor)
    }
  }

  /** Reads what is left, a last line without line feed included, and removes the file. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.read()
    if (this.#rest.length > 0) this.#line(this.#rest.toString("utf8"))
    this.#onClose()
    try {
      unlinkSync(this.path)
    } catch {
      // It was never written.
    }
  }

  #wasWrittenAnew(descriptor: number): boolean {
    if (this.#offset === 0) return false
    if (statSync(this.path).size < this.#offset) return true
    const tail = Buffer.alloc(this.#tail.length)
    readSync(descriptor, tail, 0, tail.length, this.#offset - tail.length)
    return !tail.equals(this.#tail)
  }

  #take(read: Buffer): void {
    let text = this.#rest.length === 0 ? read : Buffer.concat([this.#rest, read])
    for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10)) {
      this.#line(text.toString("utf8", 0, at))
      text = text.subarray(at + 1)
    }
    if (text.length > longestLine) {
      this.#onBadLine("a line is longer than 1 MiB")
      text = Buffer.alloc(0)
    }
    this.#rest = Buffer.from(text)
  }

  #line(line: string): void {
    if (line.trim() === "") return
    const report = parse(line)
    if (typeof report === "string") this.#onBadLine(report)
    else this.#onReport(report)
  }
}

/**
 * Reads one line; a text is the reason why it is no report.
 *
 * @since 0.1.0
 */
export const parse = (line: string): Report | string => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return `\`${line.slice(0, 80)}\` is not JSON`
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `\`${line.slice(0, 80)}\` is not an object like {"done": 3, "total": 10}`
  }
  const { cursor, done, message, total } = value as Record<string, unknown>
  if (done !== undefined && !isCount(done)) return `\`done\` is ${JSON.stringify(done)}, not a number of 0 or more`
  if (total !== undefined && !isCount(total)) return `\`total\` is ${JSON.stringify(total)}, not a number of 0 or more`
  if (message !== undefined && typeof message !== "string")
    return `\`message\` is ${JSON.stringify(message)}, not a text`
  if (done === undefined && cursor === undefined) return `\`${line.slice(0, 80)}\` has neither \`done\` nor \`cursor\``
  return {
    ...(done === undefined ? undefined : { done }),
    ...(total === undefined ? undefined : { total }),
    ...(message === undefined ? undefined : { message }),
    ...(cursor === undefined ? undefined : { cursor })
  }
}

const isCount = (u: unknown): u is number => typeof u === "number" && Number.isFinite(u) && u >= 0

/**
 * A cursor as the value of `HALTE_CURSOR`.
 *
 * @since 0.1.0
 */
export const cursorText = (cursor: unknown): string => (typeof cursor === "string" ? cursor : JSON.stringify(cursor))
