/**
 * The record of a live server in `.halte/run/`: under which address it answers, and, in a file beside it that only its
 * user can read, the token that it wants to be shown. Other terminals of the project find the server by it.
 *
 * @since 0.1.0
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted, Result, Schema, type Scope } from "effect"
import * as ProcessIdentity from "./ProcessIdentity.ts"
import { isForeign, type ProjectDirectory, ProjectUnusable } from "./ProjectDirectory.ts"

/**
 * One live server. `owner` is the engine behind it, as in claims.
 *
 * @since 0.1.0
 */
export const ServerRecord = Schema.Struct({
  v: Schema.Literal(1),
  url: Schema.String,
  owner: Schema.String,
  process: ProcessIdentity.ProcessIdentity
})
export type ServerRecord = typeof ServerRecord.Type

/**
 * What a server is known by.
 *
 * @since 0.1.0
 */
export interface Server {
  /** With its port, as in `http://127.0.0.1:4280`. */
  readonly url: string
  readonly token: Redacted.Redacted<string>
  readonly owner: string
}

const runOf = ({ state }: ProjectDirectory) => join(state, "run")
const recordFile = (project: ProjectDirectory, port: string) => join(runOf(project), `server-${port}.json`)

/**
 * The file that holds the token of the server of a port, and nothing else: no line end either.
 *
 * @since 0.1.0
 */
export const tokenFile = (project: ProjectDirectory, url: string): string =>
  join(runOf(project), `server-${portOf(url)}.token`)

const portOf = (url: string): string => {
  const { port, protocol } = new URL(url)
  return port === "" ? (protocol === "https:" ? "443" : "80") : port
}

/**
 * Writes the record of a server of this process for the length of a scope. Its directory has to exist: an opened project
 * has it.
 *
 * @since 0.1.0
 */
export const write = (
  project: ProjectDirectory,
  server: Server
): Effect.Effect<ServerRecord, ProjectUnusable, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const record: ServerRecord = { v: 1, url: server.url, owner: server.owner, process: ProcessIdentity.own() }
        // The token first: who finds the record finds it too.
        put(tokenFile(project, server.url), Redacted.value(server.token))
        put(recordFile(project, portOf(server.url)), `${JSON.stringify(record)}\n`)
        return record
      },
      catch: (error) =>
        new ProjectUnusable({ path: runOf(project), reason: error instanceof Error ? error.message : String(error) })
    }),
    (record) =>
      Effect.sync(() => {
        const port = portOf(record.url)
        // Another server may have the port by now, and have written its own.
        const found = read(project, `server-${port}.json`)
        if (found === undefined || sameProcess(found, record)) remove(project, port)
      })
  )

/** Whole or not at all, since somebody may be looking; and never into a file that was there with another mode. */
const put = (file: string, text: string): void => {
  const fresh = `${file}.new`
  rmSync(fresh, { force: true })
  writeFileSync(fresh, text, { mode: 0o600, flag: "wx" })
  renameSync(fresh, file)
}

const remove = (project: ProjectDirectory, port: string): void => {
  rmSync(recordFile(project, port), { force: true })
  rmSync(join(runOf(project), `server-${port}.token`), { force: true })
}

const sameProcess = (a: ServerRecord, b: ServerRecord): boolean =>
  a.process.pid === b.process.pid && a.process.startTime === b.process.startTime && a.owner === b.owner

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(ServerRecord))

/** What is no record is left alone. */
const read = (project: ProjectDirectory, name: string): ServerRecord | undefined => {
  const found = Result.flatMap(
    Result.try(() => readFileSync(join(runOf(project), name), "utf8")),
    decode
  )
  return Result.isSuccess(found) && URL.canParse(found.success.url) ? found.success : undefined
}

/** Those that are not known to be gone; what gone ones have left is removed. */
const present = (project: ProjectDirectory): ReadonlyArray<{ record: ServerRecord; seen: "alive" | "unknown" }> =>
  ports(project).flatMap((port) => {
    const record = read(project, `server-${port}.json`)
    if (record === undefined) return []
    const seen = ProcessIdentity.look(record.process)
    if (seen !== "gone") return [{ record, seen }]
    remove(project, port)
    return []
  })

const ports = (project: ProjectDirectory): ReadonlyArray<string> => {
  // Another user would say where to sign in.
  if (isForeign(project.directory)) return []
  try {
    return readdirSync(runOf(project))
      .flatMap((name) => /^server-(\d{1,5})\.json$/.exec(name)?.[1] ?? [])
      .sort((a, b) => Number(a) - Number(b))
  } catch {
    return []
  }
}

/**
 * The servers of a project that live on this machine, by port. What servers that are gone have left is removed.
 *
 * @since 0.1.0
 */
export const all = (project: ProjectDirectory): ReadonlyArray<ServerRecord> =>
  present(project).flatMap(({ record, seen }) => (seen === "alive" ? [record] : []))

/**
 * The token for an address, if it is that of a server of this project: one in a container too, whose address the
 * caller knows. It is for `url` and no other address: `localhost` counts as the server's own one, but may lead to what
 * somebody else listens with on the same port.
 *
 * @since 0.1.0
 */
export const tokenFor = (
  project: ProjectDirectory,
  url: string
): { readonly url: string; readonly token: Redacted.Redacted<string> } | undefined => {
  if (!URL.canParse(url)) return undefined
  const found = present(project).find(({ record }) => placeOf(record.url) === placeOf(url))
  if (found === undefined) return undefined
  const token = Result.try(() => readFileSync(tokenFile(project, url), "utf8").trim())
  return Result.isSuccess(token) && token.success !== ""
    ? { url: new URL(found.record.url).origin, token: Redacted.make(token.success) }
    : undefined
}

const here: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"])

const placeOf = (url: string): string => {
  const { hostname } = new URL(url)
  return `${here.has(hostname) ? "localhost" : hostname}:${portOf(url)}`
}
