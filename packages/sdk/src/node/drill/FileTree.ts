/**
 * A tree of files at one moment: path, kind, mode, digest; of what has changed since the copy, the text.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { lstat, readdir, readFile, readlink } from "node:fs/promises"
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
const largestWhole = 16 * 1024 * 1024

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
  const files: Array<string> = []
  const visit = async (directory: string): Promise<void> => {
    const entries = await readdir(join(root, directory), { withFileTypes: true }).catch(() => [])
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`
      if (isLeftOut(entry.name) || isMeant(path, options.ignore)) continue
      const wanted = options.compare === undefined || isMeant(path, options.compare)
      const stats = await lstat(join(root, path)).catch(() => undefined)
      if (stats === undefined) continue
      const mode = stats.mode & 0o7777
      if (entry.isDirectory()) {
        if (wanted) found.set(path, { kind: "directory", mode })
        await visit(path)
      } else if (!wanted) continue
      else if (entry.isSymbolicLink())
        found.set(path, {
          kind: "link",
          mode: 0,
          target: replaced(await readlink(join(root, path)).catch(() => ""), options.same)
        })
      else if (entry.isFile()) {
        const stamp = options.stamps?.get(path)
        const untouched =
          stamp !== undefined &&
          stamp.size === stats.size &&
          stamp.inode === stats.ino &&
          stamp.changedAt === stats.ctimeMs &&
          stamp.modifiedAt === stats.mtimeMs
        found.set(path, { kind: "file", mode, ...(untouched ? { sha256: stamp.sha256 } : undefined) })
        if (!untouched) files.push(path)
      } else found.set(path, { kind: "other", mode })
    }
  }
  await visit("")
  for (let i = 0; i < files.length; i += 16)
    await Promise.all(
      files.slice(i, i + 16).map(async (path) => {
        const content = await contentOf(join(root, path), options.same)
        const before = found.get(path)!
        // It may have gone meanwhile.
        if (content === undefined) found.delete(path)
        else found.set(path, { ...before, ...content })
      })
    )
  return found
}

const contentOf = async (
  file: string,
  same: ReadonlyArray<readonly [string, string]>
): Promise<Pick<FileEntry, "sha256" | "text"> | undefined> => {
  try {
    const { size } = await lstat(file)
    if (size > largestWhole) return { sha256: await hashOfFile(file) }
    const bytes = await readFile(file)
    const isText = !bytes.includes(0)
    if (!isText) return { sha256: digest(bytes) }
    const text = bytes.toString("utf8")
    // What is no UTF-8 would not be the same when it is written again.
    if (!Buffer.from(text, "utf8").equals(bytes)) return { sha256: digest(bytes) }
    const named = replaced(text, same)
    return { sha256: digest(named), ...(size <= largestText ? { text: named } : undefined) }
  } catch {
    return undefined
  }
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
