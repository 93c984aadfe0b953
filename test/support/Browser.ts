// A real browser with nothing but npm: CHROME_PATH, else the Chromium that is packed in a package (Linux on x64), else a
// Chrome or an Edge that is installed.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { brotliDecompressSync } from "node:zlib"
import { type Browser, chromium } from "playwright-core"

// A page of a test is local: no sandbox is needed, and none works for root.
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--font-render-hinting=none"
]

/** Starts a browser; whoever starts it closes it. */
export const launch = async (): Promise<Browser> => {
  const own = process.env["CHROME_PATH"]
  if (own !== undefined) return chromium.launch({ executablePath: own, args })
  if (process.platform === "linux" && process.arch === "x64") {
    const { env, executablePath } = unpacked()
    return chromium.launch({ executablePath, args, env: { ...definedEnvironment(), ...env } })
  }
  return chromium.launch({ channel: "chrome", args }).catch(() => chromium.launch({ channel: "msedge", args }))
}

const definedEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  )

const unpacked = (): { readonly executablePath: string; readonly env: Record<string, string> } => {
  const name = "@sparticuz/chromium"
  const main = createRequire(import.meta.url).resolve(name)
  const root = main.slice(0, main.lastIndexOf(name) + name.length)
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }
  const cache = join(root, "../../.cache")
  const directory = join(cache, `chromium-${version}`)
  if (!existsSync(directory)) {
    // Whole or not at all: another test may be unpacking it, too.
    const own = `${directory}.${process.pid}`
    mkdirSync(own, { recursive: true })
    const read = (file: string) => brotliDecompressSync(readFileSync(join(root, "bin", file)))
    writeFileSync(join(own, "chromium"), read("chromium.br"), { mode: 0o755 })
    for (const part of ["al2023", "fonts", "swiftshader"])
      spawnSync("tar", ["xf", "-", "-C", own], { input: read(`${part}.tar.br`) })
    writeFileSync(
      join(own, "fonts.conf"),
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${directory}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${directory}/fonts-cache</cachedir></fontconfig>`
    )
    try {
      renameSync(own, directory)
    } catch {
      rmSync(own, { recursive: true, force: true })
    }
  }
  return {
    executablePath: join(directory, "chromium"),
    env: {
      FONTCONFIG_FILE: join(directory, "fonts.conf"),
      LD_LIBRARY_PATH: [process.env["LD_LIBRARY_PATH"], join(directory, "lib")].filter(Boolean).join(":")
    }
  }
}
