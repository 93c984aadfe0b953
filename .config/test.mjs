// The whole of `npm test`: types, lint, format, then every test. Prints the runner's summary and, last, the totals.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"

const report = "node_modules/.cache/vitest.json"
mkdirSync("node_modules/.cache", { recursive: true })
rmSync(report, { force: true })
const run = (command, args) =>
  spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" }).status === 0

let passed = 0
let failed = 0
const count = (name, ok) => {
  console.log(`${ok ? "✓" : "✗"} ${name}`)
  if (ok) passed++
  else failed++
}
const only = process.argv.slice(2)
if (only.length === 0) {
  count("types", run("tsc", ["-b"]))
  count("lint", run("npm", ["run", "--silent", "lint"]))
  count("format", run("npm", ["run", "--silent", "format:check"]))
}
const ran = run("vitest", [
  "run",
  "--config",
  "test/vitest.config.ts",
  "--root",
  ".",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...only
])
let skipped = 0
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, "utf8"))
  passed += result.numPassedTests
  failed += result.numFailedTests
  skipped = result.numPendingTests
}
// A file that fails to load runs no test and would count nothing.
if (!ran && failed === 0) failed = 1
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exit(failed === 0 ? 0 : 1)
