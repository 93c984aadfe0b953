/**
 * Events as they are stored: one row for each append, which holds one line of JSON per event. Wide appends are cut into
 * several rows, so that reading a page reads little more than the page.
 */
import type { StatementSync } from "node:sqlite"
import type { ExecutionEvent } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import type { Row } from "./ExecutionRows.ts"
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

  constructor(connection: Connection) {
    this.file = connection.file
    this.insert = connection.prepare("INSERT INTO events (execution, last, first, lines) VALUES (?, ?, ?, ?)")
    this.select = connection.prepare(
      `SELECT first, last, lines FROM events
       WHERE execution = (SELECT n FROM executions WHERE id = ?) AND last > ? ORDER BY last`
    )
  }

  /** Writes lines, of which the first is the event after the row's sequence. Leaves the row as it is. */
  append(row: Row, lines: ReadonlyArray<string>): void {
    let first = row.sequence + 1
    for (let from = 0, to = 0; from < lines.length; from = to) {
      let characters = 0
      while (to < lines.length && to - from < mostEvents) {
        characters += lines[to]!.length
        if (characters > mostCharacters && to > from) break
        to++
      }
      const part = from === 0 && to === lines.length ? lines : lines.slice(from, to)
      this.insert.run(row.n, first + part.length - 1, first, part.join("\n"))
      first += part.length
    }
  }

  read(id: string, after: number, limit: number): ReadonlyArray<Event> {
    const out: Array<Event> = []
    if (limit <= 0) return out
    for (const chunk of this.select.iterate(id, after)) {
      const { first, last, lines } = chunk as { first: number; last: number; lines: string }
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
