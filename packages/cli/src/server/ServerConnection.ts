/**
 * Whether a server can be reached at this moment, as its open streams tell: a command that follows something has one or
 * two of them, and a person is told once.
 */
import type { Change } from "@halte/client"

/** The connection was lost, or is back. */
export type News =
  | { readonly _tag: "Lost"; readonly url: string; readonly reason: string }
  | { readonly _tag: "Back"; readonly url: string; readonly lostMillis: number }

export type Listener = (news: News) => void

/** A stream that is back sooner was not away for a person: a server cuts off who reads too slowly, and lets them come back. */
const patienceMillis = 250

export class ServerConnection {
  readonly url: string
  private readonly now: () => number
  private readonly listeners: Array<Listener> = []
  private lostStreams = 0
  private lostAt = 0
  private told = false
  private waiting: ReturnType<typeof setTimeout> | undefined

  constructor(url: string, now: () => number = () => performance.now()) {
    this.url = url
    this.now = now
  }

  get lost(): boolean {
    return this.lostStreams > 0
  }

  /** News go to who listened last, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.listeners.push(listener)
    return () => {
      const at = this.listeners.lastIndexOf(listener)
      if (at >= 0) this.listeners.splice(at, 1)
    }
  }

  /** What happened to one stream. */
  readonly change = (change: Change): void => {
    const { url } = this
    if (change._tag === "Lost") {
      if (this.lostStreams++ > 0) return
      this.lostAt = this.now()
      this.waiting = setTimeout(() => {
        this.told = true
        this.tell({ _tag: "Lost", url, reason: change.reason })
      }, patienceMillis)
      this.waiting.unref()
      return
    }
    if (this.lostStreams === 0 || --this.lostStreams > 0) return
    clearTimeout(this.waiting)
    if (this.told) this.tell({ _tag: "Back", url, lostMillis: this.now() - this.lostAt })
    this.told = false
  }

  private tell(news: News): void {
    this.listeners.at(-1)?.(news)
  }
}
