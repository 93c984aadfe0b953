/**
 * Looks for flow files in directories: near ones first, with bounds, since a directory may be anything.
 *
 * @since 0.1.0
 */
import { readdir, realpath, stat } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"

/**
 * How far is looked. What is cut is said.
 *
 * @since 0.1.0
 */
export interface Bounds {
  /** Levels below a directory. */
  readonly depth: number
  readonly directories: number
  readonly files: number
}

/**
 * @since 0.1.0
 */
export const bounds: Bounds = { depth: 12, directories: 5_000, files: 500 }

/**
 * What was found: absolute paths in their order, each file once; and which bound was met first, if one was.
 *
 * @since 0.1.0
 */
export interface Found {
  readonly files: ReadonlyArray<string>
  readonly cut: keyof Bounds | undefined
}

const ending = /.\.flow\.(?:ya?ml|json)$/

/**
 * What people make flow files in; what is in these was made by programs, or is somebody else's. To the file system of
 * Electron an archive of its own kind is a directory: without this the engine of a desktop would find more than a terminal.
 */
const isPassedOver = (name: string): boolean =>
  name.startsWith(".") || name === "node_modules" || name === "dist" || /\.asar$/i.test(name)

/**
 * The `*.flow.yaml`, `.flow.yml` and `.flow.json` of some files and directories and of what is below them: `node_modules`,
 * `dist`, `*.asar` and directories whose name begins with a dot are passed over, links to directories are not followed. A file that
 * is named itself is taken as it is. What can't be read holds nothing.
 *
 * @since 0.1.0
 */
export const find = (places: ReadonlyArray<string>, within: Bounds = bounds): Effect.Effect<Found> =>
  Effect.promise(async () => {
    const named = new Set<string>()
    const found = new Set<string>()
    let cut: keyof Bounds | undefined
    let level: Array<string> = []
    for (const place of places) {
      if (await isDirectory(place)) level.push(place)
      else named.add(place)
    }
    let directories = level.length
    for (let depth = 0; level.length > 0; depth++) {
      const next: Array<string> = []
      for (const directory of level)
        for (const entry of await entries(directory)) {
          const path = join(directory, entry.name)
          if (entry.isDirectory()) {
            if (!isPassedOver(entry.name)) next.push(path)
          } else if (
            ending.test(entry.name) &&
            (entry.isFile() || (entry.isSymbolicLink() && !(await isDirectory(path))))
          )
            if (found.size < within.files) found.add(path)
            else cut ??= "files"
        }
      if (next.length > 0 && depth >= within.depth) {
        cut ??= "depth"
        break
      }
      if (directories + next.length > within.directories) cut ??= "directories"
      level = next.slice(0, Math.max(0, within.directories - directories))
      directories += level.length
    }
    return { files: await once([...named, ...[...found].sort()]), cut }
  })

const entries = (directory: string) =>
  readdir(directory, { withFileTypes: true }).then(
    (found) => found.sort((a, b) => (a.name < b.name ? -1 : 1)),
    () => []
  )

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )

/** A file under two names is one. */
const once = async (paths: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)))
  return paths.filter((_, i) => real.indexOf(real[i]!) === i)
}
