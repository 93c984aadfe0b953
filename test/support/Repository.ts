/**
 * Where things are in this repository, and the environment of a person who has just opened a terminal in it.
 */
import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"

/** The repository's directory. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "")

/** What a person types as `halte`. */
export const halte = join(root, "packages/cli/bin/halte.mjs")

/** Most of a start of `halte` from its sources is compiling, and that is done once: what came of it lies here. */
const compiled = join(root, "node_modules/.cache/node-compile")

/** Variables of a test runner, of a CI system, of npm and of Halte itself that would change what programs do. */
const ours =
  /^(VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_V8_|CI$|GITHUB_ACTIONS$|FORCE_COLOR$|NO_COLOR$|HALTE_|npm_|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/

/**
 * The environment of programs under test: as outside of the test runner, with this Node and the installed programs first.
 */
export const environment = (more: Readonly<Record<string, string | undefined>> = {}): Record<string, string> => {
  const path = [dirname(process.execPath), join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter)
  const fixed = { TERM: "xterm-256color", LANG: "C.UTF-8", PATH: path, NODE_COMPILE_CACHE: compiled }
  const all = { ...process.env, ...fixed, ...more }
  const taken = Object.entries(all).filter(([name, value]) => value !== undefined && (name in more || !ours.test(name)))
  return Object.fromEntries(taken) as Record<string, string>
}

/** A directory of a test's own, removed with everything in it at the end. */
export const scratch = (name: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), `halte-${name}-`))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  )

/**
 * Where a program under test keeps its executions when it works in the repository: not in the repository. Elsewhere, and
 * where a test names a place, nothing is said.
 */
export const place = (options: {
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}): Effect.Effect<Readonly<Record<string, string>>, never, Scope.Scope> =>
  (options.cwd !== undefined && options.cwd !== root) || options.env?.["HALTE_DIR"] !== undefined
    ? Effect.succeed({})
    : Effect.map(scratch("project"), (HALTE_DIR) => ({ HALTE_DIR }))

/**
 * Dies unless `npm start` would find everything installed: else it would install anew, under the feet of the tests that
 * run at the same time. `npm test` sees to it.
 */
export const isSetUp: Effect.Effect<void> = Effect.sync(() => {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex")
  const stamp = join(root, "node_modules/.halte-setup")
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted)
    throw new Error("The locked packages are not installed: run `node .config/setup.mjs` first.")
})
