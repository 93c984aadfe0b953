/**
 * What Halte is asked to open from outside: by the arguments it is started with, by a second start, by a file that is
 * opened with it, and by links. Whoever writes a link or a file name is not trusted: a link shows one execution and
 * does nothing else, and never becomes a path.
 */
import { statSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { ControlSequences } from "@halte/engine/model"

export type OpenRequest =
  /** A directory, absolute. */
  | { readonly _tag: "Project"; readonly directory: string }
  /** A flow file, absolute. */
  | { readonly _tag: "FlowFile"; readonly file: string }
  /** An execution, by its whole id. */
  | { readonly _tag: "Execution"; readonly id: string }
  /** What can't be opened, and why, for people. */
  | { readonly _tag: "Refused"; readonly text: string }

export interface ArgumentsOptions {
  /** What relative paths are relative to. */
  readonly cwd: string
  /**
   * Electron runs an app that is named by its first argument, as from a clone: `process.defaultApp`. A packaged one has
   * its name in the first place alone.
   */
  readonly namesApp: boolean
  readonly platform?: NodeJS.Platform | undefined
}

/**
 * What a command line asks for, in its order. Switches are left out: those of Electron and Chromium, which arrive here,
 * too, and add some of their own. After `--` nothing is a switch.
 */
export const ofArguments = (argv: ReadonlyArray<string>, options: ArgumentsOptions): ReadonlyArray<OpenRequest> => {
  const named = positionals(argv.slice(1))
  const rest = options.namesApp ? named.slice(1) : named
  const link = rest.find(isLink)
  // A link comes alone. One that brings more with it wants more than to be shown.
  if (link !== undefined) return [ofUrl(link)]
  return rest.map((one) => ofArgument(one, options))
}

const positionals = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const out: Array<string> = []
  let areSwitches = true
  for (const argument of argv) {
    if (areSwitches && argument === "--") areSwitches = false
    else if (argument !== "" && !(areSwitches && argument.startsWith("-"))) out.push(argument)
  }
  return out
}

/** What a second start tells the first one, which gets its arguments in another order otherwise. */
export interface SecondStart {
  readonly argv: ReadonlyArray<string>
  readonly cwd: string
}

/** The same of a second start: by what it says itself, else by what Electron says of it. */
export const ofSecondStart = (
  said: unknown,
  electron: SecondStart,
  options: Omit<ArgumentsOptions, "cwd">
): ReadonlyArray<OpenRequest> => {
  const { argv, cwd } = isSecondStart(said) ? said : electron
  return ofArguments(argv, { ...options, cwd })
}

const isSecondStart = (said: unknown): said is SecondStart => {
  if (typeof said !== "object" || said === null) return false
  const { argv, cwd } = said as { readonly argv?: unknown; readonly cwd?: unknown }
  return typeof cwd === "string" && Array.isArray(argv) && argv.every((one) => typeof one === "string")
}

const ofArgument = (argument: string, { cwd, platform }: ArgumentsOptions): OpenRequest => {
  if (/^file:/i.test(argument)) return ofFileUrl(argument, platform)
  // Windows has drives of one letter.
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(argument))
    return refused(`${quote(argument)} is an address, and nothing that can be opened here.`)
  // Windows takes the \ at the end of a quoted directory for one before the quotation mark.
  return ofPath(platform === "win32" ? argument.replace(/"$/, "") : argument, cwd)
}

/** A path that a person has chosen, dropped or opened with Halte. */
export const ofPath = (path: string, cwd: string = "/"): OpenRequest => {
  if (path === "") return refused("An empty name is nothing that can be opened.")
  try {
    const full = resolve(cwd, path)
    const found = statSync(full)
    if (found.isDirectory()) return { _tag: "Project", directory: full }
    if (!found.isFile()) return refused(`${quote(full)} is neither a directory nor a file.`)
    if (!isFlowFile(full))
      return refused(
        `${quote(full)} is no flow file. Flow files are called \`NAME.flow.yaml\`, \`NAME.flow.yml\` or \`NAME.flow.json\`; a project is opened by its directory.`
      )
    return { _tag: "FlowFile", file: full }
  } catch (error) {
    return refused(whyNot(path, cwd, error))
  }
}

/** Whether a file is one by its name, as everywhere in Halte. */
export const isFlowFile = (path: string): boolean => /[^/\\]\.flow\.(?:ya?ml|json)$/.test(path)

const whyNot = (path: string, cwd: string, error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return `${quote(resolve(cwd, path))} does not exist.`
    case "EACCES":
    case "EPERM":
      return `${quote(resolve(cwd, path))} can't be read: you have no right to.`
    case "ERR_INVALID_ARG_VALUE":
      return `${quote(path)} can't be opened: it holds a character that no name has.`
    default: {
      // Node ends its messages with the path.
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split(", ")
      return `${quote(path)} can't be opened: ${ControlSequences.sentence(reason)}.`
    }
  }
}

const ofFileUrl = (url: string, platform: NodeJS.Platform = process.platform): OpenRequest => {
  let path: string
  try {
    const { host } = new URL(url)
    // Windows would ask another machine, and show it who asks.
    if (host !== "") return refused(`${quote(url)} is on another machine, and is not opened by its address.`)
    path = fileURLToPath(url, { windows: platform === "win32" })
  } catch {
    return refused(`${quote(url)} is no address of a file.`)
  }
  return ofPath(path)
}

const isLink = (argument: string): boolean => /^\s*halte:/i.test(argument)

/**
 * A link. There is one kind, `halte://execution/<id>`, with the whole id: an ending that means one execution today may
 * mean another tomorrow, and who writes a link has the id.
 */
export const ofUrl = (url: string): OpenRequest => {
  const id = /^halte:\/\/execution\/([0-9A-HJKMNP-TV-Z]{20})\/?$/i.exec(url)?.[1]
  return id === undefined
    ? refused(
        `The link ${quote(url)} is not understood. Links show one execution and are written \`halte://execution/ID\`, with the 20 characters of its id.`
      )
    : { _tag: "Execution", id: id.toUpperCase() }
}

const refused = (text: string): OpenRequest => ({ _tag: "Refused", text })

/** Characters of somebody else's text that are repeated. */
const longest = 200

const quote = (text: string): string => {
  const line = ControlSequences.strip(text).replaceAll("`", "'")
  const characters = [...line]
  return `\`${characters.length <= longest ? line : `${characters.slice(0, longest).join("")}…`}\``
}
