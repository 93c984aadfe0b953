/**
 * Finding a program before it is started, so that "there is no such program" is told apart from a program that itself
 * answers 127.
 *
 * @since 0.1.0
 */
import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs"
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path"

const isWindows = process.platform === "win32"
/** What POSIX shells search when PATH is unset. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/**
 * A program's file, or why there is none to start.
 *
 * @since 0.1.0
 */
export type Found =
  | { readonly _tag: "Found"; readonly file: string }
  | { readonly _tag: "NotFound"; readonly hint: string }
  | { readonly _tag: "NotStartable"; readonly file: string; readonly reason: string; readonly hint: string }

/**
 * Looks for a program as `execvp` would: a name without a separator in the directories of PATH, any other relative to the
 * working directory.
 *
 * @since 0.1.0
 */
export const find = (program: string, cwd: string, env: Readonly<Record<string, string | undefined>>): Found => {
  const path = env[isWindows ? (Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH") : "PATH"]
  if (program.includes("/") || (isWindows && program.includes("\\"))) {
    const file = isAbsolute(program) ? program : resolve(cwd, program)
    for (const candidate of withExtensions(file, env)) {
      const state = startable(candidate)
      if (state === "yes") return { _tag: "Found", file: candidate }
      if (state !== "missing") return notStartable(candidate, state)
    }
    return { _tag: "NotFound", hint: nearbyFile(file) }
  }
  const directories = (path ?? (isWindows ? "" : defaultPath))
    .split(delimiter)
    .map((d) => resolve(cwd, d === "" ? "." : d))
  let refused: Found | undefined
  for (const directory of directories) {
    for (const candidate of withExtensions(join(directory, program), env)) {
      const state = startable(candidate)
      if (state === "yes") return { _tag: "Found", file: candidate }
      if (state === "not-executable") refused ??= notStartable(candidate, state)
    }
  }
  return refused ?? { _tag: "NotFound", hint: nearbyName(program, cwd, directories) }
}

const withExtensions = (file: string, env: Readonly<Record<string, string | undefined>>): ReadonlyArray<string> =>
  isWindows
    ? [file, ...(env["PATHEXT"] ?? ".COM;.EXE;.BAT;.CMD").split(";").map((e) => file + e.toLowerCase())]
    : [file]

const startable = (file: string): "yes" | "missing" | "not-executable" | "directory" => {
  try {
    if (statSync(file).isDirectory()) return "directory"
  } catch {
    return "missing"
  }
  try {
    accessSync(file, constants.X_OK)
    return "yes"
  } catch {
    return "not-executable"
  }
}

const notStartable = (file: string, state: "not-executable" | "directory"): Found =>
  state === "directory"
    ? { _tag: "NotStartable", file, reason: "is a directory", hint: "Name a program inside it." }
    : {
        _tag: "NotStartable",
        file,
        reason: "is not executable",
        hint: `Make it executable (\`chmod +x ${file}\`), or start it with its interpreter, as in \`sh ${file}\`.`
      }

const nearbyName = (program: string, cwd: string, directories: ReadonlyArray<string>): string => {
  if (/\s/.test(program)) {
    return "Its name holds spaces: give each argument as an element of its own, or the whole as a line for the shell."
  }
  const local = join(cwd, "node_modules", ".bin", program)
  if (existsSync(local)) return `It is in \`node_modules/.bin\`, which is not in PATH: write \`npx ${program}\`.`
  if (existsSync(resolve(cwd, program))) {
    return `A file of that name is in the working directory: write \`./${program}\`.`
  }
  const names = new Set(directories.flatMap(entries))
  const near = nearest(program, names)
  return near === undefined
    ? "Install it, or add its directory to PATH."
    : `Did you mean \`${near}\`? Otherwise install it, or add its directory to PATH.`
}

const nearbyFile = (file: string): string => {
  const directory = dirname(file)
  if (!existsSync(directory)) return `There is no directory \`${directory}\`.`
  const near = nearest(file.slice(directory.length + 1), entries(directory))
  return near === undefined
    ? `There is nothing like it in \`${directory}\`.`
    : `Did you mean \`${join(directory, near)}\`?`
}

const entries = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

const nearest = (name: string, names: Iterable<string>): string | undefined => {
  let best: string | undefined
  let distance = name.length < 4 ? 2 : 3
  for (const other of names) {
    if (other === name || Math.abs(other.length - name.length) >= distance) continue
    const d = edits(name, other)
    if (d < distance) {
      best = other
      distance = d
    }
  }
  return best
}

/** Insertions, removals, replacements and swaps of neighbors between two words. */
const edits = (a: string, b: string): number => {
  let before: Array<number> = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, replaced)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j]!, before[j - 2]! + 1)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/**
 * Why a file that is there and executable did not start: its first line names an interpreter that is missing.
 *
 * @since 0.1.0
 */
export const missingInterpreter = (file: string): string | undefined => {
  try {
    const descriptor = openSync(file, "r")
    try {
      const buffer = Buffer.alloc(256)
      const head = buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, 256, 0))
      const interpreter = /^#!\s*(\S+)/.exec(head)?.[1]
      return interpreter !== undefined && !existsSync(interpreter) ? interpreter : undefined
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return undefined
  }
}
