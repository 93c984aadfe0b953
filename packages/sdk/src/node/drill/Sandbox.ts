/**
 * The copies that a drill works on: one of the directory as it was when the drill began, and one of that for each execution.
 *
 * @since 0.1.0
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  utimesSync
} from "node:fs"
import { chmod, copyFile, mkdir, mkdtemp, readdir, realpath, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { DurationText } from "@halte/engine"
import { DrillError } from "./DrillError.ts"
import type { Copied } from "./DrillReport.ts"
import * as FileTree from "./FileTree.ts"

/** More than this is not copied: so much would be copied once for each point. */
export const largestBytes = 1024 * 1024 * 1024
const mostFiles = 200_000

/**
 * The directories of one execution: where it works, where Halte keeps it, and where its programs keep temporary files.
 *
 * @since 0.1.0
 */
export interface Place {
  readonly root: string
  readonly work: string
  readonly state: string
  readonly temporary: string
  /** What the files were like when they were copied. */
  readonly stamps: ReadonlyMap<string, FileTree.Stamp>
}

/**
 * @since 0.1.0
 */
export interface Sandbox {
  /** The temporary directory that holds everything. */
  readonly root: string
  readonly copied: Copied
  /** The copy that all others are made from. */
  readonly template: Place
  /** Makes a place for one execution. */
  readonly make: (name: string) => Promise<Place>
  readonly remove: (place: Place) => Promise<void>
  /** Removes everything. */
  readonly close: () => Promise<void>
  /** Moves a place out of what is removed in the end; answers where it is then. */
  readonly keep: (place: Place) => Promise<string>
  /** What is known of the files of the template counts no more. */
  readonly changed: () => void
}

/**
 * Texts that stand for the same in every copy: the paths of its directories.
 *
 * @since 0.1.0
 */
export const same = (place: Place): ReadonlyArray<readonly [string, string]> => [
  [place.work, "(directory)"],
  [place.temporary, "(temporary)"],
  [place.root, "(sandbox)"]
]

/**
 * Copies a directory into a new temporary one. `.git` and `.halte` are left out, `node_modules` are linked.
 *
 * @since 0.1.0
 */
export const make = async (directory: string, ignore: ReadonlyArray<string>): Promise<Sandbox> => {
  const size = await measure(directory, ignore)
  await removeOld()
  const root = await realpath(await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`)))
  let kept: string | undefined
  const place = async (name: string, from: string, linked: Map<string, string>): Promise<Place> => {
    const at = join(root, name)
    const made = { root: at, work: join(at, "work"), state: join(at, "state"), temporary: join(at, "tmp") }
    for (const path of [made.work, made.state, made.temporary]) await mkdir(path, { recursive: true, mode: 0o700 })
    const stamps = new Map<string, FileTree.Stamp>()
    for (const file of name === "template" ? [] : await readdir(template.state))
      await copyFile(join(template.state, file), join(made.state, file))
    await copy(from, made.work, {
      ignore,
      linked,
      stamps,
      known: name === "template" ? undefined : template.stamps
    })
    return { ...made, stamps }
  }
  const linked = new Map<string, string>()
  let template: Place = { root, work: "", state: "", temporary: "", stamps: new Map() }
  try {
    template = await place("template", directory, linked)
  } catch (error) {
    await rm(root, { recursive: true, force: true })
    throw unusable(error)
  }
  const copied: Copied = { directory, ...size, linked: [...linked.keys()].sort() }
  return {
    root,
    copied,
    get template() {
      return template
    },
    changed: () => {
      template = { ...template, stamps: new Map() }
    },
    make: (name) => place(name, template.work, linked).catch((error: unknown) => Promise.reject(unusable(error))),
    remove: ({ root: at }) => removeAll(at),
    keep: async ({ root: at }) => {
      kept ??= await realpath(await mkdtemp(join(tmpdir(), "halte-kept-")))
      const to = join(kept, basename(at))
      await rename(at, to)
      return to
    },
    close: () => removeAll(root)
  }
}

const prefix = "halte-drill-"

/** Those of drills that were killed before they could remove them. */
const removeOld = async (): Promise<void> => {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1])
    const path = join(tmpdir(), name)
    if (Number.isNaN(pid) || isAlive(pid) || lstatSync(path, { throwIfNoEntry: false })?.uid !== process.getuid?.())
      continue
    await removeAll(path).catch(() => undefined)
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

// A program may have taken away the right to do so from directories of its own.
const removeAll = async (path: string): Promise<void> => {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    await open(path)
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

const open = async (path: string): Promise<void> => {
  await chmod(path, 0o700).catch(() => undefined)
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await open(join(path, entry.name))
}

const unusable = (error: unknown): DrillError =>
  error instanceof DrillError
    ? error
    : new DrillError({
        code: "sandbox-unusable",
        reason: `The directory can't be copied: ${error instanceof Error ? error.message : String(error)}.`,
        hint: `Look at the space and the rights below \`${tmpdir()}\`, or name another directory with TMPDIR.`
      })

const measure = async (
  directory: string,
  ignore: ReadonlyArray<string>
): Promise<{ readonly files: number; readonly bytes: number }> => {
  let files = 0
  let bytes = 0
  const byName = new Map<string, number>()
  const pace = FileTree.pacer()
  const visit = async (at: string): Promise<void> => {
    for (const entry of FileTree.entriesOf(join(directory, at))) {
      const path = at === "" ? entry.name : `${at}/${entry.name}`
      if (FileTree.isLeftOut(entry.name) || FileTree.isMeant(path, ignore)) continue
      if (entry.isDirectory()) await visit(path)
      else if (entry.isFile()) {
        const size = lstatSync(join(directory, path), { throwIfNoEntry: false })?.size ?? 0
        files++
        bytes += size
        const top = path.split("/", 1)[0]!
        byName.set(top, (byName.get(top) ?? 0) + size)
        if (files > mostFiles || bytes > largestBytes) throw tooLarge(directory, byName)
        await pace()
      }
    }
  }
  if (lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new DrillError({
      code: "sandbox-unusable",
      reason: `\`${directory}\` is no directory.`,
      hint: "Name one that is there."
    })
  await visit("")
  return { files, bytes }
}

const tooLarge = (directory: string, byName: ReadonlyMap<string, number>): DrillError => {
  const [largest] = [...byName].sort(([, a], [, b]) => b - a)
  return new DrillError({
    code: "sandbox-too-large",
    reason: `\`${directory}\` holds more than 1 GiB or ${DurationText.plural(mostFiles, "file")}, and would be copied for each point.`,
    hint: `Name what the flow does not need${largest === undefined ? "" : ` (the largest is \`${largest[0]}\`)`} in \`drill: { ignore: […] }\`, or give it a small directory with \`drill: { directory: … }\`.`
  })
}

interface Copying {
  readonly ignore: ReadonlyArray<string>
  /** Where links lead that stand for what is not copied. */
  readonly linked: Map<string, string>
  readonly stamps: Map<string, FileTree.Stamp>
  /** Of the tree that is copied: what was hashed once need not be hashed again. */
  readonly known: ReadonlyMap<string, FileTree.Stamp> | undefined
}

const copy = async (from: string, to: string, options: Copying): Promise<void> => {
  const { ignore, known, linked, stamps } = options
  const pace = FileTree.pacer()
  const visit = async (at: string): Promise<void> => {
    for (const entry of readdirSync(join(from, at), { withFileTypes: true })) {
      const path = at === "" ? entry.name : `${at}/${entry.name}`
      const source = join(from, path)
      const target = join(to, path)
      if (entry.name === "node_modules") {
        const real = linked.get(path) ?? realpathSync(source)
        linked.set(path, real)
        symlinkSync(real, target)
        continue
      }
      if (FileTree.isLeftOut(entry.name) || FileTree.isMeant(path, ignore)) continue
      if (entry.isDirectory()) {
        mkdirSync(target)
        await visit(path)
        chmodSync(target, lstatSync(source).mode & 0o7777)
      } else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
      else if (entry.isFile()) {
        // A copy that shares its blocks, where the file system can.
        copyFileSync(source, target, constants.COPYFILE_FICLONE)
        const before = lstatSync(source)
        utimesSync(target, before.atime, before.mtime)
        const { ctimeMs: changedAt, ino: inode, mtimeMs: modifiedAt, size } = lstatSync(target)
        const sha256 = known?.get(path)?.sha256 ?? (await FileTree.hashOfFile(target))
        stamps.set(path, { size, inode, changedAt, modifiedAt, sha256 })
      }
      await pace()
    }
  }
  await visit("")
}
