/**
 * What the index says about one file.
 */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { relative, resolve, sep } from "node:path"

export interface FileRecord {
  /** Relative to the root, with `/` on every system. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  readonly sha256: string
}

/** Reads a file once, piece by piece, whatever its size. */
export const readRecord = async (root: string, file: string): Promise<FileRecord> => {
  const hash = createHash("sha256")
  let size = 0
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(piece)
    size += piece.length
  }
  const path = relative(resolve(root), resolve(file)).replaceAll(sep, "/")
  return { path, size, sha256: hash.digest("hex") }
}
