// Engines that make each step of a workflow durable, and what each keeps it in.
import { freePort, startPostgres } from "./servers/Postgres.mjs"
import { startRestate } from "./servers/RestateServer.mjs"

export const durablePeers = [
  { name: "DBOS Transact", file: "Dbos", keeps: "PostgreSQL 18, fsync on", server: "postgres" },
  { name: "Restate", file: "Restate", keeps: "its own server, default settings", server: "restate" },
  { name: "Effect workflow", file: "EffectWorkflow", keeps: "effect/cluster in one process, SQLite, synchronous FULL" }
]

/** Those that were looked at and are left out, and why. */
export const leftOut =
  "BullMQ is not measured: it needs a Redis server, and the packages for one start what is installed, or download it."

const starters = {
  postgres: startPostgres,
  restate: async (folder) => ({ ...(await startRestate(folder)), servicePort: await freePort() })
}

/** Starts what the peers need. A server that does not start is a `problem` of those that need it. */
export const startServers = async (peers, folder) => {
  const servers = {}
  const problems = {}
  for (const name of new Set(peers.flatMap(({ server }) => server ?? [])))
    try {
      servers[name] = await starters[name](folder)
    } catch (error) {
      problems[name] = String(error.message).split("\n")[0].slice(0, 160)
    }
  return {
    servers,
    problemOf: ({ server }) => (server === undefined ? undefined : problems[server]),
    stop: async () => {
      for (const server of Object.values(servers)) await server.stop()
    }
  }
}
