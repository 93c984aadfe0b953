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

/**
 * @since 0.1.0
 */
export class OutputLines {
  readonly #limit: number
  readonly #onLine: (line: string) => void
  #parts: Array<Uint8Array> = []
  #length = 0
  #dropped = 0
  /** A carriage return was the last byte: whether it ends a line or begins it anew, the next byte says. */
  #returned = false

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit
    this.#onLine = onLine
  }

  push(chunk: Uint8Array): void {
    let from = 0
    const end = chunk.length
    if (end === 0) return
    if (this.#returned) {
      this.#returned = false
      if (chunk[0] !== lineFeed && chunk[0] !== carriageReturn) this.#beginAnew()
    }
    for (;;) {
      const at = chunk.indexOf(lineFeed, from)
      this.#segment(chunk, from, at < 0 ? end : at, at < 0)
      if (at < 0) return
      this.#emit()
      from = at + 1
      if (from === end) return
    }
  }

  /** Gives the last line, which no line feed ended. */
  end(): void {
    if (this.#length > 0 || this.#dropped > 0) this.#emit()
  }

  /** Takes the bytes from `from` to `to`, which hold no line feed. */
  #segment(chunk: Uint8Array, from: number, to: number, open: boolean): void {
    let end = to
    while (end > from && chunk[end - 1] === carriageReturn) end--
    if (end < to && open) this.#returned = true
    const again = end > from ? chunk.lastIndexOf(carriageReturn, end - 1) : -1
    if (again >= from) {
      this.#beginAnew()
      this.#add(chunk.subarray(again + 1, end))
    } else this.#add(chunk.subarray(from, end))
  }

  #beginAnew(): void {
    this.#parts = []
    this.#length = 0
    this.#dropped = 0
  }

  #add(bytes: Uint8Array): void {
    const room = this.#limit - this.#length
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room))
    if (kept.length > 0) {
      this.#parts.push(kept)
      this.#length += kept.length
    }
    this.#dropped += bytes.length - kept.length
  }

  #emit(): void {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    const dropped = this.#dropped
    this.#beginAnew()
    this.#returned = false
    const text = decode(dropped > 0 ? wholeCharacters(bytes) : bytes)
    this.#onLine(dropped > 0 ? `${text} … [${ByteText.bytes(dropped)} more on this line]` : text)
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
const decode = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Leaves out a character that the limit has cut in two. */
const wholeCharacters = (bytes: Uint8Array): Uint8Array => {
  let end = bytes.length
  for (let back = 1; back <= 4 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) break
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      if (length > back) end = bytes.length - back
      break
    }
  }
  return bytes.subarray(0, end)
}
