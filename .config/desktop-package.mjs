// `npm run desktop:package [-- OPTION…]`: builds the desktop and makes installers of it, in packages/electron/dist/packages.
// The options are those of electron-builder: `--linux AppImage --x64`, `--mac`, `--win`, `--dir`.
import { spawnSync } from "node:child_process"
import { buildDesktop } from "./desktop-app.mjs"

buildDesktop()
const options = [
  "--projectDir",
  "packages/electron",
  "--config",
  "packaging/ElectronBuilder.ts",
  "--publish",
  "never"
]
const { error, status } = spawnSync("electron-builder", [...options, ...process.argv.slice(2)], {
  stdio: "inherit",
  shell: process.platform === "win32"
})
if (error !== undefined) console.error(`electron-builder could not be started: ${error.message}`)
process.exit(status ?? 1)
