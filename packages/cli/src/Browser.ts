/**
 * Opens an address in a person's browser. An address to sign in with is worth something until it was used, and every user
 * of a machine can read argument lists: the browser is given a file that only its user can read, which leads there.
 */
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Context, Effect } from "effect"

export interface Browser {
  /** Whether there is a browser that a person would see. */
  readonly someone: (env: NodeJS.ProcessEnv) => boolean
  /** Asks for it; `false`: it could not be started. `directory` holds the file that leads there. */
  readonly open: (url: string, directory: string | undefined, env: NodeJS.ProcessEnv) => Effect.Effect<boolean>
}

type Command = readonly [program: string, ...arguments_: ReadonlyArray<string>]

const commandOf = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Command | undefined => {
  const named = env["BROWSER"]?.trim() ?? ""
  if (named !== "") return [named]
  switch (platform) {
    case "darwin":
      return ["open"]
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler"]
    default:
      return isSet(env["DISPLAY"]) || isSet(env["WAYLAND_DISPLAY"]) ? ["xdg-open"] : undefined
  }
}

const isSet = (text: string | undefined): boolean => text !== undefined && text !== ""

/** How long a program that opens browsers may take to fail: one that still runs then has not. */
const failsWithinMillis = 1_000

/** Files of earlier times: what they lead to has expired. */
const oldMillis = 10 * 60_000

const real: Browser = {
  someone: (env) => commandOf(process.platform, env) !== undefined,
  open: (url, directory, env) =>
    Effect.promise(async () => {
      const command = commandOf(process.platform, env)
      if (command === undefined) return false
      try {
        return await started([...command, pathToFileURL(leading(url, directory)).href], env)
      } catch {
        return false
      }
    })
}

/** Writes the file that leads to an address. */
const leading = (url: string, given: string | undefined): string => {
  const directory = given ?? mkdtempSync(join(tmpdir(), "halte-open-"))
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(directory)) {
    if (!/^open-[0-9a-f]+\.html$/.test(name)) continue
    const old = join(directory, name)
    if (Date.now() - statSync(old).mtimeMs > oldMillis) rmSync(old, { force: true })
  }
  const file = join(directory, `open-${randomBytes(8).toString("hex")}.html`)
  const address = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
  const text = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${address}"><title>Halte</title><p><a href="${address}">Open Halte</a>\n`
  writeFileSync(file, text, { mode: 0o600, flag: "wx" })
  return file
}

const started = ([program, ...args]: Command, env: NodeJS.ProcessEnv): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: "ignore", env })
    const timer = setTimeout(() => resolve(true), failsWithinMillis)
    const over = (answer: boolean) => {
      clearTimeout(timer)
      resolve(answer)
    }
    child.once("error", () => over(false))
    child.once("exit", (code) => over(code === 0))
    child.unref()
  })

/** Which browser is asked; tests put another one in its place. */
export const Browser = Context.Reference<Browser>("halte/Browser", { defaultValue: () => real })
