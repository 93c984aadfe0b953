/**
 * The desktop as the program that sweeps up: where an engine of it was killed, its supervisor starts the desktop's own
 * executable once more, with a flag, since it is no Node (the fuse `RunAsNode` is off). Then nothing of a desktop is
 * started: no window, no lock, no engine.
 *
 * This file and what it imports load no Effect and no engine: the sweep has to start fast.
 */
import { flag, run } from "@halte/process/sweep"
import * as AppImage from "./AppImage.ts"

/**
 * What a sweep tells Chromium, which has begun before the program is asked: it needs no display, which may be gone with
 * the desktop, no process beside it for graphics or for pages, and so nothing to keep these apart. It shows no page.
 */
const switches = ["--ozone-platform=headless", "--disable-gpu", "--no-zygote", "--no-sandbox"]

/** Where the program is. */
export interface Program {
  /** `process.execPath`. */
  readonly execPath: string
  /** `app.isPackaged`. */
  readonly isPackaged: boolean
  /** `app.getAppPath()`. */
  readonly appPath: string
  readonly platform: NodeJS.Platform
  readonly env: NodeJS.ProcessEnv
}

/** The program that sweeps, and its first arguments: `sweeper` of an `OpenProject`. */
export const sweeper = (program: Program): readonly [string, ...ReadonlyArray<string>] => {
  const { appPath, execPath, isPackaged, platform } = program
  return [
    AppImage.file(program) ?? execPath,
    ...(isPackaged ? [] : [appPath]),
    ...(platform === "linux" ? switches : ["--disable-gpu"]),
    flag
  ]
}

/**
 * Whether the program was started to sweep. What comes from outside can't make it so by an address or by the name of a
 * file: it is the flag as an argument of its own, with nothing but numbers behind it.
 */
export const isAsked = (argv: ReadonlyArray<string>): boolean => {
  const at = argv.indexOf(flag)
  return at > 0 && argv.slice(at + 1).some((arg) => /^\d+$/.test(arg))
}

/** Sweeps, and ends the program. Before Electron is ready, and instead of everything else. */
export const sweep = async (argv: ReadonlyArray<string>, exit: (code: number) => void): Promise<void> =>
  exit(await run(argv.slice(argv.indexOf(flag) + 1)))
