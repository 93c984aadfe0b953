/**
 * The same flow as `index-files.flow.yaml`, in TypeScript: what a step gives is the typed input of the next ones, and the
 * work runs in the program's own thread.
 */
import { Schema } from "effect"
import { Flow, Params, Step } from "@halte/engine"
import { glob } from "node:fs/promises"
import { join } from "node:path"
import { readRecord } from "./file-record.ts"
import * as Journal from "./journal.ts"

const params = Params.make(Schema.Struct({ root: Schema.String, output: Schema.String }))

const begin = Step.make("begin", {
  input: { params },
  run: ({ params }) => Journal.begin(params)
})

const hash = Step.forEach("hash", {
  input: { params, begin },
  items: ({ params }) => filesBelow(params.root),
  every: 64,
  concurrency: 8,
  onItemFailure: "continue",
  run: async (file: string, _step, _index, { begin, params }) =>
    Journal.append(begin.journal, await readRecord(params.root, file))
})

export const finish = Step.make("finish", {
  input: { params },
  after: hash,
  run: ({ params }) => Journal.finish(params)
})

export const indexFiles = Flow.make("index-files", { params, steps: [begin, hash, finish] })

const filesBelow = async (root: string): Promise<ReadonlyArray<string>> => {
  const files: Array<string> = []
  for await (const entry of glob("**/*", { cwd: root, withFileTypes: true }))
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
  return files.sort()
}
