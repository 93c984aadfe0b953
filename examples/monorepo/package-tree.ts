/**
 * The packages of a `package-lock.json` and which of them needs which, as Node would find them.
 */

export interface Package {
  /** Where it lies, relative to the lockfile: `node_modules/effect`, `packages/engine`. */
  readonly path: string
  readonly name: string
  readonly version: string
  /** The paths of the packages that it needs, in the order of the alphabet. */
  readonly needs: ReadonlyArray<string>
}

export interface PackageTree {
  readonly packages: ReadonlyArray<Package>
  /** The edges that were left out, so that nothing waits for itself. */
  readonly leftOut: ReadonlyArray<readonly [from: string, to: string]>
}

interface Entry {
  readonly version?: string
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/**
 * Reads the text of a lockfile of npm (version 2 or 3).
 *
 * Packages may need each other in a circle. A flow may not, so some edges are left out, by this rule: go through the
 * packages in the order of the alphabet, and from each to what it needs, in that order, as deep as it goes. An edge to a
 * package that the way down has come through is left out. So the same lockfile always gives the same tree.
 */
export const read = (lockfile: string): PackageTree => {
  const { packages: entries = {} } = JSON.parse(lockfile) as { readonly packages?: Readonly<Record<string, Entry>> }
  const paths = Object.keys(entries)
    .filter((path) => path !== "" && entries[path]!.link !== true)
    .sort()
  const needs = new Map(paths.map((path) => [path, neededBy(path, entries)]))

  const leftOut: Array<readonly [string, string]> = []
  const state = new Map<string, "under way" | "done">()
  const visit = (path: string): void => {
    state.set(path, "under way")
    for (const needed of needs.get(path)!) {
      if (state.get(needed) === "under way") leftOut.push([path, needed])
      else if (!state.has(needed)) visit(needed)
    }
    state.set(path, "done")
  }
  for (const path of paths) if (!state.has(path)) visit(path)

  const isLeftOut = (from: string, to: string) => leftOut.some(([a, b]) => a === from && b === to)
  const packages = paths.map((path) => ({
    path,
    name: path.replace(/^.*node_modules\//, "").replace(/^packages\//, "@halte/"),
    version: entries[path]!.version ?? "0.0.0",
    needs: needs.get(path)!.filter((needed) => !isLeftOut(path, needed))
  }))
  return { packages, leftOut }
}

/** The paths of what a package names, each looked for where Node looks: beside its files, then further up. */
const neededBy = (path: string, entries: Readonly<Record<string, Entry>>): ReadonlyArray<string> => {
  const { dependencies, optionalDependencies, peerDependencies } = entries[path]!
  const names = new Set(
    [dependencies, optionalDependencies, peerDependencies].flatMap((some) => Object.keys(some ?? {}))
  )
  const found = new Set<string>()
  for (const name of names) {
    const at = find(path, name, entries)
    // What is optional, or for another system, need not be there.
    if (at !== undefined && at !== path) found.add(at)
  }
  return [...found].sort()
}

const find = (from: string, name: string, entries: Readonly<Record<string, Entry>>): string | undefined => {
  for (let folder: string | undefined = from; folder !== undefined; folder = above(folder)) {
    const at = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    const entry = entries[at]
    if (entry !== undefined) return entry.link === true ? entry.resolved : at
  }
  return undefined
}

/** `node_modules/a` of `node_modules/a/node_modules/b`; the root above all. */
const above = (folder: string): string | undefined => {
  if (folder === "") return undefined
  const at = folder.lastIndexOf("/node_modules/")
  return at === -1 ? "" : folder.slice(0, at)
}
