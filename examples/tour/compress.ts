/**
 * How small a file becomes. Compressing well takes time, which is why the tour does it: in a worker thread, where it
 * neither holds up the progress on the screen nor a Ctrl-C.
 */
import { appendFile, readFile } from "node:fs/promises"
import { brotliCompressSync, constants } from "node:zlib"

interface Input {
  readonly file: string
  readonly output: string
}

/** Of large files the beginning stands for the whole, so that no file takes longer than half a second. */
const sample = 256 * 1024

export default async ({ file, output }: Input): Promise<void> => {
  const bytes = await readFile(file)
  const part = bytes.subarray(0, sample)
  const small = brotliCompressSync(part, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }).length
  const compressed = part.length === 0 ? 0 : Math.round((small / part.length) * bytes.length)
  await appendFile(output, `${JSON.stringify({ path: file, size: bytes.length, compressed })}\n`)
}
