// Puts a release into use and looks whether it works: starts it on a free port of this computer, asks for its health,
// and stops it again. Ends with 1 when it doesn't work; the step's `clean-up` then puts the version before into use.
//
//   node start.mjs TARGET VERSION
import { spawn } from "node:child_process"
import { once } from "node:events"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const [target, version] = process.argv.slice(2)
writeFileSync(join(target, "current.new"), version)
renameSync(join(target, "current.new"), join(target, "current"))

const release = join(target, "releases", version)
const server = spawn(process.execPath, [join(release, "server.mjs"), join(release, "config.json")], {
  stdio: ["ignore", "pipe", "inherit"]
})
const [line] = await Promise.race([once(server.stdout, "data"), once(server, "exit").then(() => [undefined])])
if (line === undefined) throw new Error(`version ${version} does not start`)

const { port } = JSON.parse(String(line))
const health = await (await fetch(`http://127.0.0.1:${port}/health`)).json()
const ended = once(server, "exit")
server.kill("SIGTERM")
await ended

if (health.healthy) console.log(`Version ${version} works.`)
else {
  console.log(`Version ${version} says that it is not healthy.`)
  process.exitCode = 1
}
