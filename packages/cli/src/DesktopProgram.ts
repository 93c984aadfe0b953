/**
 * Finds and starts the desktop. It is a program of its own: nothing of it is imported here, and what runs in it goes on
 * when this process is over.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs"
import { delimiter, isAbsolute, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Context, Effect, Schema } from "effect"

/** What is started, and its first arguments. */
export type DesktopCommand = readonly [program: string, ...first: ReadonlyArray<string>]

/** There is no desktop here that could be started. */
export class NoDesktop extends Schema.TaggedError<NoDesktop>()("NoDesktop", {
  reason: Schema.String,
  hint: Schema.String
}) {
  readonly code = "no-desktop"
  override get message() {
    return `${this.reason}\n${this.hint}`
  }
}

/** It is there, and did not start. */
export class DesktopFailed extends Schema.TaggedError<DesktopFailed>()("DesktopFailed", {
  program: Schema.String,
  reason: Schema.String
}) {
  readonly code = "desktop-failed"
  override get message() {
    return `The desktop \`${this.program}\` did not start: ${this.reason}.\nIts own words are shown with \`--wait\`.`
  }
}

/** Where is looked. */
export interface Places {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  /** The package of the desktop beside this one, where there is one: that of a clone. */
  readonly beside: string
  /** The directory that `HALTE_DESKTOP` may be relative to. */
  readonly cwd: string
}

export interface Started {
  /** Settles when it is over: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly kill: (signal: NodeJS.Signals) => void
}

export interface DesktopProgram {
  readonly places: () => Places
  /** Starts it. `detached`: this process is to end, and the desktop to go on. */
  readonly start: (command: DesktopCommand, detached: boolean, env: NodeJS.ProcessEnv) => Promise<Started>
}

/** The name of the installed program. */
const name = "halte-desktop"

/** That of a person's choice, else that of the clone, else an installed one. */
export const find = (places: Places): Effect.Effect<DesktopCommand, NoDesktop> =>
  Effect.suspend(() => {
    const { env, platform } = places
    if (platform === "linux" && !isSet(env["DISPLAY"]) && !isSet(env["WAYLAND_DISPLAY"]))
      return Effect.fail(
        new NoDesktop({
          reason: "No screen can be reached here: neither DISPLAY nor WAYLAND_DISPLAY is set.",
          hint: "The same page is shown in a browser by: halte serve --open"
        })
      )
    const named = env["HALTE_DESKTOP"]?.trim() ?? ""
    if (named !== "") {
      const program = programOf(named, places)
      return program === undefined
        ? Effect.fail(
            new NoDesktop({
              reason: `HALTE_DESKTOP names \`${named}\`, which is no program.`,
              hint: "Give it the path of the desktop's program, or take the variable away."
            })
          )
        : Effect.succeed([program] as const)
    }
    const clone = ofClone(places)
    if (clone?._tag === "Built") return Effect.succeed(clone.command)
    for (const candidate of installed(places)) {
      const program = programOf(candidate, places)
      if (program !== undefined) return Effect.succeed([program] as const)
    }
    return Effect.fail(
      clone === undefined
        ? new NoDesktop({
            reason: `The desktop is not installed: there is no program \`${name}\`.`,
            hint: "Install it, or name its program by HALTE_DESKTOP."
          })
        : new NoDesktop({
            reason: `The desktop of this clone can't be started yet: ${clone.missing}.`,
            hint: "Build and start it with: npm run desktop"
          })
    )
  })

type OfClone =
  | { readonly _tag: "Built"; readonly command: DesktopCommand }
  | { readonly _tag: "NotBuilt"; readonly missing: string }

const ofClone = ({ beside, env, platform }: Places): OfClone | undefined => {
  const manifest = read(join(beside, "package.json"))
  // Beside an installed package there may be another one of that name.
  if (manifest === undefined || !/"name": *"@halte\/electron"/.test(manifest)) return undefined
  const app = join(beside, "dist/app")
  if (!existsSync(join(app, "Main.js"))) return { _tag: "NotBuilt", missing: "it is not built" }
  const electron = join(beside, "../../node_modules/electron")
  const override = env["ELECTRON_OVERRIDE_DIST_PATH"]
  const inside = read(join(electron, "path.txt"))?.trim() ?? executableInside(platform)
  const program = join(isSet(override) ? override! : join(electron, "dist"), inside)
  return isProgram(program, platform)
    ? { _tag: "Built", command: [program, app] }
    : { _tag: "NotBuilt", missing: "Electron was not downloaded" }
}

/** As Electron's own package calls it. */
const executableInside = (platform: NodeJS.Platform): string =>
  platform === "darwin" ? "Electron.app/Contents/MacOS/Electron" : platform === "win32" ? "electron.exe" : "electron"

/** Where installers put it. */
const installed = ({ env, platform }: Places): ReadonlyArray<string> => {
  switch (platform) {
    case "darwin":
      return [...(isSet(env["HOME"]) ? [join(env["HOME"]!, "Applications/Halte.app")] : []), "/Applications/Halte.app"]
    case "win32":
      return [
        ...(isSet(env["LOCALAPPDATA"])
          ? [
              join(env["LOCALAPPDATA"]!, "Programs/Halte/Halte.exe"),
              join(env["LOCALAPPDATA"]!, "Programs", name, "Halte.exe")
            ]
          : []),
        ...(isSet(env["ProgramFiles"]) ? [join(env["ProgramFiles"]!, "Halte/Halte.exe")] : [])
      ]
    default:
      return [name, `/opt/Halte/${name}`]
  }
}

/** A path, or a name that is looked for as a shell does; of an application of macOS, the program inside. */
const programOf = (given: string, { cwd, env, platform }: Places): string | undefined => {
  const inside = (path: string) => (path.endsWith(".app") ? join(path, "Contents/MacOS/Halte") : path)
  if (isAbsolute(given) || /[/\\]/.test(given)) {
    const path = inside(resolve(cwd, given))
    return isProgram(path, platform) ? path : undefined
  }
  const endings = platform === "win32" ? ["", ".exe"] : [""]
  for (const directory of (env["PATH"] ?? env["Path"] ?? "").split(delimiter)) {
    if (directory === "") continue
    for (const ending of endings) {
      const path = join(directory, `${given}${ending}`)
      if (isProgram(path, platform)) return path
    }
  }
  return undefined
}

const isProgram = (path: string, platform: NodeJS.Platform): boolean => {
  try {
    if (!statSync(path).isFile()) return false
    if (platform !== "win32") accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

const isSet = (text: string | undefined): boolean => text !== undefined && text !== ""

/**
 * What the desktop gets of this process's variables. A terminal inside of an Electron program has one that would make any
 * other one a plain Node.
 */
export const environment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = env
  return rest
}

const real: DesktopProgram = {
  places: () => ({
    env: process.env,
    platform: process.platform,
    beside: fileURLToPath(new URL("../../electron", import.meta.url)),
    cwd: process.cwd()
  }),
  start: ([program, ...args], detached, env) =>
    new Promise((resolve, reject) => {
      let child: ChildProcess
      try {
        child = spawn(program, args, { detached, stdio: detached ? "ignore" : "inherit", env })
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
        return
      }
      child.once("error", reject)
      child.once("spawn", () => {
        if (detached) child.unref()
        const ended = new Promise<number | NodeJS.Signals>((over) =>
          child.once("exit", (code, signal) => over(signal ?? code ?? 0))
        )
        resolve({ ended, kill: (signal) => void child.kill(signal) })
      })
    })
}

/** How the desktop is found and started; tests put another one in its place. */
export const DesktopProgram = Context.Reference<DesktopProgram>("halte/DesktopProgram", { defaultValue: () => real })
