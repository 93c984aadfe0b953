// `npm run desktop [-- PATH]`: builds the desktop, gets Electron if it is not there yet, and starts it with a project's
// directory or a flow file. Paths are relative to where the command was typed.
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { app, buildDesktop } from "./desktop-app.mjs"
import { electronPackage, findElectron } from "./electron-program.mjs"

const unavailable = 69

const fail = (...lines) => {
  console.error([...lines, "(code: no-electron)"].join("\n"))
  process.exit(unavailable)
}

/** Electron's program: it is downloaded at its first use, from GitHub or a mirror of that. */
const electron = () => {
  const { program, version } = findElectron(fail)
  if (program !== undefined) return program
  console.error(`Downloading Electron ${version} (once, about 120 MB).`)
  const result = spawnSync(process.execPath, [`${electronPackage}/install.js`], {
    stdio: ["ignore", 2, "pipe"],
    // A proxy that the environment names is used, without being asked for twice.
    env: { NODE_USE_ENV_PROXY: "1", ELECTRON_GET_USE_PROXY: "1", ...process.env }
  })
  const got = result.status === 0 ? findElectron(fail).program : undefined
  if (got !== undefined) return got
  const said = String(result.stderr ?? "").split("\n")
  const reason = said
    .map((line) => /^\s*(?:\w*Error|RequestError.*?): (.*)/.exec(line)?.[1])
    .find((text) => text !== undefined)
  const cause = said
    .map((line) => /(?:code: '|: )((?:E[A-Z]{3,}|UND_ERR_\w+|CERT_\w+)\b)/.exec(line)?.[1])
    .find(Boolean)
  const text = [reason ?? said.find((line) => line.trim() !== "")?.trim() ?? "it said nothing", cause]
    .filter((part, i, all) => part !== undefined && all.indexOf(part) === i)
    .join(", ")
  return fail(
    `Electron ${version} could not be downloaded: ${text}.`,
    "The desktop needs it; everything else of Halte works without. One of these helps:",
    "  a mirror              ELECTRON_MIRROR=https://…/ npm run desktop",
    "  a proxy               HTTPS_PROXY=http://… npm run desktop",
    "  one that is unpacked  ELECTRON_OVERRIDE_DIST_PATH=DIRECTORY npm run desktop",
    "The same page without Electron: npm start -- serve --open"
  )
}

/** What npm adds for its scripts is not meant for the programs of flows; a Node is not what is to be started. */
const environment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => name !== "ELECTRON_RUN_AS_NODE" && name !== "INIT_CWD" && !name.startsWith("npm_")
    )
  )

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const typedIn = process.env["INIT_CWD"] ?? process.cwd()
process.chdir(root)
const given = process.argv.slice(2)
const args = given.map((arg) => (arg.startsWith("-") || /^[a-z][a-z+.-]+:/.test(arg) ? arg : resolve(typedIn, arg)))
for (const [i, path] of args.entries())
  if (!given[i].startsWith("-") && path !== given[i] && !existsSync(path)) {
    console.error(`There is no file or directory \`${given[i]}\`.\n(code: usage)`)
    process.exit(2)
  }
const program = electron()
buildDesktop()

const child = spawn(program, [resolve(app), ...args], { stdio: "inherit", env: environment(), cwd: typedIn })
child.once("error", (error) => fail(`Electron could not be started: ${error.message}.`))
// A terminal sends its Ctrl-C to the desktop, too, which interrupts what runs and quits: it is waited for, and not told
// twice. A SIGTERM was for this process alone.
for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT"]) process.on(signal, () => {})
process.on("SIGTERM", () => child.kill("SIGTERM"))
child.once("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]))
