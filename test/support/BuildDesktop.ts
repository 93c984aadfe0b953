/** Before a test of the bundled desktop: it is built, if its sources have changed since. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { root } from "./RepositoryFiles.ts"

/** The directory that is packaged. */
export const app = join(root, "packages/electron/dist/app")

export const build = (): void => {
  const path = `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`
  const { status, stderr } = spawnSync(process.execPath, [".config/desktop-app.mjs"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: path }
  })
  if (status !== 0) throw new Error(`The desktop could not be built: ${stderr}`)
}

/** As the setup of a project of tests. */
export default build
