/**
 * What `use:` names: a file relative to the flow file, or a package that is installed for it.
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import { readFileSync, statSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, extname, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { ModuleRunner } from "@halte/engine"
import type { Finding } from "./Diagnostic.ts"
import { quote } from "./FileNode.ts"

/**
 * @since 0.1.0
 */
export interface ModuleTarget {
  readonly spec: ModuleRunner.ModuleSpec
  readonly path: string
}

/**
 * Finds the file of a `use:` text, whose part after `#` names the export. Conditions of packages are those of `import`.
 *
 * @since 0.1.0
 */
export const find = (text: string, flowFile: string): Result.Result<ModuleTarget, Finding> => {
  const hash = text.indexOf("#", 1)
  const specifier = hash < 0 ? text : text.slice(0, hash)
  const exported = hash < 0 ? undefined : text.slice(hash + 1)
  if (exported === "")
    return Result.fail({
      code: "invalid-module",
      message: `${quote(text)} names no export after \`#\`.`,
      hint: "Name it, or remove the `#`."
    })
  if (isBuiltin(specifier))
    return Result.fail({
      code: "invalid-module",
      message: `${quote(specifier)} is a part of Node, not a module with a step.`,
      hint: "Write a module of your own that uses it."
    })
  const path = /^(\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(specifier)
    ? resolve(dirname(flowFile), specifier)
    : specifier.startsWith("file:")
      ? fromUrl(specifier)
      : fromPackage(specifier, dirname(flowFile))
  if (path === undefined || !isFile(path)) return Result.fail(notFound(specifier, flowFile))
  return Result.succeed({
    path,
    spec: { url: pathToFileURL(path).href, ...(exported === undefined ? undefined : { export: exported }) }
  })
}

const notFound = (specifier: string, flowFile: string): Finding => {
  const beside = resolve(dirname(flowFile), specifier)
  const other = [".ts", ".mts", ".js", ".mjs"].find((end) => extname(specifier) === "" && isFile(beside + end))
  return {
    code: "module-not-found",
    message: `The module ${quote(specifier)} does not exist.`,
    hint:
      other !== undefined
        ? `Write \`${specifier.startsWith(".") ? "" : "./"}${specifier}${other}\`.`
        : isFile(beside)
          ? `Write \`./${specifier}\`: a path begins with \`./\`, else it is the name of a package.`
          : "A path is relative to the flow file; a package must be installed for it."
  }
}

const fromUrl = (url: string): string | undefined => {
  try {
    return fileURLToPath(url)
  } catch {
    return undefined
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

// Node resolves packages from other files only behind a flag, or with the conditions of `require`.
const fromPackage = (specifier: string, directory: string): string | undefined => {
  const [, name, rest] = /^((?:@[^/]+\/)?[^/@][^/]*)(?:\/(.+))?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  for (let at = directory; ; at = dirname(at)) {
    const root = join(at, "node_modules", name)
    const manifest = readManifest(join(root, "package.json"))
    if (manifest !== undefined) return inPackage(root, manifest, rest)
    if (dirname(at) === at) return undefined
  }
}

const readManifest = (path: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"))
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

const inPackage = (
  root: string,
  manifest: Readonly<Record<string, unknown>>,
  rest: string | undefined
): string | undefined => {
  const { exports } = manifest
  if (exports !== undefined && exports !== null) {
    const target = exported(exports, rest === undefined ? "." : `./${rest}`)
    return target === undefined ? undefined : join(root, target)
  }
  if (rest !== undefined) return [rest, `${rest}.js`].map((f) => join(root, f)).find(isFile)
  return [manifest["main"], "index.js"]
    .filter((f) => typeof f === "string")
    .map((f) => join(root, f))
    .find(isFile)
}

const conditions = new Set([
  "node",
  "import",
  "module-sync",
  "default",
  ...process.execArgv.flatMap((arg, i, all) =>
    /^(-C|--conditions)$/.test(arg) ? [all[i + 1] ?? ""] : arg.startsWith("--conditions=") ? [arg.slice(13)] : []
  )
])

const exported = (exports: unknown, subpath: string): string | undefined => {
  const isMap =
    typeof exports === "object" &&
    exports !== null &&
    !Array.isArray(exports) &&
    Object.keys(exports).some((k) => k.startsWith("."))
  if (!isMap) return subpath === "." ? condition(exports, "") : undefined
  const map = exports as Readonly<Record<string, unknown>>
  if (Object.hasOwn(map, subpath)) return condition(map[subpath], "")
  // The longest pattern wins: `./steps/*`.
  const patterns = Object.keys(map)
    .filter((k) => k.includes("*"))
    .sort((a, b) => b.indexOf("*") - a.indexOf("*"))
  for (const pattern of patterns) {
    const [before = "", after = ""] = pattern.split("*")
    if (subpath.startsWith(before) && subpath.endsWith(after) && subpath.length > before.length + after.length)
      return condition(map[pattern], subpath.slice(before.length, subpath.length - after.length))
  }
  return undefined
}

const condition = (target: unknown, star: string): string | undefined => {
  if (typeof target === "string") return target.startsWith("./") ? target.replaceAll("*", star) : undefined
  if (Array.isArray(target)) return target.map((t) => condition(t, star)).find((t) => t !== undefined)
  if (typeof target !== "object" || target === null) return undefined
  for (const [name, inner] of Object.entries(target)) {
    const found = conditions.has(name) ? condition(inner, star) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
