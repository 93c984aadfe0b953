/** Packages the desktop by electron-builder itself, around an Electron that is only looked at, and without a network. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { app } from "../../../../test/support/BuildDesktop.ts"
import * as FakeElectron from "./FakeElectron.ts"
import { program } from "./PackagerParts.ts"

export type Platform = "linux" | "mac" | "win"

const project = fileURLToPath(new URL("../..", import.meta.url))
const entries = fileURLToPath(new URL("PackagedEntries.mjs", import.meta.url))

/** What lies beside the bundle and must not go along, by accident or by somebody's hand. */
export const planted = [
  ".env",
  "Main.js.map",
  "secret.pem",
  "notes.txt",
  "test/Main.test.js",
  "node_modules/left-pad/index.js",
  "page/assets/index.js.map",
  "resources/source.svg"
] as const

export interface Packaged {
  /** The directory of an assembled application. */
  readonly directory: (platform: Platform) => string
  /** What a target of Linux is made of: its arguments, and the entry of the menu. */
  readonly entries: () => ReadonlyArray<Entry>
  readonly remove: () => void
}

export interface Entry {
  readonly target: string
  readonly desktop: string
  readonly args: ReadonlyArray<string>
}

export const make = (): Packaged => {
  const scratch = mkdtempSync(join(tmpdir(), "halte-packaged-"))
  const copy = join(scratch, "app")
  cpSync(app, copy, { recursive: true })
  // As with HALTE_HOMEPAGE: packages of Linux have to name an address.
  const manifest = join(copy, "package.json")
  const said = JSON.parse(readFileSync(manifest, "utf8")) as object
  writeFileSync(manifest, JSON.stringify({ ...said, homepage: "https://docs.example.org/" }))
  for (const path of planted) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    writeFileSync(join(copy, path), "not to be packaged")
  }
  // A proxy that nobody answers at: whoever asks the network fails, instead of being slow or lucky.
  const nowhere = "http://127.0.0.1:9"
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: scratch,
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    CSC_IDENTITY_AUTO_DISCOVERY: "false",
    HALTE_MAINTAINER: "Ada <ada@example.org>"
  }
  const run = (args: ReadonlyArray<string>): string => {
    const { status, stderr, stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8", env })
    if (status !== 0) throw new Error(`The desktop could not be packaged:\n${stdout}\n${stderr}`)
    return stdout
  }
  const electron = (platform: Platform): string => {
    const directory = join(scratch, `electron-${platform}`)
    const fake = { linux: FakeElectron.linux, mac: FakeElectron.mac, win: FakeElectron.windows }[platform]
    fake(directory)
    return directory
  }
  const made = new Map<Platform, string>()
  return {
    directory: (platform) => {
      const known = made.get(platform)
      if (known !== undefined) return known
      const output = join(scratch, `out-${platform}`)
      run([
        program,
        ...[`--${platform}`, "dir", "--x64", "--projectDir", ".", "--config", "packaging/ElectronBuilder.ts"],
        `-c.electronDist=${electron(platform)}`,
        `-c.directories.app=${copy}`,
        `-c.directories.output=${output}`,
        // Nobody's signature, also where there is one.
        "-c.mac.identity=null",
        ...["--publish", "never"]
      ])
      const name = { linux: "linux-unpacked", mac: "mac/Halte.app", win: "win-unpacked" }[platform]
      made.set(platform, join(output, name))
      return join(output, name)
    },
    entries: () => {
      const answer = join(scratch, "entries.json")
      const output = join(scratch, "out-entries")
      run([entries, JSON.stringify({ electronDist: electron("linux"), app: copy, output, answer })])
      return JSON.parse(readFileSync(answer, "utf8")) as ReadonlyArray<Entry>
    },
    remove: () => rmSync(scratch, { recursive: true, force: true })
  }
}
