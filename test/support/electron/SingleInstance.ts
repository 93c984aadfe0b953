/**
 * One program at a time, among those with the same home: the first listens at a socket there, and every further one
 * hands it its arguments.
 */
import { spawnSync } from "node:child_process"
import { existsSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { join } from "node:path"

export interface Instance {
  readonly argv: ReadonlyArray<string>
  readonly cwd: string
  readonly data: unknown
}

/** Electron's own path is another one, later. */
const node = process.execPath

// Electron answers at once whether a program is the first: so the question is asked by a process that is waited for.
const ask = `
  const [at, text] = process.argv.slice(1)
  const socket = require("node:net").connect(at)
  socket.on("error", () => process.exit(1))
  socket.on("data", () => process.exit(0))
  socket.on("end", () => process.exit(1))
  socket.write(text + "\\n")
`

export const make = (home: string, heard: (instance: Instance) => void) => {
  const at = join(home, "instance.sock")
  let server: Server | undefined
  return {
    lock: (instance: Instance): boolean => {
      if (server !== undefined) return true
      if (existsSync(at)) {
        const { status } = spawnSync(node, ["-e", ask, at, JSON.stringify(instance)], { timeout: 10_000 })
        if (status === 0) return false
        // Nobody answers there: its program was killed.
        rmSync(at, { force: true })
      }
      server = createServer((socket) => {
        let text = ""
        socket.on("error", () => undefined)
        socket.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
          if (!text.endsWith("\n")) return
          socket.end("heard")
          heard(JSON.parse(text) as Instance)
        })
      })
      server.listen(at)
      server.unref()
      return true
    },
    unlock: (): void => {
      server?.close()
      server = undefined
    }
  }
}
