/**
 * Where the parts of the program are, all beside its entry, and where it keeps what is a person's own.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { App } from "electron/main"

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
}

/** `entry`: the address of `Main.js`. */
export const of = (app: Pick<App, "getPath">, entry: string): AppPaths => {
  const beside = (name: string): string => fileURLToPath(new URL(name, entry))
  return {
    host: beside("Host.js"),
    preload: beside("Preload.cjs"),
    page: new URL("page/", entry),
    resources: beside("resources"),
    settings: join(app.getPath("userData"), "settings.json"),
    logs: app.getPath("logs")
  }
}

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
