/**
 * The work of the flow, in worker threads: what lies on the disk of a package, and a digest of it and of all that it needs.
 */
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

interface Journal {
  /** A file that gets a line for each piece of work. */
  readonly journal: string | null
}

const sha256 = (...parts: ReadonlyArray<string>): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part).update("\0")
  return hash.digest("hex")
}

const note = ({ journal }: Journal, what: string): void => {
  if (journal !== null) appendFileSync(journal, `${what}\n`)
}

/** The SHA-256 of a package's `package.json`; of nothing where it is for another system and not installed. */
export const read = (given: Journal & { readonly root: string; readonly path: string }): string => {
  const file = join(given.root, given.path, "package.json")
  const digest = sha256(existsSync(file) ? readFileSync(file, "utf8") : "")
  note(given, `${given.path} read`)
  return digest
}

/** The SHA-256 of a package: its own, and those of what it needs. */
export const digest = (
  given: Journal & { readonly path: string; readonly own: string; readonly needs: ReadonlyArray<string> }
): string => {
  note(given, `${given.path} digest`)
  return sha256(given.path, given.own, ...given.needs)
}

/** The digest of all, written to the log of the step. */
export const tree = (
  given: Journal & { readonly digests: ReadonlyArray<string> },
  step: { readonly log: (text: string) => void }
): string => {
  note(given, "tree")
  const all = sha256(...given.digests)
  step.log(`${given.digests.length} packages, ${all}`)
  return all
}
