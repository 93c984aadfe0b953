// Where Electron's program is on this machine. Its package holds none: it downloads it at its first use.
import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"

export const electronPackage = "node_modules/electron"

/** Where a directory with an unpacked Electron has its program. */
const inside =
  process.platform === "darwin"
    ? "Electron.app/Contents/MacOS/Electron"
    : process.platform === "win32"
      ? "electron.exe"
      : "electron"

/**
 * The program, where it is there: that of `ELECTRON_OVERRIDE_DIST_PATH`, else that of the package, if it is of the
 * package's version. `fail` is given lines for a person, and does not come back.
 */
export const findElectron = (fail) => {
  const override = process.env["ELECTRON_OVERRIDE_DIST_PATH"] ?? ""
  if (override !== "") {
    const program = resolve(override, inside)
    if (!existsSync(program))
      fail(
        `ELECTRON_OVERRIDE_DIST_PATH names \`${override}\`, where there is no \`${inside}\`.`,
        "Give it the directory of an unpacked Electron, or take the variable away."
      )
    return { program }
  }
  if (!existsSync(join(electronPackage, "package.json")))
    fail("Electron's package is not installed.", "Install the locked packages with: npm ci")
  const { version } = JSON.parse(readFileSync(join(electronPackage, "package.json"), "utf8"))
  const program = resolve(electronPackage, "dist", inside)
  const found = join(electronPackage, "dist/version")
  const isThere =
    existsSync(program) && existsSync(found) && readFileSync(found, "utf8").replace(/^v/, "").trim() === version
  return isThere ? { program, version } : { version }
}
