// Makes the bench runnable: the locked packages of the repository, those of the peers, and a Node that runs TypeScript.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))
const here = fileURLToPath(new URL("./", import.meta.url))

/** Installs what is missing, and answers the Node to measure with: the one at work, or the one that is installed. */
export const setUp = ({ peers }) => {
  const done = spawnSync(process.execPath, [`${root}.config/setup.mjs`], { cwd: root, stdio: "inherit" })
  if (done.status !== 0) process.exit(done.status ?? 1)
  if (peers) installPeers()
  const [major, minor] = process.versions.node.split(".").map(Number)
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath
  const installed = `${root}node_modules/.bin/node`
  if (existsSync(installed)) return installed
  throw new Error(`Node ${process.version} is too old: Halte needs Node 22.19 or later`)
}

const installPeers = () => {
  const stamp = `${here}node_modules/.halte-bench-setup`
  const want = createHash("sha256")
    .update(readFileSync(`${here}package-lock.json`))
    .digest("hex")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return
  console.error("Setting up: installing the packages that Halte is measured against (once).")
  const npm = process.env.npm_execpath
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const settings = { cwd: here, stdio: ["ignore", 2, 2], env: environment() }
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], settings)
    : spawnSync("npm", args, { ...settings, shell: process.platform === "win32" })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, want)
}

// Within `npm run` these point npm at the repository's own root.
const environment = () => {
  const { npm_config_local_prefix: _prefix, npm_package_json: _file, INIT_CWD: _cwd, ...rest } = process.env
  return rest
}
