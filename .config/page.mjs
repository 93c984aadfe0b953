// Builds the page when it is missing or older than its sources. No dependency of its own.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

// What is bundled, and what decides how.
const sources = [
  "package-lock.json",
  "packages/web/index.html",
  "packages/web/vite.config.ts",
  "packages/web/public",
  "packages/web/src",
  "packages/client/src",
  "packages/api/src",
  "packages/engine/src/model"
]
const stamp = "packages/web/dist/page/.built-from"

const files = (path) =>
  !existsSync(path)
    ? []
    : /\.\w+$/.test(path)
      ? [path]
      : readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()

const hash = () => {
  const all = createHash("sha256")
  for (const file of sources.flatMap(files)) all.update(file).update("\0").update(readFileSync(file))
  return all.digest("hex")
}

export const buildPage = () => {
  const want = hash()
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return
  console.error("Building the page (when its sources have changed).")
  const result = spawnSync("vite", ["build", "packages/web", "--logLevel", "warn"], {
    stdio: ["ignore", 2, 2],
    // Whoever asks for it: the page is that of a release.
    env: { ...process.env, NODE_ENV: "production" },
    shell: process.platform === "win32"
  })
  if (result.status !== 0) process.exit(result.status ?? 1)
  writeFileSync(stamp, want)
}

if (process.argv[1]?.endsWith("page.mjs") === true) buildPage()
