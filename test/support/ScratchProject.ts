/**
 * A directory like a reader's: the packages of the clone are installed in it, and what a page shows is saved in it.
 */
import { execFile, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { root } from "./RepositoryFiles.ts"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ScratchProject {
  readonly directory: string
  readonly save: (name: string, text: string) => string
  /** Runs a TypeScript file as the docs say: the sources of the packages, no build. */
  readonly node: (file: string) => Promise<Ended>
  /**
   * Checks the types of every TypeScript file that was saved, as strictly as Halte's own; answers the problems of these
   * files. Those of the packages' sources are other tests' matter.
   */
  readonly check: () => Promise<ReadonlyArray<string>>
  /**
   * Runs `halte` with arguments. With `signal`, sends it once standard output says `when`.
   */
  readonly halte: (
    args: ReadonlyArray<string>,
    options?: { readonly when: string; readonly signal: NodeJS.Signals } | undefined,
    env?: Readonly<Record<string, string>>
  ) => Promise<Ended>
  readonly remove: () => void
}

/** Nothing in the docs takes longer; what does hangs. */
const ceilingMillis = 60_000

const compilerOptions = {
  strict: true,
  noEmit: true,
  target: "es2023",
  lib: ["es2024"],
  module: "nodenext",
  types: ["node"],
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  customConditions: ["@halte/source"],
  skipLibCheck: true
}

// The tests' own environment says CI and colors; a reader's does not.
const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const { CI: _, FORCE_COLOR: __, HALTE_PROGRESS: ___, ...env } = process.env
  return { ...env, NO_COLOR: "1", LANG: "C.UTF-8", ...more }
}

export const make = (): ScratchProject => {
  const directory = mkdtempSync(join(tmpdir(), "halte-docs-"))
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"), "junction")
  writeFileSync(join(directory, "package.json"), `{ "type": "module" }\n`)
  const run = (...args: ReadonlyArray<string>): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        args,
        { cwd: directory, env: environment(), timeout: ceilingMillis },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? Number.NaN), stdout, stderr })
      )
    })
  return {
    directory,
    save: (name, text) => {
      const path = join(directory, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    },
    node: (file) => run("-C", "@halte/source", file),
    check: async () => {
      writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
      const { code, stdout } = await run(join(root, "node_modules/typescript/bin/tsc"), "-p", ".", "--pretty", "false")
      const problems = stdout.split("\n").filter((line) => /^[\w.-]+\.ts\(/.test(line) || line.startsWith("error "))
      // No answer at all is no clean bill.
      return code === 0 || stdout !== "" ? problems : ["tsc did not run"]
    },
    halte: (args, options, env) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [join(root, "packages/cli/bin/halte.mjs"), ...args], {
          cwd: directory,
          env: environment(env),
          stdio: ["ignore", "pipe", "pipe"]
        })
        let stdout = ""
        let stderr = ""
        let sent = false
        // SIGTERM first, so that Halte ends what it has started.
        const late = setTimeout(() => child.kill("SIGTERM"), ceilingMillis)
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          stdout += text
          if (options !== undefined && !sent && stdout.includes(options.when)) {
            sent = true
            child.kill(options.signal)
          }
        })
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
        child.once("error", reject)
        child.once("close", (code) => {
          clearTimeout(late)
          resolve({ code, stdout, stderr })
        })
      }),
    remove: () => rmSync(directory, { recursive: true, force: true })
  }
}
