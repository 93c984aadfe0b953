/**
 * A tree of files at one moment: path, kind, mode, digest; of what has changed since the copy, the text.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { createReadStream, type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join, matchesGlob } from "node:path"

/**
 * What stands at one path. `text` is there of files up to 1 MiB that are text and that are not as they were copied.
 *
 * @since 0.1.0
 */
export interface FileEntry {
  readonly kind: "file" | "directory" | "link" | "other"
  /** Permissions, without the kind. */
  readonly mode: number
  readonly sha256?: string | undefined
  /** Where a link leads. */
  readonly target?: string | undefined
  readonly text?: string | undefined
}

/**
 * Entries by path, relative to the root, with `/`.
 *
 * @since 0.1.0
 */
export type FileTree = ReadonlyMap<string, FileEntry>

/**
 * What tells whether a file was touched since, without reading it: nobody can set the time of the last change.
 *
 * @since 0.1.0
 */
export interface Stamp {
  readonly size: number
  readonly inode: number
  readonly changedAt: number
  readonly modifiedAt: number
  readonly sha256: string
}

const largestText = 1024 * 1024
/** Larger ones are read piece by piece, and what they hold is not looked into. */
const largestWhole = 4 * 1024 * 1024

/** Names that are never part of a tree, at any depth. */
const leftOut: ReadonlySet<string> = new Set([".git", "node_modules", ".halte"])

/**
 * Whether a path is meant by one of the patterns, itself or by a directory above it.
 *
 * @since 0.1.0
 */
export const isMeant = (path: string, patterns: ReadonlyArray<string>): boolean =>
  patterns.some((pattern) => {
    const plain = pattern.replace(/\/+$/, "")
    return (
      path === plain || path.startsWith(`${plain}/`) || matchesGlob(path, plain) || matchesGlob(path, `${plain}/**`)
    )
  })

/**
 * Whether a name is passed over wherever it stands.
 *
 * @since 0.1.0
 */
export const isLeftOut = (name: string): boolean => leftOut.has(name)

/** Milliseconds for which the thread is kept: executions may be under way in it, whose stops are measured. */
const sliceMillis = 4

/**
 * Lets the event loop turn when it was kept for long enough. Thousands of small calls take a fraction of the time when they
 * are not waited for one by one.
 *
 * @since 0.1.0
 */
export const pacer = (): (() => Promise<void> | undefined) => {
  let since = performance.now()
  return () => {
    if (performance.now() - since < sliceMillis) return undefined
    return new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now()
        resolve()
      })
    )
  }
}

/**
 * The entries of a directory in the order of their names; none where it can't be read.
 *
 * @since 0.1.0
 */
export const entriesOf = (directory: string): ReadonlyArray<Dirent> => {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

/**
 * Reads a tree. The path of the root itself counts as the same text everywhere, since each copy has another one.
 *
 * @since 0.1.0
 */
export const read = async (
  root: string,
  options: {
    readonly ignore: ReadonlyArray<string>
    /** Only these, when there are any. */
    readonly compare?: ReadonlyArray<string> | undefined
    /** Texts that stand for the same thing in another tree, by what they are replaced with. */
    readonly same: ReadonlyArray<readonly [text: string, name: string]>
    readonly stamps?: ReadonlyMap<string, Stamp> | undefined
  }
): Promise<FileTree> => {
  const found = new Map<string, FileEntry>()
  const pace = pacer()
  const entryOf = async (entry: Dirent, path: string): Promise<FileEntry | undefined> => {
    const at = join(root, path)
    if (entry.isSymbolicLink()) return { kind: "link", mode: 0, target: replaced(readlinkSync(at), options.same) }
    const { ctimeMs, ino, mode: all, mtimeMs, size } = lstatSync(at)
    const mode = all & 0o7777
    if (entry.isDirectory()) return { kind: "directory", mode }
    if (!entry.isFile()) return { kind: "other", mode }
    const stamp = options.stamps?.get(path)
    const untouched =
      stamp !== undefined &&
      stamp.size === size &&
      stamp.inode === ino &&
      stamp.changedAt === ctimeMs &&
      stamp.modifiedAt === mtimeMs
    const content = untouched ? { sha256: stamp.sha256 } : await contentOf(at, size, options.same)
    return { kind: "file", mode, ...content }
  }
  const visit = async (directory: string): Promise<void> => {
    for (const entry of entriesOf(join(root, directory))) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`
      if (isLeftOut(entry.name) || isMeant(path, options.ignore)) continue
      if (options.compare === undefined || isMeant(path, options.compare)) {
        // It may have gone meanwhile.
        const read = await entryOf(entry, path).catch(() => undefined)
        if (read !== undefined) found.set(path, read)
      }
      await pace()
      if (entry.isDirectory()) await visit(path)
    }
  }
  await visit("")
  return found
}

const contentOf = async (
  file: string,
  size: number,
  same: ReadonlyArray<readonly [string, string]>
): Promise<Pick<FileEntry, "sha256" | "text">> => {
  if (size > largestWhole) return { sha256: await hashOfFile(file) }
  const bytes = readFileSync(file)
  if (bytes.includes(0)) return { sha256: digest(bytes) }
  const text = bytes.toString("utf8")
  // What is no UTF-8 would not be the same when it is written again.
  if (!Buffer.from(text, "utf8").equals(bytes)) return { sha256: digest(bytes) }
  const named = replaced(text, same)
  return { sha256: digest(named), ...(size <= largestText ? { text: named } : undefined) }
}

/**
 * SHA-256 of a file, read piece by piece.
 *
 * @since 0.1.0
 */
export const hashOfFile = async (file: string): Promise<string> => {
  const hash = createHash("sha256")
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) hash.update(piece)
  return hash.digest("hex")
}

/**
 * SHA-256 in hexadecimal.
 *
 * @since 0.1.0
 */
export const digest = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex")

/**
 * A text with what stands for the same thing replaced by its name.
 *
 * @since 0.1.0
 */
export const replaced = (text: string, same: ReadonlyArray<readonly [text: string, name: string]>): string =>
  same.reduce((all, [from, name]) => (from === "" ? all : all.replaceAll(from, name)), text)
