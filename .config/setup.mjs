// Installs the locked packages when node_modules is missing or older than the lockfile, and builds the page when it is
// older than its sources. No dependency of its own: it runs on the Node and npm that are there (Node 20 at least);
// everything after it runs on the Node it installs.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { buildPage } from "./page.mjs"

const stamp = "node_modules/.halte-setup"
const want = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex")
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== want) {
  console.error("Setting up: installing the locked packages (once).")
  const npm = process.env.npm_execpath
  // The notices about Node's version are true of npm's own Node only: `npm run` puts the installed Node first.
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"]
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { stdio: ["ignore", 2, 2], shell: process.platform === "win32" })
  if (result.status !== 0) process.exit(result.status ?? 1)
  writeFileSync(stamp, want)
}
buildPage()
