// Puts the desktop together in packages/electron/dist/app when it is missing or older than its sources: the bundle, the
// page, the icons, and the manifest that Electron reads. That directory is all that is packaged. No dependency of its own.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildPage } from "./page.mjs"

const desktop = "packages/electron"
export const app = `${desktop}/dist/app`
const page = "packages/web/dist/page"
const stamp = `${desktop}/dist/.built-from`

// What is bundled or copied, and what decides how.
const sources = [
  ".config/desktop-app.mjs",
  "package-lock.json",
  "LICENSE",
  `${desktop}/package.json`,
  `${desktop}/vite.config.ts`,
  `${desktop}/resources`,
  `${page}/.built-from`,
  ...readdirSync("packages").map((name) => `packages/${name}/src`)
].filter((path) => !path.startsWith("packages/cli/"))

const files = (path) =>
  !existsSync(path)
    ? []
    : /\.[\w-]+$/.test(path) || path === "LICENSE"
      ? [path]
      : readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()

/** Where people find the documentation of what is built, for its menu and for packages of Linux. */
const homepage = process.env.HALTE_HOMEPAGE || undefined
if (homepage !== undefined && !(URL.canParse(homepage) && homepage.startsWith("https://"))) {
  console.error(`HALTE_HOMEPAGE is \`${homepage}\`, which is no address: write it as https://….`)
  process.exit(2)
}

const hash = () => {
  const all = createHash("sha256").update(`${homepage}`)
  for (const file of sources.flatMap(files)) all.update(file).update("\0").update(readFileSync(file))
  return all.digest("hex")
}

const read = (path) => readFileSync(path, "utf8")

/** The notices of everything that was bundled, each once. The page has its own, as it is built. */
const licenses = (directory) => {
  const entries = new Map()
  for (const name of ["licenses.json", "preload-licenses.json"]) {
    for (const entry of JSON.parse(read(`${directory}/${name}`))) entries.set(`${entry.name} ${entry.version}`, entry)
    rmSync(`${directory}/${name}`)
  }
  return [...entries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, { identifier, text }]) => `${title} (${identifier ?? "see below"})\n\n${text ?? ""}`.trim())
    .join(`\n\n${"-".repeat(80)}\n\n`)
}

/** What Electron and the packager know of the application: no dependencies, everything is bundled. */
const manifest = () => {
  const { description, license, version } = JSON.parse(read(`${desktop}/package.json`))
  return {
    name: "halte-desktop",
    productName: "Halte",
    version,
    description,
    license,
    author: "The Halte authors",
    ...(homepage === undefined ? undefined : { homepage }),
    type: "module",
    main: "Main.js",
    // By this name a window finds its entry in the menus of Linux.
    desktopName: "halte-desktop.desktop"
  }
}

export const buildDesktop = () => {
  buildPage()
  const want = hash()
  const isBuilt = () => existsSync(`${app}/Main.js`) && existsSync(stamp) && read(stamp) === want
  if (isBuilt()) return
  console.error("Building the desktop (when its sources have changed).")
  // Somebody else may be building, or starting it: it is put together beside, and there at once.
  const own = `${app}.${process.pid}`
  const result = spawnSync(
    "vite",
    ["build", desktop, "--app", "--outDir", own.slice(desktop.length + 1), "--logLevel", "warn"],
    {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, NODE_ENV: "production" },
      shell: process.platform === "win32"
    }
  )
  if (result.error !== undefined) console.error(`The bundler could not be started: ${result.error.message}`)
  if (result.status !== 0) {
    rmSync(own, { recursive: true, force: true })
    process.exit(result.status ?? 1)
  }
  cpSync(page, `${own}/page`, { recursive: true, filter: (path) => !path.endsWith(".built-from") })
  mkdirSync(`${own}/resources`)
  for (const name of readdirSync(`${desktop}/resources`))
    if (name.endsWith(".png")) cpSync(`${desktop}/resources/${name}`, `${own}/resources/${name}`)
  cpSync("LICENSE", `${own}/LICENSE`)
  writeFileSync(`${own}/licenses.txt`, `${licenses(own)}\n`)
  writeFileSync(`${own}/package.json`, `${JSON.stringify(manifest(), undefined, 2)}\n`)
  if (!isBuilt()) {
    rmSync(stamp, { force: true })
    rmSync(app, { recursive: true, force: true })
    renameSync(own, app)
    writeFileSync(stamp, want)
  }
  rmSync(own, { recursive: true, force: true })
}

if (process.argv[1]?.endsWith("desktop-app.mjs") === true) buildDesktop()
