/**
 * What SQLite and the file system say when they refuse, in words that name the file and what to do.
 */
import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import { Predicate } from "effect"
import { ExecutionStore } from "@halte/engine"

// Of the primary result codes of SQLite.
const codes = {
  permission: 3,
  busy: 5,
  locked: 6,
  memory: 7,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  tooBig: 18,
  auth: 23,
  notADatabase: 26
} as const

/** The primary result code, or `undefined` when SQLite did not say this. */
const codeOf = (error: unknown): number | undefined =>
  Predicate.hasProperty(error, "errcode") && typeof error.errcode === "number" ? error.errcode & 0xff : undefined

const systemCodeOf = (error: unknown): string | undefined =>
  Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : undefined

const textOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "errstr") && typeof error.errstr === "string")
    return `${error.errstr}, code ${String((error as { readonly errcode?: unknown }).errcode)}`
  return error instanceof Error ? error.message : String(error)
}

/** Something can't be done while others use the file, and this says what. */
export class InUse extends Error {}

/** Another connection holds the lock: it is worth another look. */
export const isBusy = (error: unknown): boolean => {
  if (error instanceof InUse) return true
  const code = codeOf(error)
  return code === codes.busy || code === codes.locked
}

/** What the file holds is no database, or no whole one. */
export const isDamaged = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === codes.corrupt || code === codes.notADatabase
}

/** Text as SQLite gives it. */
export const describe = textOf

/** Nothing is left for who is not the superuser. When that can't be found out: no. */
const isDiskFull = (file: string): boolean => {
  try {
    return statfsSync(dirname(file)).bavail === 0
  } catch {
    return false
  }
}

/** A refusal of the store, by a reason that is already in words. */
export const refusal = (reason: string): ExecutionStore.StoreUnavailable =>
  new ExecutionStore.StoreUnavailable({ reason })

/** Another process was in the way for the whole time that this one is ready to wait; `error` is how it was so last. */
export const lockedOut = (file: string, millis: number, error?: unknown): ExecutionStore.StoreUnavailable =>
  refusal(
    error instanceof InUse
      ? `${error.message}, and another process has used it for ${millis / 1000} s; end that program, then try again`
      : `\`${file}\` has been locked by another process for ${millis / 1000} s; end the program that keeps it locked, then try again`
  )

/**
 * The refusal that stands for an error of SQLite or of the file system.
 *
 * @param what on which named thing it failed, when that is not the file as a whole
 */
export const unavailable = (error: unknown, file: string, what?: string): ExecutionStore.StoreUnavailable =>
  error instanceof ExecutionStore.StoreUnavailable ? error : refusal(reasonOf(error, file, what))

const reasonOf = (error: unknown, file: string, what: string | undefined): string => {
  switch (codeOf(error) ?? systemCodeOf(error)) {
    case codes.full:
    case "ENOSPC":
    case "EDQUOT":
      return noSpace(file)
    case codes.io:
      return isDiskFull(file)
        ? noSpace(file)
        : `the disk of \`${file}\` failed (${textOf(error)}); look at the disk, then try again`
    case codes.readOnly:
    case "EROFS":
      return `\`${file}\` can't be written, because it or its file system is read-only (${textOf(error)}); make it writable, or choose another directory`
    case codes.permission:
    case codes.auth:
    case "EACCES":
    case "EPERM":
      return `this user may not read and write \`${file}\` (${textOf(error)}); change its permissions, or choose another directory`
    case codes.cantOpen:
      return isDiskFull(file)
        ? noSpace(file)
        : `\`${file}\` can't be opened (${textOf(error)}); look whether its directory is there and can be written`
    case codes.corrupt:
    case codes.notADatabase:
      return `\`${file}\` is damaged${what === undefined ? "" : ` where ${what} is kept`} (${textOf(error)}); close every program that uses it and open it again, which moves a damaged file aside`
    case codes.tooBig:
      return `${what ?? "a value"} is too large for \`${file}\` (${textOf(error)}); write large values to files and return their paths`
    case codes.memory:
      return `memory ran out while \`${file}\` was used`
    default:
      return `\`${file}\`: ${textOf(error)}`
  }
}

const noSpace = (file: string): string => `no space is left on the disk of \`${file}\`; free some, then try again`
