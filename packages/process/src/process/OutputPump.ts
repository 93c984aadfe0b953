/**
 * Moves a child's output stream to where its lines go, no faster than they are taken.
 *
 * A chunk is handled in one go; when handling has used up its slice, or the taker says that it is behind, the pipe is
 * paused. It fills up then, and the child waits in its write: nothing is buffered here and nothing is lost.
 *
 * @since 0.1.0
 */
import type { Readable } from "node:stream"

const sliceMillis = 5
/** Between looks at a pipe that is about to end. */
const turnMillis = 25

/**
 * @since 0.1.0
 */
export class OutputPump {
  readonly #stream: Readable
  /** Settles once everything was handed on and the pipe is closed, or `destroy` was called. Never rejects. */
  readonly ended: Promise<void>
  /** When the last bytes came, on the monotonic clock. */
  lastChunkAt = performance.now()
  #waiting = false

  constructor(stream: Readable, take: (chunk: Uint8Array) => Promise<void> | undefined, end: () => void) {
    this.#stream = stream
    let sliceBegan = 0
    const goOn = () => {
      this.#waiting = false
      sliceBegan = 0
      stream.resume()
    }
    this.ended = new Promise((resolve) => {
      let over = false
      const finish = () => {
        if (over) return
        over = true
        end()
        resolve()
      }
      stream.once("end", finish)
      stream.once("close", finish)
      // A pipe whose other end broke has nothing more to say; the exit code tells the rest.
      stream.on("error", finish)
      stream.on("data", (chunk: Uint8Array) => {
        const now = performance.now()
        this.lastChunkAt = now
        if (sliceBegan === 0) sliceBegan = now
        const behind = take(chunk)
        if (behind !== undefined) {
          this.#waiting = true
          stream.pause()
          void behind.then(goOn, goOn)
        } else if (performance.now() - sliceBegan > sliceMillis) {
          this.#waiting = true
          stream.pause()
          setImmediate(goOn)
        }
      })
    })
  }

  /**
   * Waits for the end of the pipe, for a tree that is gone: somebody outside of it may hold the other end, so that when
   * nothing comes for `quietMillis` the pipe is closed from here.
   */
  async drain(quietMillis: number): Promise<void> {
    let over = false
    void this.ended.then(() => {
      over = true
    })
    // Counted in turns and not by the clock alone: while this thread is busy nothing is read, however much there is.
    let quiet = 0
    let seen = this.lastChunkAt
    while (!over) {
      await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, turnMillis).unref())])
      quiet = this.#waiting || this.lastChunkAt !== seen ? 0 : quiet + turnMillis
      seen = this.lastChunkAt
      if (!over && quiet > quietMillis) this.#stream.destroy()
    }
  }
}
