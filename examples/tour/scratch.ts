/**
 * The directory that the tour writes to: below the system's temporary directory, this person's own, the same every time.
 */
import { mkdir, rm } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"

/** What the steps of the tour write there, and nothing else is ever removed. */
const files = ["files.ndjson", "scripts.ndjson", "types.ndjson", "packages.json", "report.md"]

export default async ({ scratch }: { readonly scratch: string | null }): Promise<{ readonly directory: string }> => {
  const directory = scratch ?? join(tmpdir(), `halte-tour-${userInfo().username}`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const file of files) await rm(join(directory, file), { force: true })
  return { directory }
}
