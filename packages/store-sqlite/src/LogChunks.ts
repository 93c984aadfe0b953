/**
 * Log lines as they are stored: each append is cut into windows, and each window has one row per step. The log of a step
 * is capped: its oldest rows go first.
 */
import type { StatementSync } from "node:sqlite"
import type { LogLine } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import type { Row } from "./ExecutionRows.ts"
import * as Place from "./Place.ts"
import * as SqliteFailure from "./SqliteFailure.ts"

type Line = LogLine.LogLine

/** Bytes of log kept per step, as they are stored. */
const logLimit = 1 << 20

/** Bytes of one window: what the cap drops at once. */
const windowBytes = 64 * 1024

/** What one step has of a window. */
interface Part {
  last: number
  readonly texts: Array<string>
}

/** The log lines of one store. */
export class LogChunks {
  private readonly file: string
  private readonly insert: StatementSync
  private readonly add: StatementSync
  private readonly oldest: StatementSync
  private readonly drop: StatementSync
  private readonly selectAll: StatementSync
  private readonly selectStep: StatementSync
  private readonly number: StatementSync

  constructor(connection: Connection) {
    this.file = connection.file
    this.insert = connection.prepare(
      "INSERT INTO logs (place, execution, step, upto, bytes, lines) VALUES (?, ?, ?, ?, ?, ?)"
    )
    this.add = connection.prepare(
      `INSERT INTO log_steps (execution, step, bytes) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes RETURNING bytes`
    )
    this.oldest = connection.prepare(
      "SELECT place, bytes FROM logs WHERE execution = ? AND step = ? ORDER BY place LIMIT 1"
    )
    this.drop = connection.prepare("DELETE FROM logs WHERE place = ?")
    this.selectAll = connection.prepare(
      "SELECT step, upto, lines FROM logs WHERE place > ? AND place < ? ORDER BY place"
    )
    this.selectStep = connection.prepare(
      `SELECT step, upto, lines FROM logs INDEXED BY logs_step
       WHERE execution = ? AND step = ? AND place > ? ORDER BY place`
    )
    this.number = connection.prepare("SELECT n FROM executions WHERE id = ?")
  }

  /** Writes lines, which are later than all before. Leaves the row as it is. */
  append(row: Row, lines: ReadonlyArray<Line>): void {
    Place.assertFits(lines.at(-1)?.sequence ?? 0, this.file, row.id)
    let window = new Map<string, Part>()
    let bytes = 0
    for (const [i, line] of lines.entries()) {
      const text = encode(line)
      const part = window.get(line.step)
      if (part === undefined) window.set(line.step, { last: line.sequence, texts: [text] })
      else {
        part.last = line.sequence
        part.texts.push(text)
      }
      bytes += text.length
      if (bytes < windowBytes && i < lines.length - 1) continue
      for (const [step, complete] of window) this.appendPart(row, step, line.sequence, complete)
      window = new Map()
      bytes = 0
    }
  }

  private appendPart(row: Row, step: string, upto: number, { last, texts }: Part): void {
    const lines = texts.join("\n")
    const bytes = Buffer.byteLength(lines)
    const place = Place.of(row.n, last)
    this.insert.run(place, row.n, step, upto, bytes, lines)
    let kept = Number(this.add.get(row.n, step, bytes)?.["bytes"])
    while (kept > logLimit) {
      const oldest = this.oldest.get(row.n, step) as { place: number; bytes: number }
      // The last one stays, however long it is.
      if (oldest.place === place) break
      this.drop.run(oldest.place)
      this.add.get(row.n, step, -oldest.bytes)
      kept -= oldest.bytes
    }
  }

  read(id: string, after: number, limit: number, step: string | undefined): ReadonlyArray<Line> {
    const out: Array<Line> = []
    const n = this.number.get(id)?.["n"] as number | undefined
    if (n === undefined || limit <= 0) return out
    const from = Place.of(n, after)
    const rows =
      step === undefined ? this.selectAll.iterate(from, Place.of(n + 1, 0)) : this.selectStep.iterate(n, step, from)
    let window: Array<Line> = []
    let upto = 0
    const close = (): void => {
      for (const line of window.sort((a, b) => a.sequence - b.sequence)) if (out.length < limit) out.push(line)
      window = []
    }
    for (const found of rows) {
      const chunk = found as { step: string; upto: number; lines: string }
      if (chunk.upto !== upto) close()
      if (out.length >= limit) break
      upto = chunk.upto
      for (const text of chunk.lines.split("\n")) {
        const line = decode(text, chunk.step)
        if (line === undefined)
          throw SqliteFailure.refusal(
            `\`${this.file}\` is damaged where the log of step \`${chunk.step}\` of execution \`${id}\` is kept`
          )
        if (line.sequence > after) window.push(line)
      }
    }
    close()
    return out
  }
}

// Without the names of the fields, which would be longer than most lines.
const encode = ({ at, cut, sequence, stream, text, try: tried }: Line): string =>
  JSON.stringify(cut === true ? [sequence, at, tried, stream, text, 1] : [sequence, at, tried, stream, text])

const decode = (json: string, step: string): Line | undefined => {
  try {
    const [sequence, at, tried, stream, text, cut] = JSON.parse(json) as [
      number,
      number,
      number,
      Line["stream"],
      string,
      1?
    ]
    if (typeof sequence !== "number" || typeof text !== "string") return undefined
    return { sequence, at, step, try: tried, stream, text, ...(cut === 1 ? { cut: true } : undefined) }
  } catch {
    return undefined
  }
}
