/**
 * The journal beside the index: one line per file, appended as soon as the file is read. Only when all are in it does the
 * index itself appear, whole.
 *
 * A stop comes between two batches, so no file is ever read twice after it. Only a computer that fails, or a person who
 * terminates, can cut a batch short; that batch is then done again, and some of its lines stand in the journal twice, or
 * one of them half. Both do no harm: the last whole line of a path counts.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import type { FileRecord } from "./file-record.ts"

export const journalOf = (output: string): string => `${output}.journal`

/** An empty journal, whatever an earlier execution has left. */
export const begin = async ({ output }: { readonly output: string }): Promise<{ readonly journal: string }> => {
  const journal = journalOf(output)
  await mkdir(dirname(output), { recursive: true })
  await writeFile(journal, "")
  return { journal }
}

/** Its own line break comes first as well: what was left half-written before it ends there and spoils nothing. */
export const append = (journal: string, record: FileRecord): Promise<void> =>
  appendFile(journal, `\n${JSON.stringify(record)}\n`)

export interface Summary {
  /** Files in the index. */
  readonly files: number
  /** Lines in the journal: more than files only when a batch was cut short and done again. */
  readonly hashed: number
  /** The sum of their sizes. */
  readonly bytes: number
}

/** Writes the index, sorted by path, under another name and moves it into place: nobody sees half of one. */
export const finish = async ({ output }: { readonly output: string }): Promise<Summary> => {
  const journal = journalOf(output)
  const records = new Map<string, FileRecord>()
  let hashed = 0
  for (const line of (await readFile(journal, "utf8")).split("\n")) {
    const record = parse(line)
    if (record === undefined) continue
    hashed++
    records.set(record.path, record)
  }
  const sorted = [...records.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  await writeFile(`${output}.new`, sorted.map((record) => `${JSON.stringify(record)}\n`).join(""))
  await rename(`${output}.new`, output)
  await rm(journal)
  return { files: sorted.length, hashed, bytes: sorted.reduce((sum, { size }) => sum + size, 0) }
}

const parse = (line: string): FileRecord | undefined => {
  try {
    return JSON.parse(line) as FileRecord
  } catch {
    return undefined
  }
}
