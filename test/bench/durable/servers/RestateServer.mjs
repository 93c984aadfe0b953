// A Restate server from its npm package, on free ports, telling nobody that it runs. Its settings are its own defaults.
import { spawn } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { freePort } from "./Postgres.mjs"

export const startRestate = async (folder) => {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`
  const program = fileURLToPath(import.meta.resolve(`${name}/bin/restate-server`))
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()]
  const child = spawn(program, ["--no-logo", "--base-dir", mkdtempSync(join(folder, "restate-"))], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_IP: "127.0.0.1",
      RESTATE_BIND_PORT: String(node),
      RESTATE_ADVERTISED_HOST: "127.0.0.1",
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "error"
    }
  })
  let log = ""
  let ended = false
  child.stderr.on("data", (data) => (log = (log + data).slice(-4_000)))
  const gone = new Promise((resolve) => child.once("exit", resolve)).then(() => (ended = true))
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)
  const isReady = async () => {
    for (const url of [`http://127.0.0.1:${admin}/health`, `http://127.0.0.1:${ingress}/restate/health`])
      if (
        !(await fetch(url).then(
          (answer) => answer.ok,
          () => false
        ))
      )
        return false
    return true
  }
  for (const end = performance.now() + 60_000; !(await isReady());) {
    if (ended || performance.now() > end) throw new Error(`Restate did not start: ${log}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    ingress: `http://127.0.0.1:${ingress}`,
    admin: `http://127.0.0.1:${admin}`,
    stop: async () => {
      process.off("exit", kill)
      child.kill("SIGTERM")
      const late = setTimeout(kill, 5_000)
      await gone
      clearTimeout(late)
    }
  }
}
