/**
 * A disk of a few megabytes, which can be full and can be read-only. Mounting it needs the superuser, and a system that
 * lets him: elsewhere these tests are skipped, and their titles say so.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"

const run = (...args: ReadonlyArray<string>): boolean => spawnSync(args[0]!, args.slice(1)).status === 0

const mount = (megabytes: number): string | undefined => {
  const path = mkdtempSync(join(tmpdir(), "halte-disk-"))
  if (run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path)) return path
  rmdirSync(path)
  return undefined
}

const unmount = (path: string): void => {
  run("umount", path)
  rmdirSync(path)
}

/** Why there can't be one here. */
export const missing: string | undefined = (() => {
  if (process.platform !== "linux") return "needs a tmpfs of Linux"
  const path = mount(1)
  if (path === undefined) return "needs the right to mount a tmpfs"
  unmount(path)
  return undefined
})()

/** The title of a test that needs one. */
export const title = (text: string): string => (missing === undefined ? text : `${text} (skipped: ${missing})`)

export interface SmallDisk {
  readonly path: string
  readonly makeReadOnly: () => boolean
}

export const make = (megabytes: number): Effect.Effect<SmallDisk, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mount(megabytes)!),
      (path) => Effect.sync(() => unmount(path))
    ),
    (path) => ({ path, makeReadOnly: () => run("mount", "-o", "remount,ro", path) })
  )
