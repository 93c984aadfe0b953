/**
 * The file of a socket: who may connect is who may open it.
 *
 * It gets its name only when it has its mode, so that nobody else can connect in between; and a file that a dead engine
 * left is replaced, one that somebody answers on never. On Windows the path is that of a named pipe, which is no file:
 * coded, not tested.
 *
 * @since 0.1.0
 */
import { chmodSync, linkSync, lstatSync, mkdtempSync, renameSync, rmSync, type Stats, unlinkSync } from "node:fs"
import { connect, type Server } from "node:net"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { CannotListen } from "./CannotListen.ts"

/** What a system allows for the path of a socket, in bytes, the zero at its end left out. */
const longest = process.platform === "darwin" ? 103 : 107

const isPipe = (path: string): boolean => process.platform === "win32" || path.startsWith("\\\\.\\pipe\\")

/**
 * Lets a server listen on a path. Answers how to take the file away again: nothing is removed that another server put
 * there since.
 *
 * @since 0.1.0
 */
export const listen = (server: Server, path: string): Effect.Effect<() => void, CannotListen> =>
  Effect.tryPromise({
    try: () => (isPipe(path) ? bind(server, path).then(() => () => {}) : listenOnFile(server, path)),
    catch: (error) => new CannotListen({ address: path, code: "socket-unusable", reason: reasonOf(error) })
  })

const listenOnFile = async (server: Server, path: string): Promise<() => void> => {
  // In a directory of its own, which nobody else can enter, until its mode is set.
  const own = mkdtempSync(`${dirname(path)}/.`)
  const hidden = join(own, "s")
  try {
    for (const name of [hidden, path])
      if (Buffer.byteLength(name) > longest)
        throw new Error(
          `\`${name}\` has ${Buffer.byteLength(name)} bytes, and the system allows ${longest} for a socket`
        )
    await makeRoom(path)
    await bind(server, hidden)
    chmodSync(hidden, 0o600)
    const { dev, ino } = lstatSync(hidden)
    give(hidden, path)
    return () => {
      const there = look(path)
      if (there?.ino === ino && there.dev === dev) unlinkSync(path)
    }
  } catch (error) {
    server.close()
    throw error
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

const bind = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(path, () => {
      server.off("error", reject)
      resolve()
    })
  })

/** Takes a socket away that nobody answers on; refuses everything else that is there. */
const makeRoom = async (path: string): Promise<void> => {
  const there = look(path)
  if (there === undefined) return
  if (!there.isSocket()) throw new Error("there is a file of this name that is no socket; it is left alone")
  if (await answers(path)) throw new Error("another engine answers on it")
  const now = look(path)
  if (now?.ino === there.ino && now.dev === there.dev) unlinkSync(path)
}

/** A link never replaces what came there meanwhile; where a file system has no links, a rename has to do. */
const give = (hidden: string, path: string): void => {
  try {
    linkSync(hidden, path)
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new Error("another engine came first", { cause: error })
    renameSync(hidden, path)
  }
}

/** Whether anybody holds the other end. One who does not read is there all the same: a stopped process, a busy one. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", (error) => {
      const code = codeOf(error)
      if (code === "ECONNREFUSED" || code === "ENOENT") resolve(false)
      else if (code === "EAGAIN") resolve(true)
      else reject(error)
    })
  })

const look = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

const reasonOf = (error: unknown): string => {
  switch (codeOf(error)) {
    case "ENOENT":
      return "its directory does not exist"
    case "EACCES":
    case "EPERM":
      return "this user may not write there"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
