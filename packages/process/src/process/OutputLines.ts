/**
 * Cuts what a process writes into lines of text.
 *
 * Lines end with a line feed, with or without a carriage return before it. A carriage return alone begins the line anew,
 * as on a terminal: only what would be seen in the end is a line. Bytes are UTF-8; a character that is split over two
 * chunks stays whole, and bytes that are no UTF-8 become U+FFFD. A line longer than the limit is cut there, and a note
 * says how much is missing.
 *
 * @since 0.1.0
 */
import * as ByteText from "./ByteText.ts"

const lineFeed = 10
const carriageReturn = 13
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * @since 0.1.0
 */
export class OutputLines {
  /** In characters (UTF-16 units). */
  readonly #limit: number
  readonly #onLine: (line: string) => void
  /** The bytes of the line that has no end yet. */
  #open: Array<Uint8Array> = []
  #openBytes = 0
  /** Bytes of that line which were not kept. */
  #dropped = 0

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit
    this.#onLine = onLine
  }

  push(chunk: Uint8Array): void {
    const end = chunk.lastIndexOf(lineFeed)
    if (end < 0) return this.#keep(chunk)
    const whole = this.#take(chunk.subarray(0, end))
    const dropped = this.#dropped
    this.#dropped = 0
    // All lines of a chunk are decoded at once: one by one would take ten times as long.
    const lines = decoder.decode(whole).split("\n")
    for (let i = 0; i < lines.length; i++) this.#emit(lines[i]!, i === 0 ? dropped : 0)
    if (end + 1 < chunk.length) this.#keep(chunk.subarray(end + 1))
  }

  /** Gives the last line, which no line feed ended. */
  end(): void {
    if (this.#openBytes === 0 && this.#dropped === 0) return
    const line = decoder.decode(this.#take(new Uint8Array(0)))
    const dropped = this.#dropped
    this.#dropped = 0
    this.#emit(line, dropped)
  }

  #take(rest: Uint8Array): Uint8Array {
    if (this.#openBytes === 0) return rest
    const whole = Buffer.concat([...this.#open, rest])
    this.#open = []
    this.#openBytes = 0
    return whole
  }

  /** Keeps bytes of a line that may go on for ever: no more of them than the limit can need. */
  #keep(bytes: Uint8Array): void {
    let kept = bytes
    // A return that is not the last byte, and not followed by returns alone, has begun the line anew.
    const last = lastText(bytes)
    const anew = last < 0 ? -1 : bytes.lastIndexOf(carriageReturn, last)
    if (anew >= 0 || (last >= 0 && this.#endsWithReturn())) {
      this.#open = []
      this.#openBytes = 0
      this.#dropped = 0
      kept = bytes.subarray(anew + 1)
    }
    const room = Math.max(0, this.#limit * 4 - this.#openBytes)
    if (kept.length > room) {
      this.#dropped += kept.length - room
      kept = kept.subarray(0, room)
    }
    if (kept.length === 0) return
    this.#open.push(Uint8Array.from(kept))
    this.#openBytes += kept.length
  }

  #endsWithReturn(): boolean {
    return this.#open.at(-1)?.at(-1) === carriageReturn
  }

  #emit(raw: string, dropped: number): void {
    let line = raw
    if (line.includes("\r")) {
      let end = line.length
      while (end > 0 && line.charCodeAt(end - 1) === carriageReturn) end--
      line = line.slice(line.lastIndexOf("\r", end - 1) + 1, end)
    }
    if (line.length <= this.#limit && dropped === 0) return this.#onLine(line)
    const cut = this.#limit > 0 && isHighSurrogate(line.charCodeAt(this.#limit - 1)) ? this.#limit - 1 : this.#limit
    const more = Buffer.byteLength(line.slice(cut)) + dropped
    this.#onLine(`${line.slice(0, cut)} … [${ByteText.bytes(more)} more on this line]`)
  }
}

const lastText = (bytes: Uint8Array): number => {
  let at = bytes.length - 1
  while (at >= 0 && bytes[at] === carriageReturn) at--
  return at
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
