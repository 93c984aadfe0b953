/**
 * Where the parts of the program are, all beside its entry, and where it keeps what is a person's own. A place that can't
 * be used is no reason not to start: there is a temporary one in its stead, which is said.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { App } from "electron/main"
import { StartRefused } from "./StartFailure.ts"

export interface AppPaths {
  /** The engine's entry. */
  readonly host: string
  readonly preload: string
  /** The directory of the built page. */
  readonly page: URL
  /** The directory of the pictures. */
  readonly resources: string
  /** The file of settings. */
  readonly settings: string
  /** The directory of logs: the platform's place for them. */
  readonly logs: string
  /** What a person should know of them. */
  readonly notices?: ReadonlyArray<string> | undefined
}

export interface Options {
  /** Makes a directory for this run. @default one of the system's */
  readonly temporary?: (() => string) | undefined
}

/**
 * `entry`: the address of `Main.js`. Before the program asks whether it is the only one, for which Electron needs the
 * directory of data. Throws where nothing can be kept anywhere.
 */
export const of = (app: Pick<App, "getPath" | "setPath">, entry: string, options: Options = {}): AppPaths => {
  const { temporary = makeTemporary } = options
  const notices: Array<string> = []
  const data = (): string => {
    try {
      return usable(app.getPath("userData"))
    } catch (error) {
      const directory = instead(temporary, error)
      // Also for sessions, windows' places, and for whether another Halte runs.
      app.setPath("userData", directory)
      notices.push(
        `The settings can't be kept where they always are: ${reason(error)}. They count until Halte ends, and a further start does not find this one.`
      )
      return directory
    }
  }
  const own = data()
  // On Linux and Windows they are in the same directory.
  const logs = (): string => {
    try {
      return usable(app.getPath("logs"))
    } catch (error) {
      const directory = anywhere(temporary)
      // Without a log Halte goes on, too, and whoever would write it says so.
      if (directory === undefined) return join(own, "logs")
      notices.push(`The log can't be kept where it always is: ${reason(error)}. This time it is in \`${directory}\`.`)
      return directory
    }
  }
  const beside = (name: string): string => fileURLToPath(new URL(name, entry))
  return {
    host: beside("Host.js"),
    preload: beside("Preload.cjs"),
    page: new URL("page/", entry),
    resources: beside("resources"),
    settings: join(own, "settings.json"),
    logs: logs(),
    notices
  }
}

const makeTemporary = (): string => mkdtempSync(join(tmpdir(), "halte-"))

/** The directory, if it is one that can be written. */
const usable = (directory: string): string => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  return directory
}

const anywhere = (temporary: () => string): string | undefined => {
  try {
    return temporary()
  } catch {
    return undefined
  }
}

const instead = (temporary: () => string, why: unknown): string => {
  try {
    return temporary()
  } catch (error) {
    throw new StartRefused(
      `Halte has no directory that it can write to: ${reason(why)}. A temporary one can't be made either: ${reason(error)}. Make room, or give yourself the right to write to one of them.`
    )
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.$/, "")

/** The address of the documentation, as the manifest beside the entry has it; most builds have none. */
export const docs = (entry: string): string | undefined => {
  try {
    const { homepage } = JSON.parse(readFileSync(new URL("package.json", entry), "utf8")) as { homepage?: unknown }
    return typeof homepage === "string" && homepage.startsWith("https://") ? homepage : undefined
  } catch {
    // No reason not to start.
    return undefined
  }
}
