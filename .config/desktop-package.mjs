// `npm run desktop:package [-- OPTION…]`: builds the desktop and makes installers of it, in packages/electron/dist/packages.
// The options are those of electron-builder: `--linux AppImage --x64`, `--mac`, `--win`, `--dir`.
import { spawnSync } from "node:child_process"
import { buildDesktop } from "./desktop-app.mjs"

const asked = process.argv.slice(2)
const named = (...names) => names.some((name) => asked.includes(name))
// Packages of Linux name who made them, and where they are from: nobody can say that but whoever makes them.
const isLinux = named("--linux", "-l") || (process.platform === "linux" && !named("--mac", "-m", "--win", "-w"))
const isPackage = named("deb", "rpm") || !named("--dir", "AppImage")
const missing = ["HALTE_MAINTAINER", "HALTE_HOMEPAGE"].filter((name) => !process.env[name])
if (isLinux && isPackage && missing.length > 0) {
  console.error(
    `Packages deb and rpm name their maintainer and a homepage: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set.
  HALTE_MAINTAINER="Name <name@example.org>" HALTE_HOMEPAGE=https://example.org/ npm run desktop:package
Without them: npm run desktop:package -- --linux AppImage
(code: no-maintainer)`
  )
  process.exit(2)
}

buildDesktop()
const options = ["--projectDir", "packages/electron", "--config", "packaging/ElectronBuilder.ts", "--publish", "never"]
const { error, status } = spawnSync("electron-builder", [...options, ...asked], {
  stdio: "inherit",
  shell: process.platform === "win32"
})
if (error !== undefined) console.error(`electron-builder could not be started: ${error.message}`)
process.exit(status ?? 1)
