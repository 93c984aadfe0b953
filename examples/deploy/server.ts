/**
 * What the deployment does on the server, here a directory: one directory per release, and a file `current` that names the
 * one in use. Halte calls these functions with `with` of their step and with the step itself, which knows the params of
 * the flow.
 */
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"

/** Of a step, what is used here. */
interface Step {
  readonly params: Params
}

interface Params {
  readonly target: string
  readonly version: string
  readonly artifact: string
  readonly broken: boolean
}

export interface Release {
  /** The directory of the release. */
  readonly release: string
  /** The version in use before. */
  readonly previous: string | null
}

/** Makes the directory of a release. */
export const create = async (_: unknown, { params }: Step): Promise<Release> => {
  const release = releaseOf(params)
  // A whole release is never touched. One without configuration is what an earlier deployment has left.
  if (existsSync(join(release, "config.json"))) throw new Error(`Version ${params.version} is on the server already.`)
  await mkdir(release, { recursive: true })
  return { release, previous: await currentOf(params) }
}

/** Takes it back. */
export const remove = async (_: unknown, { params }: Step): Promise<void> => {
  await rm(releaseOf(params), { recursive: true, force: true })
  // Directories that were only there for this release go too; others are not empty, and stay.
  for (const directory of [join(params.target, "releases"), params.target])
    await rmdir(directory).catch(() => undefined)
}

interface Part {
  readonly part: string
}

/** Lets go of a part that was being uploaded. What has arrived of it stays: the next attempt goes on there. */
export const unlock = ({ part }: Part, { params }: Step): Promise<void> =>
  rm(`${partOf(params, part)}.lock`, { force: true })

/** Takes an uploaded part back. */
export const removePart = async ({ part }: Part, { params }: Step): Promise<void> => {
  await rm(partOf(params, part), { force: true })
  await rmdir(dirname(partOf(params, part))).catch(() => undefined)
}

/** Puts the uploaded parts together, checks that all arrived, and writes the configuration. */
export const configure = async (_: unknown, { params }: Step): Promise<{ readonly sha256: string }> => {
  const release = releaseOf(params)
  const sha256 = digest(await readFile(params.artifact))
  const program = join(release, "server.mjs")
  // It may be there already: this step was ended by force after that, and runs again.
  if (!existsSync(program)) {
    const parts = ["1", "2", "3"].map((part) => readFile(partOf(params, part)))
    const whole = Buffer.concat(await Promise.all(parts))
    if (digest(whole) !== sha256) throw new Error("What arrived is not what was sent.")
    await replace(program, whole)
  }
  await rm(join(release, "parts"), { recursive: true, force: true })
  const config = { name: "example", version: params.version, healthy: !params.broken, sha256 }
  await replace(join(release, "config.json"), `${JSON.stringify(config)}\n`)
  return { sha256 }
}

/** Takes back the configuration. */
export const unconfigure = async (_: unknown, { params }: Step): Promise<void> => {
  for (const file of ["config.json", "server.mjs"]) await rm(join(releaseOf(params), file), { force: true })
}

/** Puts the version into use that was in use before; without one, none. */
export const switchBack = async ({ previous }: Pick<Release, "previous">, { params }: Step): Promise<void> => {
  if (previous === null) await rm(join(params.target, "current"), { force: true })
  else await replace(join(params.target, "current"), previous)
}

const releaseOf = ({ target, version }: Params): string => join(target, "releases", version)

const partOf = (params: Params, part: string): string => join(releaseOf(params), "parts", part)

const currentOf = ({ target }: Params): Promise<string | null> =>
  readFile(join(target, "current"), "utf8").catch(() => null)

// Under another name first: a reader sees the old file or the new one, never half of one.
const replace = async (file: string, content: string | Uint8Array): Promise<void> => {
  await writeFile(`${file}.new`, content)
  await rename(`${file}.new`, file)
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
