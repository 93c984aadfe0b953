/**
 * Events as they are stored: one row for each append, which holds one line of JSON per event. Wide appends are cut into
 * several rows, so that reading a page reads little more than the page.
 */
import type { StatementSync } from "node:sqlite"
import type { ExecutionEvent } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import type { Row } from "./ExecutionRows.ts"
import * as Place from "./Place.ts"
import * as SqliteFailure from "./SqliteFailure.ts"

type Event = ExecutionEvent.ExecutionEvent

// Of one row.
const mostEvents = 256
const mostCharacters = 256 * 1024

/** The events of one store. */
export class EventChunks {
  private readonly file: string
  private readonly insert: StatementSync
  private readonly select: StatementSync
  private readonly delete: StatementSync
  private readonly number: StatementSync

  constructor(connection: Connection) {
    this.file = connection.file
    this.insert = connection.prepare("INSERT INTO events (place, first, lines) VALUES (?, ?, ?)")
    this.select = connection.prepare(
      "SELECT place, first, lines FROM events WHERE place > ? AND place < ? ORDER BY place"
    )
    this.delete = connection.prepare("DELETE FROM events WHERE place > ? AND place < ?")
    this.number = connection.prepare("SELECT n FROM executions WHERE id = ?")
  }

  /** Writes lines, of which the first is the event after the row's sequence. Leaves the row as it is. */
  append(row: Row, lines: ReadonlyArray<string>): void {
    let first = row.sequence + 1
    Place.assertFits(row.sequence + lines.length, this.file, row.id)
    for (let from = 0, to = 0; from < lines.length; from = to) {
      let characters = 0
      while (to < lines.length && to - from < mostEvents) {
        characters += lines[to]!.length
        if (characters > mostCharacters && to > from) break
        to++
      }
      const part = from === 0 && to === lines.length ? lines : lines.slice(from, to)
      this.insert.run(Place.of(row.n, first + part.length - 1), first, part.join("\n"))
      first += part.length
    }
  }

  read(id: string, after: number, limit: number): ReadonlyArray<Event> {
    const out: Array<Event> = []
    const n = this.number.get(id)?.["n"] as number | undefined
    if (n === undefined || limit <= 0) return out
    for (const chunk of this.select.iterate(Place.of(n, after), Place.of(n + 1, 0))) {
      const { first, lines, place } = chunk as { first: number; lines: string; place: number }
      const last = place - Place.of(n, 0)
      const texts = lines.split("\n")
      if (texts.length !== last - first + 1) throw this.damaged(id, first, last)
      const from = Math.max(0, after + 1 - first)
      for (let i = from; i < texts.length && out.length < limit; i++) {
        const event = parse(texts[i]!)
        if (event?.sequence !== first + i || event.execution !== id) throw this.damaged(id, first, last)
        out.push(event)
      }
      if (out.length >= limit) break
    }
    return out
  }

  remove(row: Row): void {
    this.delete.run(Place.of(row.n, 0), Place.of(row.n + 1, 0))
  }

  private damaged(id: string, first: number, last: number) {
    return SqliteFailure.refusal(
      `\`${this.file}\` is damaged where the events ${first} to ${last} of execution \`${id}\` are kept; its other executions can still be read`
    )
  }
}

// What `EventBatch.encode` wrote is read as it is: an event's encoded form is its type.
const parse = (text: string): Event | undefined => {
  try {
    return JSON.parse(text) as Event
  } catch {
    return undefined
  }
}
