// `npm run test:electron`: the scenarios of the desktop in real Electron. Only where Electron's program is on this machine
// already: nothing is downloaded. Where it isn't, it says so and exits with 69. Further arguments are for the runner of
// the tests; `--find` only says which program it would take.
import { spawnSync } from "node:child_process"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { electronPackage, findElectron } from "./electron-program.mjs"

const unavailable = 69

const fail = (...lines) => {
  console.error([...lines, "(code: no-electron)"].join("\n"))
  process.exit(unavailable)
}

const find = () => {
  const { program, version } = findElectron(fail)
  if (program !== undefined) return program
  return fail(
    `Electron ${version} is not on this machine, so nothing was tested in it. One of these helps:`,
    "  get it with the desktop  npm run desktop",
    `  get it alone             node ${electronPackage}/install.js`,
    "  one that is unpacked     ELECTRON_OVERRIDE_DIST_PATH=DIRECTORY npm run test:electron",
    "Without Electron, npm test runs the same scenarios with the desktop's own program over a stand-in of it."
  )
}

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const args = process.argv.slice(2)
const program = find()
if (args[0] === "--find") {
  console.log(program)
  process.exit(0)
}
if (process.platform === "linux" && !process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"])
  fail(
    "There is no display, and Electron shows windows.",
    "Run it in a session with a desktop, or with a display that nobody sees: xvfb-run -a npm run test:electron"
  )
const { status } = spawnSync(
  "vitest",
  ["run", "--config", "test/vitest.config.ts", "--root", ".", "--project", "electron", ...args],
  {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, HALTE_ELECTRON: program }
  }
)
process.exit(status ?? 1)
