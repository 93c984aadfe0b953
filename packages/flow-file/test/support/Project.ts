import { Effect } from "effect"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fixture } from "./Fixtures.ts"

/** A directory with files for one test; removed when the test's scope closes. Files that begin with `#!` can be run. */
export const make = (files: Readonly<Record<string, string>>, copied: ReadonlyArray<string> = []) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const directory = mkdtempSync(join(tmpdir(), "halte-flow-file-"))
      for (const name of copied) {
        mkdirSync(dirname(join(directory, name)), { recursive: true })
        cpSync(fixture(name), join(directory, name))
      }
      for (const [name, text] of Object.entries(files)) {
        const path = join(directory, name)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text)
        if (text.startsWith("#!")) chmodSync(path, 0o755)
      }
      return directory
    }),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )

/** Makes it the working directory of this test file's process: modules in worker threads have no other. */
export const enter = (directory: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.cwd()
      process.chdir(directory)
      return before
    }),
    (before) => Effect.sync(() => process.chdir(before))
  )

/** Lets modules of a project import what this repository has installed. */
export const linkPackages = (directory: string) =>
  Effect.sync(() =>
    symlinkSync(resolve(import.meta.dirname, "../../../../node_modules"), join(directory, "node_modules"))
  )
