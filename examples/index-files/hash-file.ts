/**
 * What `index-files.flow.yaml` does for each file. Halte calls it in a worker thread, with `with` of the step as its
 * argument, up to `concurrency` files at a time.
 */
import { readRecord } from "./file-record.ts"
import { append } from "./journal.ts"

interface Input {
  readonly root: string
  readonly file: string
  readonly journal: string
}

export default async ({ file, journal, root }: Input): Promise<void> => append(journal, await readRecord(root, file))
