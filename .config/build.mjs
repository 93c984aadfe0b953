// Builds every package to its dist folder, from nothing: tsc leaves the files of deleted sources behind.
import { spawnSync } from "node:child_process"
import { readdirSync, rmSync } from "node:fs"
import { buildDesktop } from "./desktop-app.mjs"

for (const name of readdirSync("packages")) rmSync(`packages/${name}/dist`, { recursive: true, force: true })
const { status } = spawnSync("tsc", ["-b", "--force"], { stdio: "inherit", shell: process.platform === "win32" })
if (status !== 0) process.exit(status ?? 1)
// The page, too, which is part of it.
buildDesktop()
