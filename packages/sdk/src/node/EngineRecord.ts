/**
 * The record of a live engine in `.halte/run/`: which process it is, and on which socket it answers. It is written before
 * the engine claims anything and removed after it has given back everything, so that an owner without one is gone.
 *
 * @since 0.1.0
 */
import { createHash, randomBytes } from "node:crypto"
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import { Effect, Result, Schema, type Scope } from "effect"
import * as ProcessIdentity from "./ProcessIdentity.ts"
import { type ProjectDirectory, ProjectUnusable } from "./ProjectDirectory.ts"

/**
 * One live engine. `owner` is its name in claims.
 *
 * @since 0.1.0
 */
export const EngineRecord = Schema.Struct({
  v: Schema.Literal(1),
  owner: Schema.String,
  process: ProcessIdentity.ProcessIdentity,
  socket: Schema.String,
  /** Wall clock, for people. */
  startedAt: Schema.Int
})
export type EngineRecord = typeof EngineRecord.Type

/**
 * A name for an engine: the number that its processes are marked with, which is all that is needed to find them again,
 * and something random.
 *
 * @since 0.1.0
 */
export const newOwner = (mark: number): string => `${mark}-${randomBytes(4).toString("hex")}`

/**
 * The number that the processes of an owner are marked with.
 *
 * @since 0.1.0
 */
export const markOf = (owner: string): number | undefined => {
  const mark = Number(/^(\d+)-/.exec(owner)?.[1])
  return Number.isSafeInteger(mark) && mark > 0 ? mark : undefined
}

/** The system allows 107 bytes on Linux, 103 on macOS. */
const longestPath = 100

/**
 * The path of an engine's socket: beside its record, or, where that is too long for the system, in a directory of the
 * user's own among the temporary files.
 *
 * @since 0.1.0
 */
export const socketOf = ({ state }: ProjectDirectory, owner: string): string => {
  if (process.platform === "win32") return `\\\\.\\pipe\\halte-${owner}`
  const beside = join(state, "run", `${owner}.sock`)
  if (Buffer.byteLength(beside) <= longestPath) return beside
  const hash = createHash("sha256").update(state).digest("hex").slice(0, 8)
  return join(tmpdir(), `halte-${userInfo().uid}`, `${hash}-${owner}.sock`)
}

/**
 * Makes the directory of a socket, and makes sure that nobody but its user can put another socket in its place: in a
 * directory that everybody writes to, somebody may have made it before.
 *
 * @since 0.1.0
 */
export const makePrivate = (socket: string): Effect.Effect<void, ProjectUnusable> => {
  if (process.platform === "win32") return Effect.void
  const path = dirname(socket)
  return Effect.flatMap(
    Effect.try({
      try: () => {
        mkdirSync(path, { recursive: true, mode: 0o700 })
        return lstatSync(path)
      },
      catch: (error) => new ProjectUnusable({ path, reason: error instanceof Error ? error.message : String(error) })
    }),
    (found) =>
      found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0
        ? Effect.void
        : Effect.fail(new ProjectUnusable({ path, reason: "others can write to it, or it belongs to somebody else" }))
  )
}

const runOf = ({ state }: ProjectDirectory) => join(state, "run")
const fileOf = (project: ProjectDirectory, owner: string) => join(runOf(project), `${owner}.json`)

/**
 * Writes the record of this process for the length of a scope.
 *
 * @since 0.1.0
 */
export const write = (
  project: ProjectDirectory,
  owner: string,
  socket: string
): Effect.Effect<EngineRecord, ProjectUnusable, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const record: EngineRecord = {
          v: 1,
          owner,
          process: ProcessIdentity.own(),
          socket,
          startedAt: Date.now()
        }
        const file = fileOf(project, owner)
        // Whole or not at all: somebody may be looking.
        writeFileSync(`${file}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 })
        renameSync(`${file}.new`, file)
        return record
      },
      catch: (error) =>
        new ProjectUnusable({
          path: runOf(project),
          reason: error instanceof Error ? error.message : String(error)
        })
    }),
    () => Effect.sync(() => rmSync(fileOf(project, owner), { force: true }))
  )

/**
 * The records that are there. What is no record is left alone.
 *
 * @since 0.1.0
 */
export const all = (project: ProjectDirectory): ReadonlyArray<EngineRecord> => {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(EngineRecord))
  return names(project).flatMap((name) => {
    const found = Result.flatMap(
      Result.try(() => readFileSync(join(runOf(project), name), "utf8")),
      decode
    )
    return Result.isSuccess(found) ? [found.success] : []
  })
}

const names = (project: ProjectDirectory): ReadonlyArray<string> => {
  try {
    return readdirSync(runOf(project)).filter((name) => name.endsWith(".json"))
  } catch {
    return []
  }
}

/**
 * Removes what an engine that is gone has left: its record and its socket.
 *
 * @since 0.1.0
 */
export const remove = (project: ProjectDirectory, owner: string): void => {
  rmSync(fileOf(project, owner), { force: true })
  if (process.platform !== "win32") rmSync(socketOf(project, owner), { force: true })
}
