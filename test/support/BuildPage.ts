/**
 * Before any test that opens the page: it is built, if its sources have changed since.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"

export default (): void => {
  const root = join(import.meta.dirname, "../..")
  const path = `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`
  const { status, stderr } = spawnSync(process.execPath, [".config/page.mjs"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: path }
  })
  if (status !== 0) throw new Error(`The page could not be built: ${stderr}`)
}
