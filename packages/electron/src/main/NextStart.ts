/**
 * What is asked for while Halte ends is opened by its next start, which begins as soon as this one has left: not before,
 * since two at a time would share settings, sessions and windows' places.
 */
import { spawn } from "node:child_process"
import { app } from "electron/main"
import * as AppProtocol from "./AppProtocol.ts"
import type { OpenRequest } from "./OpenRequests.ts"

export interface NextStart {
  /** There is to be one, which opens this, too. */
  readonly ask: (requests: ReadonlyArray<OpenRequest>) => void
  /** To be said last before the program leaves: begins it afterwards, where one was asked for. */
  readonly begin: () => void
}

export interface Options {
  /** Those of this start: switches are those of the next one, too. */
  readonly argv: ReadonlyArray<string>
  /** The first argument names the program, as from a clone: the directory of that. */
  readonly appPath: string | undefined
  /** The file of an AppImage. */
  readonly image: string | undefined
  readonly log: (line: string) => void
  /** The process that has to be gone before. @default this one */
  readonly pid?: number | undefined
}

export const make = (options: Options): NextStart => {
  const { log, pid = process.pid } = options
  let asked: ReadonlyArray<OpenRequest> | undefined
  return {
    ask: (requests) => {
      asked = [...(asked ?? []), ...requests]
      log("Halte was started while it ends: it starts once more when it has")
    },
    begin: () => {
      if (asked === undefined) return
      const args = argumentsFor(asked, options)
      asked = undefined
      if (options.image === undefined) app.relaunch({ args: [...args] })
      else afterwards(pid, [options.image, ...args])
    }
  }
}

const argumentsFor = (requests: ReadonlyArray<OpenRequest>, { appPath, argv }: Options): ReadonlyArray<string> => {
  const end = argv.indexOf("--")
  const switches = argv.slice(1, end === -1 ? undefined : end).filter((argument) => argument.startsWith("-"))
  // A link shows one view, and counts only where it is alone.
  const paths = [...new Set(requests.flatMap(pathOf))]
  const link = requests.findLast((request) => request._tag === "Execution")
  const targets = paths.length > 0 || link === undefined ? paths : [`${AppProtocol.scheme}://execution/${link.id}`]
  return [...switches, ...(appPath === undefined ? [] : [appPath]), ...(targets.length === 0 ? [] : ["--", ...targets])]
}

const pathOf = (request: OpenRequest): ReadonlyArray<string> => {
  switch (request._tag) {
    case "Project":
      return [request.directory]
    case "FlowFile":
      return [request.file]
    case "Execution":
    case "Refused":
      return []
  }
}

/**
 * Starts a program when a process has gone. Electron's own relauncher is one of the processes of the image, which end with
 * it.
 */
const afterwards = (pid: number, command: ReadonlyArray<string>): void => {
  const wait = 'while kill -0 "$0" 2>/dev/null; do sleep 0.1; done; exec "$@"'
  const child = spawn("/bin/sh", ["-c", wait, String(pid), ...command], { detached: true, stdio: "ignore" })
  // Nobody is left who could be told.
  child.on("error", () => undefined)
  child.unref()
}
