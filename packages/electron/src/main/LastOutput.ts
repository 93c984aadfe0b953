/**
 * The end of what an engine's process has written to its stdout and stderr. It is read so that nobody who writes is kept
 * waiting. What modules and programs write there belongs to nobody's log, so it is kept in memory alone, and no more of it
 * than tells why the process itself crashed.
 */
import type { Readable } from "node:stream"

/** In bytes, of both together. */
export const most = 4_096

/** How long after the end of the process its last words may still be on their way. */
const lateMillis = 500

export interface LastOutput {
  /** Listens again, and settles with what was written last once that is all there. The process has ended. */
  readonly whole: () => Promise<string>
  /** Bytes. */
  readonly kept: () => number
}

export const read = (streams: ReadonlyArray<NodeJS.ReadableStream | null>): LastOutput => {
  const open = streams.flatMap((stream) => (stream === null ? [] : [stream as Readable]))
  const tail = Buffer.alloc(most)
  let length = 0
  const keep = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk as string).subarray(-most)
    const stays = Math.min(length, most - bytes.length)
    tail.copyWithin(0, length - stays, length)
    bytes.copy(tail, stays)
    length = stays + bytes.length
  }
  for (const stream of open) stream.on("data", keep)
  const ended = (stream: Readable): Promise<void> =>
    new Promise((resolve) => {
      if (stream.readableEnded) return resolve()
      stream
        .on("end", resolve)
        .on("close", resolve)
        .on("error", () => resolve())
      // Electron takes all listeners away when it tells the end.
      stream.off("data", keep).on("data", keep)
    })
  return {
    whole: async () => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => (timer = setTimeout(resolve, lateMillis)))
      await Promise.race([Promise.all(open.map(ended)), late])
      clearTimeout(timer)
      return tail.toString("utf8", 0, length).trim()
    },
    kept: () => length
  }
}
