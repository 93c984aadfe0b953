/**
 * Directories that are gone after the test.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

export const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-store-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
